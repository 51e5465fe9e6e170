import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { prunedLines } from '../../src/cli/render/prune.js';
import { binPath, ROOT, runCommand } from '../support/cli.js';
import { reseal } from '../support/reseal.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';
import { hasUserNamespaces } from '../support/users.js';

const DAY = 24 * 3600 * 1000;
const state = (box: Sandbox): string => `${box.profiles}/.nox/profiles/dev`;
const generations = (box: Sandbox): string[] => fs.readdirSync(`${state(box)}/generations`).sort();

/** A profile `dev` with generations 0 to `count`, one package more in each. */
function started(count = 4): Sandbox {
  const box = sandbox();
  box.store();
  for (let at = 1; at <= count; at += 1) box.store().package(`p${at}-1`, { files: { [`bin/p${at}`]: String(at) } });
  box.json('nox-profile', ['new', 'dev']);
  for (let at = 1; at <= count; at += 1) box.json('nox-profile', ['add', `p${at}`, '-p', 'dev']);
  return box;
}

/** Dates the journal: each entry so many days ago. */
function date(box: Sandbox, ...days: readonly number[]): void {
  days.forEach((ago, sequence) => reseal(`${state(box)}/journal/${sequence}/entry.json`, { at: new Date(Date.now() - ago * DAY).toISOString() }));
}

const prune = (box: Sandbox, ...flags: string[]) => box.json('nox-profile', ['prune', 'dev', ...flags]);

test('what was current within 30 days stays, from its switch until the next', () => {
  const box = started();
  date(box, 100, 60, 40, 29, 1);
  expect(prune(box)).toMatchObject({
    profile: 'dev', pruned: [0, 1], dryRun: false,
    kept: [{ number: 2, why: 'recent' }, { number: 3, why: 'recent' }, { number: 4, why: 'current' }],
  });
  expect(generations(box)).toEqual(['2', '3', '4']);
  expect(fs.readlinkSync(`${box.profiles}/dev`)).toBe('.nox/profiles/dev/generations/4');
});

test('--older-than and --keep choose otherwise, and the current generation stays in any case', () => {
  const box = started();
  box.json('nox-profile', ['rollback', 'dev']);
  date(box, 100, 60, 40, 29, 10, 10);
  expect(box.json('nox-profile', ['prune', 'dev', '--older-than', '7'], { status: 2 }).error.message).toContain('"7" has no unit');
  expect(prune(box, '--older-than', '10d', '--keep', '1', '--dry-run')).toMatchObject({ pruned: [0, 1, 2], kept: [{ number: 3, why: 'current' }, { number: 4, why: 'newest' }], dryRun: true });
  expect(prune(box, '--older-than', '0').pruned).toEqual([0, 1, 2, 4]);
  expect(generations(box)).toEqual(['3']);
  expect(prune(box, '--older-than', '0')).toMatchObject({ pruned: [], inodes: 0, bytes: 0 });
});

test.each([
  [{ pruned: [0, 1], inodes: 12, bytes: 40_960, dryRun: true }, 'dev: would prune 2 generations (0, 1), 12 inodes and 40 KiB would be freed'],
  [{ pruned: [3], inodes: 1, bytes: 512, dryRun: false }, 'dev: pruned 1 generation (3), 1 inode and 512 B freed'],
  [{ pruned: [], inodes: 0, bytes: 0, dryRun: false }, 'dev: pruned 0 generations, 0 inodes and 0 B freed'],
] as const)('%j is told in words', (told, line) => {
  expect(prunedLines({ profile: 'dev', kept: [{ number: 4, why: 'current' }], ...told })).toEqual(['kept, current: 4', line]);
});

