import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { ownedName, thisProcess } from '../../src/fs/owner.js';
import { lockDirectory, lockTarget, staging } from '../../src/layout.js';
import { ROOT, runCommand } from '../support/cli.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';
import { journalOf } from './support/machine.js';

function started(): Sandbox {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['new', 'dev']);
  return box;
}

const shown = (box: Sandbox): string[] => box.json('nox-profile', ['list', 'dev']).packages.map(({ id }: { id: string }) => id);

/** Makes the lock that some process left; it looks as old as `age` milliseconds. */
function leaveLock(box: Sandbox, owner: ReturnType<typeof thisProcess> | null, age: number): void {
  fs.mkdirSync(lockDirectory(box.profiles, 'dev'));
  if (owner !== null) fs.writeFileSync(`${lockTarget(box.profiles, 'dev')}/${ownedName(owner)}`, '');
  const at = (Date.now() - age) / 1000;
  fs.utimesSync(lockDirectory(box.profiles, 'dev'), at, at);
}

test('a holder that is stopped past its lock\'s staleness loses nothing, and neither does who goes on without it', async () => {
  const box = started();
  const points = `${box.root}/points`;
  fs.mkdirSync(points);
  runCommand('mkfifo', [`${points}/before-publish`]);
  const child = spawn(process.execPath, [`${ROOT}/dist/nox-profile.cjs`, 'add', 'a', '-p', 'dev', '--wait', '60'], { env: { ...process.env, ...box.environment(), NOX_SYNC_POINTS: points }, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!fs.existsSync(lockDirectory(box.profiles, 'dev'))) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGSTOP');
  const long = Date.now() / 1000 - 3600;
  fs.utimesSync(lockDirectory(box.profiles, 'dev'), long, long);
  expect(box.json('nox-profile', ['add', 'b', '-p', 'dev', '--wait', '30'], { timeout: 60_000 }).generation).toBeGreaterThan(0);
  fs.rmSync(`${points}/before-publish`);
  runCommand('sh', ['-c', ': > /dev/null']);
  child.kill('SIGCONT');
  expect(await ended).toBe(0);
  expect(shown(box)).toEqual(['a-1', 'b-1']);
  expect(journalOf(box.profiles, 'dev')).toHaveLength(3);
  expect(fs.readdirSync(staging(box.profiles, 'dev'))).toEqual([]);
});

test('a lock of a killed process is broken at once', () => {
  const box = started();
  leaveLock(box, { ...thisProcess(), startTime: '1' }, 0);
  expect(box.json('nox-profile', ['add', 'a', '-p', 'dev', '--wait', '60'], { timeout: 20_000 }).generation).toBe(1);
});

test('a lock of another host costs the wait when it is fresh, nothing when it is stale, and is never taken for one\'s own', () => {
  const box = started();
  const other = { ...thisProcess(), host: 'elsewhere' };
  leaveLock(box, other, 0);
  expect(box.json('nox-profile', ['add', 'a', '-p', 'dev', '--wait', '1']).generation).toBe(1);
  fs.rmSync(lockDirectory(box.profiles, 'dev'), { recursive: true });
  leaveLock(box, other, 3_600_000);
  expect(box.json('nox-profile', ['add', 'b', '-p', 'dev', '--wait', '60'], { timeout: 20_000 }).generation).toBe(2);
});

test('a foreign file in the lock directory costs the wait and no more, with the lock fresh, stale, or from the future', () => {
  for (const age of [0, 3_600_000, -3_600_000]) {
    const box = started();
    leaveLock(box, null, age);
    fs.writeFileSync(`${lockDirectory(box.profiles, 'dev')}/.nfs0000000000000001`, '');
    const at = (Date.now() - age) / 1000;
    fs.utimesSync(lockDirectory(box.profiles, 'dev'), at, at);
    expect(box.json('nox-profile', ['add', 'a', '-p', 'dev', '--wait', '1']).generation).toBe(1);
    expect(shown(box)).toEqual(['a-1']);
  }
});

const hasFaketime = fs.existsSync('/usr/bin/faketime');

test.skipIf(!hasFaketime)('processes whose clocks are an hour apart lose nothing', async () => {
  const box = sandbox();
  const store = box.store();
  const names = Array.from({ length: 12 }, (_, at) => `p${at}`);
  for (const name of names) store.package(`${name}-1`, { files: { [`bin/${name}`]: '' } });
  box.json('nox-profile', ['new', 'dev']);
  // Node is called itself: the launcher keeps preloads, and so faketime's, from it.
  const add = (name: string, at: number): Promise<unknown> => new Promise((resolve) => {
    const clock = [[], ['faketime', '-f', '+1h'], ['faketime', '-f', '-1h']][at % 3] as string[];
    const [program, ...words] = [...clock, process.execPath, `${ROOT}/dist/nox-profile.cjs`, 'add', name, '-p', 'dev', '--wait', '120'];
    spawn(program, words, { env: { PATH: '/usr/bin:/bin', ...box.environment() }, stdio: 'ignore' }).on('close', resolve);
  });
  expect(new Set(await Promise.all(names.map(add)))).toEqual(new Set([0]));
  expect(shown(box)).toEqual(names.map((name) => `${name}-1`).sort());
  process.stderr.write(`figures: clocks an hour apart: ${names.length} adds done\n`);
}, 180_000);
