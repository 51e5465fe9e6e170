import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox, type Sandbox } from '../support/sandbox.js';
import { isRoot, type OtherUser, otherUser } from '../support/users.js';

interface Site {
  readonly box: Sandbox;
  readonly store: string;
  readonly roots: string;
  readonly owner: OtherUser;
  readonly alice: OtherUser;
}

/** A shared store of user 3000 with `alice-1`, which user 3001 adds, and `dead-1`. */
function site(): Site {
  const box = sandbox();
  const store = box.store().package('alice-1', { files: { 'bin/alice': '' } }).package('dead-1');
  store.config({ scope: 'shared', survey: [`${box.root}/homes/*/nix/profiles`] });
  const roots = `${store.path}/.nox/roots`;
  fs.mkdirSync(roots, { recursive: true });
  execFileSync('chown', ['-R', '3000:3000', store.path]);
  fs.chmodSync(roots, 0o1777);
  return { box, store: store.path, roots, owner: otherUser(box, 3000), alice: otherUser(box, 3001) };
}

const asUser = ({ uid }: OtherUser, words: string): void => void execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--', 'sh', '-c', words], { stdio: 'ignore' });
const forgetRecords = (roots: string): void => fs.readdirSync(roots).forEach((name) => fs.rmSync(`${roots}/${name}`));

function collect({ owner }: Site, ...words: string[]): { status: number; removed: string[]; doubts: { path: string; reason: string; hint: string }[] } {
  const { status, stdout } = owner.run('nox-store', ['gc', '--settle', '0', '--min-age', '0', '--json', ...words]);
  const { removed, doubts } = JSON.parse(stdout);
  return { status, removed: removed.map(({ id }: { id: string }) => id), doubts };
}

const REPLACEMENTS = {
  'a FIFO': (file: string) => `mkfifo ${file}`,
  'a link to /dev/zero': (file: string) => `ln -s /dev/zero ${file}`,
  'a gigabyte': (file: string) => `truncate -s 1G ${file}`,
  'a malformed file': (file: string) => `echo '{}' >${file}`,
} as const;
const PLACES = {
  'the manifest': '.nox/profiles/default/generations/1/.nox/manifest.json',
  'the record of the farm': '.nox/profiles/default/generations/1/.nox/farm.json',
  'a journal entry': '.nox/profiles/default/journal/1/entry.json',
  'a lease': '.nox/leases/x.json',
} as const;