test('a dry run writes nothing, and promises what is freed', () => {
  const box = started();
  const before = layout(box.root);
  const promised = prune(box, '--older-than', '0', '--dry-run');
  expect(layout(box.root)).toEqual(before);
  // Generations share links: each inode counts once, and not at all while a generation that stays has it.
  const inodesOf = (...numbers: number[]): Map<string, number> => new Map(execFileSync('find', [...numbers.map((number) => `${state(box)}/generations/${number}`), '-printf', '%i %b\n']).toString().trim().split('\n').map((row) => [row.split(' ')[0]!, Number(row.split(' ')[1])]));
  const staying = inodesOf(4);
  const freed = [...inodesOf(0, 1, 2, 3)].filter(([inode]) => !staying.has(inode));
  expect(promised).toMatchObject({ pruned: [0, 1, 2, 3], inodes: freed.length, bytes: freed.reduce((sum, [, blocks]) => sum + 512 * blocks, 0) });
  expect(prune(box, '--older-than', '0')).toEqual({ ...promised, dryRun: false });
});

test('a rollback says that its generation was pruned, and names one that is there', () => {
  const box = started();
  prune(box, '--older-than', '0', '--keep', '3');
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(3);
  prune(box, '--older-than', '0', '--keep', '1');
  expect(box.json('nox-profile', ['rollback', 'dev'], { status: 3 }).error).toMatchObject({
    message: 'the profile "dev" cannot go back: generation 2 was pruned, or is lost', hint: 'nox-profile switch 4 -p dev',
  });
});

test('numbers of pruned generations are not used again', () => {
  const box = started(2);
  box.json('nox-profile', ['rollback', 'dev']);
  prune(box, '--older-than', '0');
  expect(box.json('nox-profile', ['del', 'p1', '-p', 'dev']).generation).toBe(3);
});

test('a generation that a command or a job uses stays', () => {
  const box = started();
  const env = { SLURM_JOB_ID: '4711' };
  box.json('nox-profile', ['switch', '1', '-p', 'dev']);
  box.json('nox-profile', ['env', 'dev', '--lease']);
  box.json('nox-profile', ['switch', '2', '-p', 'dev']);
  box.json('nox-profile', ['env', 'dev'], { env });
  box.json('nox-profile', ['switch', '3', '-p', 'dev']);
  const script = 'nox-profile switch 4 -p dev >&2 && nox-profile prune dev --older-than 0 --json';
  const inside = box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', script], { env: { PATH: `${ROOT}/bin:/usr/bin:/bin` } });
  expect(JSON.parse(inside.stdout)).toMatchObject({
    pruned: [0],
    kept: [{ number: 1, why: 'lease' }, { number: 2, why: 'pin' }, { number: 3, why: 'lease' }, { number: 4, why: 'current' }],
  });
  const old = new Date(Date.now() - 31 * DAY);
  for (const pin of fs.readdirSync(`${box.profiles}/.nox/pins`)) fs.lutimesSync(`${box.profiles}/.nox/pins/${pin}`, old, old);
  expect(prune(box, '--older-than', '0').pruned).toEqual([2, 3]);
});

test('a lease in another home of the caller counts, for a profile linked there', () => {
  const box = started();
  const other = `${box.root}/other`;
  box.json('nox-profile', ['new', 'linked', '--link', `${box.profiles}/dev`, '--profiles', other]);
  box.json('nox-profile', ['switch', '2', '-p', 'dev']);
  box.json('nox-profile', ['env', 'linked', '--lease', '--profiles', other]);
  box.json('nox-profile', ['switch', '4', '-p', 'dev']);
  const kept = box.json('nox-profile', ['prune', `${box.profiles}/dev`, '--older-than', '0'], { env: { NOX_PROFILES: other } }).kept;
  expect(kept).toEqual([{ number: 2, why: 'lease' }, { number: 4, why: 'current' }]);
});

test('a lease that cannot be read stops it', () => {
  const box = started();
  box.write(`${box.profiles}/.nox/leases/x.json`, 'rubbish');
  expect(box.json('nox-profile', ['prune', 'dev', '--older-than', '0'], { status: 6 }).error.code).toBe('damaged');
  expect(generations(box)).toEqual(['0', '1', '2', '3', '4']);
});

