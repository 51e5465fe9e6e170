import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { binPath, ROOT, runCommand } from '../support/cli.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const hasStrace = runCommand('/bin/sh', ['-c', 'strace -o /dev/null true']).status === 0;
const hasTwo = availableParallelism() > 1;
// Two threads work where calls are answered at once: in memory they are.
if (fs.existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

/** A store with two packages that share directories, of 8,000 links in directories of several depths. */
function withMany(): Sandbox {
  const box = sandbox();
  const filesOf = (pkg: string): Record<string, string> => Object.fromEntries(Array.from({ length: 4000 }, (_, at) => [`share/${'d/'.repeat(at % 5)}e${at % 70}/${pkg}${at}`, '']));
  box.store().package('a-1', { files: { ...filesOf('a'), 'share/e3/odd\udcff': '' }, directories: ['empty'] }).package('b-1', { files: { ...filesOf('b'), 'bin/b': '' } });
  box.json('nox-profile', ['new', 'dev']);
  return box;
}

/** The tree of a generation, but for what names it: nox's own. */
const treeOf = (box: Sandbox, generation: number): Record<string, string> => Object.fromEntries(Object.entries(layout(`${box.profiles}/.nox/profiles/dev/generations/${generation}`)).filter(([file]) => !file.startsWith('.nox/')));

/** The threads that made a call, by the number of times. */
const threadsIn = (trace: string, call: string): number[] => {
  const counts = new Map<string, number>();
  for (const [, thread = ''] of fs.readFileSync(trace, 'utf8').matchAll(new RegExp(`^(\\d+) +${call}\\(`, 'gm'))) counts.set(thread, (counts.get(thread) ?? 0) + 1);
  return [...counts.values()];
};

function traced(box: Sandbox, calls: readonly string[], argv: readonly string[]): { readonly trace: string; readonly status: number; readonly stderr: string } {
  const trace = `${box.root}/trace`;
  const done = runCommand('strace', ['-f', '--seccomp-bpf', '-qq', '-o', trace, ...calls, binPath('nox-profile'), ...argv], { env: box.environment(), cwd: box.home, timeout: 60_000 });
  return { trace, ...done };
}

test.skipIf(!hasStrace || !hasTwo)('two threads make the links of a large profile, and those that one thread makes', () => {
  const [box, alone] = [withMany(), withMany()];
  const { trace, status, stderr } = traced(box, ['-e', 'trace=symlink,link'], ['-p', 'dev', 'add', 'a', 'b']);
  expect([status, stderr]).toEqual([0, '']);
  const made = threadsIn(trace, 'symlink');
  expect(made.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(8000);
  // Where calls turn out to be slow, which tracing them may do, there are many.
  expect(made.length).toBeGreaterThan(1);
  const one = runCommand('taskset', ['-c', '0', binPath('nox-profile'), '-p', 'dev', 'add', 'a', 'b'], { env: alone.environment(), cwd: alone.home });
  expect([one.status, one.stderr]).toEqual([0, '']);
  const texts = (from: Sandbox): string => JSON.stringify(treeOf(from, 1)).replaceAll(from.root, '');
  expect(Object.keys(treeOf(box, 1)).length).toBeGreaterThan(8000);
  expect(texts(box)).toBe(texts(alone));
  // And those that the next generation shares.
  const next = traced(box, ['-e', 'trace=link'], ['-p', 'dev', 'add', 'b', '--hide', 'bin/b']);
  expect([next.status, next.stderr]).toEqual([0, '']);
  expect(threadsIn(next.trace, 'link').length).toBeGreaterThan(1);
  const { 'bin/b': hidden, ...rest } = treeOf(box, 1);
  expect(hidden).toBeDefined();
  expect(treeOf(box, 2)).toEqual(rest);
});

test.skipIf(!hasStrace || !hasTwo)('what the second thread cannot make is told like what the first cannot, and leaves nothing', () => {
  const box = withMany();
  // In the store it has a path that the system takes; in the profile's staging it is too long. It is of the last portion, which the second thread gets.
  const room = 4080 - `${box.store().path}/long-1/`.length;
  const names = Array.from({ length: Math.floor(room / 200) }, () => 'z'.repeat(199));
  box.store().package('long-1', { files: { [[...names, 'last'].join('/')]: '' } });
  const { trace, status, stderr } = traced(box, ['-e', 'trace=mkdir'], ['-p', 'dev', 'add', 'a', 'b', 'long']);
  const [, thread] = /^(\d+) .*ENAMETOOLONG/m.exec(fs.readFileSync(trace, 'utf8')) ?? [];
  const [first] = /^\d+/.exec(fs.readFileSync(trace, 'utf8')) ?? [];
  expect(thread).toMatch(/^\d+$/);
  expect(thread).not.toBe(first);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^nox-profile: cannot create directory ".*zzz": the path is too long; nothing was changed\n/);
  expect(fs.readdirSync(`${box.profiles}/.nox/profiles/dev/staging`)).toEqual([]);
  expect(fs.readdirSync(`${box.profiles}/.nox/profiles/dev/generations`)).toEqual(['0']);
  expect(box.json('nox-profile', ['-p', 'dev', 'add', 'a', 'b'])).toMatchObject({ previous: 0 });
});

test.skipIf(!hasTwo).each(['SIGINT', 'SIGKILL'] as const)('%s while two threads make links leaves the complete old generation', async (signal) => {
  const box = withMany();
  box.json('nox-profile', ['-p', 'dev', 'add', 'a']);
  const before = treeOf(box, 1);
  let met = 0;
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [`${ROOT}/dist/nox-profile.cjs`, '-p', 'dev', 'add', 'b'], { env: box.environment(), cwd: box.home, stdio: 'ignore' });
    const ended = new Promise<number | string | null>((resolve) => child.on('close', (code, by) => resolve(by ?? code)));
    const isBuilding = (): boolean => execFileSync('find', [`${box.profiles}/.nox/profiles/dev`, '-path', '*/tree/share/*', '-name', 'a1*'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) !== '';
    while (child.exitCode === null && child.signalCode === null && !isBuilding()) await new Promise((resolve) => setTimeout(resolve, round));
    child.kill(signal);
    if ((await ended) === 0) {
      box.json('nox-profile', ['-p', 'dev', 'rollback']);
      continue;
    }
    met += 1;
    expect(treeOf(box, 1)).toEqual(before);
    expect(fs.readlinkSync(`${box.profiles}/dev`)).toMatch(/generations\/1$/);
    if (signal === 'SIGINT') expect(fs.readdirSync(`${box.profiles}/.nox/profiles/dev/staging`)).toEqual([]);
  }
  expect(met).toBeGreaterThan(0);
  expect(box.json('nox-profile', ['-p', 'dev', 'add', 'b'])).toMatchObject({ previous: 1 });
  expect(box.json('nox-profile', ['doctor']).findings).toEqual([]);
});