for (const [what, replace] of Object.entries(REPLACEMENTS)) {
  test.skipIf(!isRoot)(`${what} in the place of what a survey reads in a user's home is a doubt with a way out that works`, () => {
    for (const [place, file] of Object.entries(PLACES)) {
      const at = site();
      expect(at.alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
      forgetRecords(at.roots);
      const path = `${at.alice.profiles}/${file}`;
      asUser(at.alice, `rm -f ${path}; ${replace(path)}`);
      const { status, removed, doubts } = collect(at);
      expect([place, status, removed]).toEqual([place, 7, []]);
      expect(doubts.every(({ hint }) => /3001/.test(hint))).toBe(true);
      expect(collect(at, '--forget', '3001')).toMatchObject({ status: 0, doubts: [] });
    }
  });
}

for (const change of [['new', 'second'], ['switch', '0'], ['rollback'], ['del', 'alice'], ['add', 'alice-1']]) {
  test.skipIf(!isRoot)(`"${change.join(' ')}" by its owner settles the doubt about a closed home, whatever the umask`, () => {
    const at = site();
    expect(at.alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
    fs.chmodSync(at.alice.home, 0o700);
    forgetRecords(at.roots);
    expect(collect(at)).toMatchObject({ status: 7, removed: [] });
    const words = ['-c', 'umask 077; exec "$@"', 'sh', `${process.cwd()}/bin/nox-profile`, ...change];
    expect(at.alice.command('sh', words).status).toBe(0);
    expect(collect(at)).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
  });
}

test.skipIf(!isRoot)('a change of an ad-hoc profile settles the doubt about the closed home that knows it, too', () => {
  const at = site();
  fs.chmodSync(at.alice.home, 0o700);
  fs.mkdirSync(`${at.box.root}/scratch`);
  fs.chmodSync(`${at.box.root}/scratch`, 0o1777);
  expect(at.alice.run('nox-profile', ['new', 'exp', '--path', `${at.box.root}/scratch/alice/exp`]).status).toBe(0);
  expect(at.alice.run('nox-profile', ['add', 'alice-1', '-p', 'exp']).status).toBe(0);
  fs.chmodSync(`${at.box.root}/scratch/alice`, 0o700);
  expect(collect(at)).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
});

test.skipIf(!isRoot)('a home in which only nox\'s own directory is closed counts as closed, and its record speaks for it', () => {
  const at = site();
  asUser(at.alice, `mkdir -p ${at.alice.profiles}`);
  expect(at.alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  fs.chmodSync(`${at.alice.profiles}/.nox`, 0o700);
  expect(collect(at, '--dry-run')).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
  forgetRecords(at.roots);
  expect(collect(at)).toMatchObject({ status: 7, removed: [], doubts: [{ path: at.alice.profiles }] });
});

test.skipIf(!isRoot)('a home behind a link to a disk that is not mounted is a doubt', () => {
  const at = site();
  asUser(at.alice, `mkdir ${at.alice.home}/disk && ln -s disk ${at.alice.home}/nix`);
  expect(at.alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  forgetRecords(at.roots);
  fs.renameSync(`${at.alice.home}/disk`, `${at.box.root}/away`);
  expect(collect(at)).toMatchObject({ status: 7, removed: [], doubts: [{ path: at.alice.profiles, reason: expect.stringContaining('leads nowhere'), hint: expect.stringContaining('--forget 3001') }] });
});

test('a farm made by hand behind a link to a disk that is not mounted is a doubt', () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private' }).package('farm-1', { files: { 'bin/farm': '' } });
  fs.mkdirSync(`${box.root}/disk/farm`, { recursive: true });
  fs.symlinkSync(`${store.path}/farm-1/bin/farm`, `${box.root}/disk/farm/farm`);
  fs.mkdirSync(box.profiles, { recursive: true });
  fs.symlinkSync(`${box.root}/disk/farm`, `${box.profiles}/farm`);
  expect(box.json('nox-store', ['gc']).removed).toEqual([]);
  fs.renameSync(`${box.root}/disk`, `${box.root}/away`);
  const { removed, doubts } = box.json('nox-store', ['gc'], { status: 7 });
  expect([removed, doubts]).toMatchObject([[], [{ path: `${box.profiles}/farm`, reason: expect.stringContaining('is not there') }]]);
});

test.skipIf(!isRoot)('a home that took the place of another is not spoken for by the record of that one', () => {
  const at = site();
  expect(at.alice.run('nox-profile', ['new', 'first']).status).toBe(0);
  const records = fs.readdirSync(at.roots);
  expect(records).toHaveLength(1);
  fs.rmSync(`${at.alice.home}/nix`, { recursive: true });
  // Neither a new record nor the end of the old one is possible.
  fs.chmodSync(at.roots, 0o755);
  const add = at.alice.run('nox-profile', ['add', 'alice-1', '--json']);
  expect([add.status, JSON.parse(add.stdout).error.code]).toEqual([8, 'record-not-writable']);
  fs.chmodSync(at.roots, 0o1777);
  expect(at.alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  fs.chmodSync(at.alice.home, 0o700);
  expect(collect(at)).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
});

test.skipIf(!isRoot)('in a spool directory of several stores, a record of one does not speak for another', () => {
  const at = site();
  const other = at.box.store('other').package('other-1');
  execFileSync('chown', ['-R', '3000:3000', other.path]);
  const spool = `${at.box.root}/spool`;
  fs.mkdirSync(spool);
  fs.chmodSync(spool, 0o1777);
  for (const path of [at.store, other.path]) fs.writeFileSync(`${path}/nox-store.yaml`, JSON.stringify({ scope: 'shared', survey: [`${at.box.root}/homes/*/nix/profiles`], roots: spool }));
  expect(at.alice.run('nox-profile', ['add', 'alice-1'], { NOX_STORE_PATH: at.store }).status).toBe(0);
  fs.chmodSync(at.alice.home, 0o700);
  expect(collect(at, '--store', at.store)).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
  expect(collect(at, '--store', other.path)).toMatchObject({ status: 7, removed: [], doubts: [{ path: at.alice.profiles }] });
});

test.skipIf(!isRoot)('a colleague\'s profile holds what it uses of one\'s own store, and is told where it cannot', () => {
  const at = site();
  fs.rmSync(`${at.store}/.nox`, { recursive: true });
  fs.writeFileSync(`${at.store}/nox-store.yaml`, 'scope: private\n');
  fs.mkdirSync(`${at.store}/own-1/bin`, { recursive: true });
  expect(at.alice.run('nox-profile', ['add', 'alice-1']).stderr).toContain('is private to another user and takes no record of this profile');
  expect(at.owner.run('nox-profile', ['add', 'own-1']).status).toBe(0);
  expect(at.alice.run('nox-profile', ['rollback']).stderr).toBe('');
  expect(at.alice.run('nox-profile', ['add', 'alice-1']).stderr).not.toContain('private to another');
  expect(collect(at)).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
});

test.skipIf(!isRoot)('members of a group collect one store by turns, whatever their umask', () => {
  const { box, store, owner } = site();
  fs.rmSync(`${store}/.nox`, { recursive: true });
  fs.writeFileSync(`${store}/nox-store.yaml`, 'scope: private\n');
  execFileSync('chgrp', ['-R', '4000', store]);
  execFileSync('chmod', ['-R', 'g+ws', store]);
  const collectAs = (uid: number): string[] => {
    const words = [`--reuid=${uid}`, '--regid=4000', '--clear-groups', 'sh', '-c', `umask 077; exec ${process.cwd()}/bin/nox-store gc --json`];
    const { removed } = JSON.parse(execFileSync('setpriv', words, { cwd: '/', env: { PATH: '/usr/bin:/bin', NOX_NODE: process.execPath, ...box.environment(), HOME: owner.home }, encoding: 'utf8' }));
    return removed.map(({ id }: { id: string }) => id);
  };
  expect(collectAs(3000)).toEqual(['alice-1', 'dead-1']);
  fs.mkdirSync(`${store}/late-1`);
  execFileSync('chown', ['3002:4000', `${store}/late-1`]);
  expect(collectAs(3002)).toEqual(['late-1']);
});

test('of two stores the one that is in doubt loses nothing, and the other is collected', () => {
  const box = sandbox();
  box.store('doubtful').config({ scope: 'shared' }).package('a-1');
  const fine = box.store('fine').config({ scope: 'private' }).package('b-1');
  const { removed, doubts } = box.json('nox-store', ['gc'], { status: 7 });
  expect([removed, doubts]).toMatchObject([[{ id: 'b-1', store: fine.path }], [{ path: box.store('doubtful').path }]]);
});