test('the only copy of a file of the user\'s is not deleted, unless told so', () => {
  const box = started();
  const at = (number: number, path: string): string => `${state(box)}/generations/${number}/${path}`;
  for (const number of [2, 4]) box.write(at(number, 'same'), 'equal');
  box.write(at(2, 'changed'), 'old');
  box.write(at(4, 'changed'), 'new');
  box.write(at(3, 'own/deep/only'), 'only');
  fs.symlinkSync('../bin/p1', at(3, 'link'));
  fs.symlinkSync('nowhere', at(2, 'dangling'));
  fs.symlinkSync('nowhere', at(4, 'dangling'));
  box.write(at(1, 'moved'), 'one file');
  fs.linkSync(at(1, 'moved'), at(4, 'elsewhere'));
  const refused = box.json('nox-profile', ['prune', 'dev', '--older-than', '0'], { status: 4 });
  expect(refused.error).toMatchObject({ code: 'unmanaged-files', data: { profile: 'dev', paths: ['2: changed', '3: link', '3: own/deep/only'] } });
  expect(generations(box)).toEqual(['0', '1', '2', '3', '4']);
  expect(prune(box, '--older-than', '0', '--keep', '3').pruned).toEqual([0, 1]);
  expect(prune(box, '--older-than', '0', '--discard-unmanaged').pruned).toEqual([2, 3]);
});

test('what carried files free is counted once their last generation goes', () => {
  const box = started(1);
  box.write(`${box.profiles}/dev/big`, Buffer.alloc(1 << 20));
  box.store().package('q-1', { files: { 'bin/q': '' } });
  box.json('nox-profile', ['add', 'q', '-p', 'dev']);
  box.json('nox-profile', ['del', 'q', '-p', 'dev']);
  expect(prune(box, '--older-than', '0', '--dry-run').bytes).toBeLessThan(1 << 20);
  fs.rmSync(`${box.profiles}/dev/big`);
  expect(prune(box, '--older-than', '0', '--discard-unmanaged').bytes).toBeGreaterThan(1 << 20);
});

test('a release is refused', () => {
  const box = started(1);
  const env = { NOX_RELEASES: `${box.root}/releases` };
  box.json('nox-profile', ['publish', 'dev', '--as', 'r1'], { env });
  expect(box.json('nox-profile', ['prune', 'r1'], { env, status: 8 }).error.code).toBe('release-is-immutable');
});

test('the lock is not needed', () => {
  const box = started();
  fs.mkdirSync(`${state(box)}/lock.d`);
  expect(prune(box, '--older-than', '0', '--wait', '0').pruned).toEqual([0, 1, 2, 3]);
});

/** Starts a command that stops at a sync point; `goOn` lets it run on. */
async function held(box: Sandbox, point: string, args: readonly string[]) {
  const points = fs.mkdtempSync(`${box.root}/points-`);
  execFileSync('mkfifo', [`${points}/${point}`]);
  const ended = box.start('nox-profile', [...args, '--json'], { env: { NOX_SYNC_POINTS: points, NOX_LOCK: 'off' } });
  const fifo = await fs.promises.open(`${points}/${point}`, 'w');
  return { ended, goOn: () => fifo.close() };
}

test('a generation that becomes current between the look at the journal and the rename comes back', async () => {
  const box = started();
  const switching = await held(box, 'before-entry', ['switch', '2', '-p', 'dev']);
  const pruning = await held(box, 'after-withdraw', ['prune', 'dev', '--older-than', '0']);
  await switching.goOn();
  await expect.poll(() => fs.readdirSync(`${state(box)}/journal`)).toContain('5');
  await pruning.goOn();
  expect(JSON.parse((await pruning.ended).stdout)).toMatchObject({ pruned: [0, 1, 3], kept: [{ number: 2, why: 'current' }, { number: 4, why: 'current' }] });
  expect(JSON.parse((await switching.ended).stdout).generation).toBe(2);
  expect(box.json('nox-profile', ['list', 'dev']).generation).toBe(2);
  expect(generations(box)).toEqual(['2', '4']);
});

