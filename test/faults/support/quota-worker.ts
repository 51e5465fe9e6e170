/** Uses up the quota of a btrfs subvolume and runs commands in it: `{top}`; prints figures and violations. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { journalOf, leftovers, machine, profileProblems } from './machine.js';
import { mountImage } from './file-system.js';

const { top } = JSON.parse(process.argv[2] ?? '') as { readonly top: string };
const mount = mountImage('btrfs', top);
const at = `${mount.path}/user`;
const btrfs = (...words: string[]): void => void execFileSync('btrfs', words, { stdio: 'pipe' });
btrfs('subvolume', 'create', at);
btrfs('quota', 'enable', mount.path);
btrfs('qgroup', 'limit', '24M', at);

const on = machine(at);
const violations: string[] = [];
let failures = 0;
const ok = (bin: 'nox-profile' | 'nox-store', args: readonly string[]): any => { // eslint-disable-line @typescript-eslint/no-explicit-any
  const done = on.run(bin, [...args, '--json']);
  if (done.status !== 0) violations.push(`${bin} ${args.join(' ')}: exit ${done.status}: ${done.stdout}${done.stderr}`);
  return done.status === 0 ? JSON.parse(done.stdout) : {};
};
const fill = (): void => {
  for (const size of ['64k', '4k', '1']) {
    try {
      execFileSync('dd', ['if=/dev/urandom', `of=${at}/fill${size}`, `bs=${size}`, 'count=2000'], { stdio: 'ignore' });
    } catch {
      // Full, as it should be.
    }
    btrfs('filesystem', 'sync', mount.path);
  }
};
const empty = (): void => {
  for (const size of ['64k', '4k', '1']) fs.rmSync(`${at}/fill${size}`, { force: true });
  btrfs('filesystem', 'sync', mount.path);
};

for (const id of ['a-1', 'b-1']) on.package(id);
fs.rmSync(`${on.store}/nox-store.yaml`);
ok('nox-store', ['init', '--private']);
ok('nox-profile', ['new', 'dev']);
for (const verb of ['add', 'del', 'add']) ok('nox-profile', [verb, 'a', '-p', 'dev']);
for (const id of ['dead-1', 'dead-2']) on.package(id);
fill();

for (const args of [['add', 'b', '-p', 'dev'], ['del', 'a', '-p', 'dev'], ['rollback', 'dev'], ['new', 'other'], ['publish', 'dev', '--as', 'r1']]) {
  const done = on.run('nox-profile', args);
  const wrong = [
    ...(done.status === 1 && done.stderr.includes('your disk quota is used up') ? [] : [`exit ${done.status}: ${done.stderr}`]),
    ...(journalOf(on.profiles, 'dev').join() === 'new 0,add 1,del 2,add 3' ? [] : [journalOf(on.profiles, 'dev').join()]),
    ...profileProblems(on.profiles, 'dev'), ...leftovers(on.profiles, 'dev').map((name) => `${name} is left`),
  ];
  failures += 1;
  violations.push(...wrong.map((text) => `${args.join(' ')}: ${text}`));
}

const { pruned = [] } = ok('nox-profile', ['prune', 'dev', '--older-than', '0']);
if (pruned.join() !== '0,1,2') violations.push(`pruned ${pruned.join()}`);
ok('nox-profile', ['add', 'b', '-p', 'dev']);
fill();
const { removed = [] } = ok('nox-store', ['gc']);
if (removed.map(({ id }: { id: string }) => id).join() !== 'dead-1,dead-2') violations.push(`collected ${removed.map(({ id }: { id: string }) => id).join()}`);
const left = fs.readdirSync(on.store).filter((name) => !['.nox', 'nox-store.yaml', 'a-1', 'b-1'].includes(name));
violations.push(...left.map((name) => `${name} is left`));
empty();
ok('nox-profile', ['del', 'b', '-p', 'dev']);
violations.push(...profileProblems(on.profiles, 'dev'), ...leftovers(on.profiles, 'dev'));
mount.remove();
process.stdout.write(JSON.stringify({ failures, pruned: pruned.length, collected: removed.length, violations }));