test('a switch to a generation that was pruned meanwhile is refused, and the profile stays as it was', async () => {
  const box = started();
  const switching = await held(box, 'before-entry', ['switch', '2', '-p', 'dev']);
  expect(box.json('nox-profile', ['prune', 'dev', '--older-than', '0'], { env: { NOX_LOCK: 'off' } }).pruned).toEqual([0, 1, 2, 3]);
  await switching.goOn();
  const { status, stdout } = await switching.ended;
  expect([status, JSON.parse(stdout).error.code]).toEqual([3, 'no-such-generation']);
  expect(box.json('nox-profile', ['status', 'dev'])).toMatchObject({ generation: 4, packages: 4 });
  expect(fs.existsSync(`${box.profiles}/dev/bin/p4`)).toBe(true);
});

test('a generation that a job claims while it is out of view comes back', async () => {
  const box = started();
  const pruning = await held(box, 'before-prune', ['prune', 'dev', '--older-than', '0']);
  box.json('nox-profile', ['switch', '2', '-p', 'dev'], { env: { NOX_LOCK: 'off' } });
  box.json('nox-profile', ['env', 'dev', '--lease']);
  box.json('nox-profile', ['switch', '4', '-p', 'dev'], { env: { NOX_LOCK: 'off' } });
  await pruning.goOn();
  expect(JSON.parse((await pruning.ended).stdout)).toMatchObject({ pruned: [0, 1, 3], kept: [{ number: 2, why: 'lease' }, { number: 4, why: 'current' }] });
  expect(generations(box)).toEqual(['2', '4']);
});

test.each([['before', ['.pruning'], ['0', '1', '2', '3', '4']], ['after', ['.pruned'], ['4']]] as const)('killed %s its decision, the next command finishes', (_, stages, left) => {
  const box = started();
  const owner = 'h~b~1~1~1~aaaaaaaaaaaa';
  const gone = runCommand('node', ['-e', 'console.log(process.pid)']).stdout.trim();
  const here = JSON.parse(fs.readFileSync(`${state(box)}/generations/0/.nox/manifest.json`, 'utf8').split('\n')[1]!).owner;
  const name = `${here.host}~${here.bootId}~${here.pidNamespace}~${gone}~1~aaaaaaaaaaaa`;
  for (const number of [0, 1, 2, 3]) fs.renameSync(`${state(box)}/generations/${number}`, `${state(box)}/generations/${stages[0]}-${number}-${name}`);
  fs.mkdirSync(`${state(box)}/generations/.pruned-7-${owner}`);
  box.json('nox-profile', ['switch', '4', '-p', 'dev']);
  expect(generations(box)).toEqual([`.pruned-7-${owner}`, ...left]);
});

test.skipIf(!hasUserNamespaces)('it works where nothing can be written any more', () => {
  const script = `
    set -e
    mount -t tmpfs -o size=4m,nr_inodes=600 tmpfs "$HOME"
    nox-profile new dev --json >/dev/null
    nox-profile add big -p dev --json >/dev/null
    nox-profile del big -p dev --json >/dev/null
    if [ "$1" = inodes ]; then i=0; while mkdir "$HOME/d$i" 2>/dev/null; do i=$((i+1)); done
    else head -c 8m /dev/zero >"$HOME/fill" 2>/dev/null || :; fi
    if nox-profile add p -p dev >/dev/null 2>&1; then echo "the disk is not full" >&2; exit 1; fi
    nox-profile prune dev --older-than 0 --json
    ls -A "$HOME/nix/profiles/.nox/profiles/dev/generations" >&2
    nox-profile add p -p dev --json >/dev/null`;
  const box = started(0);
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`share/big/f${at}`, '']));
  box.store().package('big-1', { files }).package('p-1', { files: { 'bin/p': '' } });
  for (const what of ['inodes', 'space']) {
    const env = { ...box.environment(), PATH: `${binPath('nox-profile').replace(/\/[^/]*$/, '')}:${process.execPath.replace(/\/[^/]*$/, '')}:/usr/bin:/bin` };
    const done = runCommand('unshare', ['-Urm', 'sh', '-c', script, 'sh', what], { env, cwd: box.root, timeout: 60_000 });
    expect({ status: done.status, left: done.stderr }).toEqual({ status: 0, left: '2\n' });
    expect(JSON.parse(done.stdout).pruned).toEqual([0, 1]);
  }
});
