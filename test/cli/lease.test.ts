import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { ownedName, processAt, thisProcess } from '../../src/fs/owner.js';
import { dropLease, isLive, readLeases, renewLease, takeLease } from '../../src/profile/io/lease.js';
import { binPath, ROOT, runCommand } from '../support/cli.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';
import { isRoot, otherUser } from '../support/users.js';

const DAY = 24 * 3600 * 1000;

/** A profile `dev` at generation 2, and a `squeue` first in PATH that knows the jobs of a file. */
function started() {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'a', '-p', 'dev']);
  return { box, jobs: queue(box) };
}

/** `living` decides what the batch system says: the jobs that live, or how asking fails. */
function queue(box: Sandbox) {
  const answer = (text: string): string => box.write('bin/squeue', `#!/bin/sh\necho "$*" >>${box.root}/asked\n${text}\n`, 0o755);
  return {
    env: { PATH: `${box.root}/bin:${ROOT}/bin:/usr/bin:/bin` },
    living: (...jobs: string[]) => answer(`for last; do :; done; case " ${jobs.join(' ')} " in *" $last "*) echo "$last normal dev user R 1:00 1 node1";; *) echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1;; esac`),
    ended: () => answer('exit 0'),
    failing: () => answer('echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1'),
    asked: () => (fs.existsSync(`${box.root}/asked`) ? fs.readFileSync(`${box.root}/asked`, 'utf8').split('\n').slice(0, -1) : []),
  };
}

const leaseFiles = (box: Sandbox): string[] => fs.readdirSync(`${box.profiles}/.nox/leases`).filter((name) => name.endsWith('.json'));
const leases = (box: Sandbox) => leaseFiles(box).map((name) => JSON.parse(fs.readFileSync(`${box.profiles}/.nox/leases/${name}`, 'utf8').split('\n')[1]!));

/** Whether a prune that keeps nothing else still keeps generation 1. */
function isHeld(box: Sandbox, env: Readonly<Record<string, string>> = {}): boolean {
  for (const pin of fs.readdirSync(`${box.profiles}/.nox/pins`)) fs.rmSync(`${box.profiles}/.nox/pins/${pin}`);
  return box.json('nox-profile', ['prune', 'dev', '--older-than', '0', '--dry-run'], { env }).kept.some(({ number }: { number: number }) => number === 1);
}

const leave = (box: Sandbox) => box.json('nox-profile', ['add', 'b', '-p', 'dev']);

test('without --lease there is none; with it, the environment is pinned and held for 30 days, or as long as told', () => {
  const { box } = started();
  expect(box.json('nox-profile', ['env', 'dev'])).toMatchObject({ pinned: false, lease: null });
  expect(leaseFiles(box)).toEqual([]);
  const days = (expires: string): number => Math.round((Date.parse(expires) - Date.now()) / DAY);
  const { lease, pinned, generation } = box.json('nox-profile', ['env', 'dev', '--lease=7d']);
  expect([pinned, generation, lease.job, days(lease.expires)]).toEqual([true, 1, null, 7]);
  expect(days(box.json('nox-profile', ['env', 'dev', '--lease']).lease.expires)).toBe(30);
  expect(days(box.json('nox-profile', ['env', 'dev', '--lease=1d']).lease.expires)).toBe(30);
  expect(leases(box)).toMatchObject([{ profile: `${box.profiles}/dev`, generation: 1, tree: `${box.profiles}/.nox/profiles/dev/generations/1`, job: null, withProcess: false }]);
  leave(box);
  expect(isHeld(box)).toBe(true);
});

test('evaluated by a shell, it says the same as without a lease', () => {
  const { box, jobs } = started();
  const words = 'eval $(nox-profile env dev --lease --shell sh); echo "$NOX_GENERATION $PATH"';
  const told = box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', words], { env: jobs.env });
  expect(told.stdout).toMatch(/^1 .*\/generations\/1\/bin:/);
});

test.each([['--lease=soon', 'expects a length of time'], ['--lease=99999999d', '--lease takes 36500 days at most, not "99999999d"'], ['--lease --no-pin', 'exclude each other'], ['--lease --deactivate', 'exclude each other']])('env %s is refused', (flags, message) => {
  const { box } = started();
  const { status, stdout, stderr } = box.run('nox-profile', ['env', 'dev', ...flags.split(' ')]);
  expect([status, stdout]).toEqual([2, 'false;\n']);
  expect(stderr).toContain(message);
  expect(leaseFiles(box)).toEqual([]);
});

test('a lease ends with its time', () => {
  const { box } = started();
  box.json('nox-profile', ['env', 'dev', '--lease=0']);
  leave(box);
  expect(isHeld(box)).toBe(false);
});

test('a job of Slurm: squeue decides, whatever the time', () => {
  const { box, jobs } = started();
  const job = { SLURM_JOB_ID: '4711' };
  expect(box.json('nox-profile', ['env', 'dev', '--lease=0'], { env: job }).lease).toMatchObject({ job: 'slurm--4711' });
  box.json('nox-profile', ['env', 'dev', '--lease=0'], { env: job });
  expect(leaseFiles(box)).toHaveLength(1);
  leave(box);
  jobs.living('4711');
  expect(isHeld(box, jobs.env)).toBe(true);
  jobs.living('1', '47110');
  expect(isHeld(box, jobs.env)).toBe(false);
  expect(jobs.asked()).toEqual(['-h -j 4711', '-h -j 4711']);
});

test('a job that is not over in time is held while squeue knows it, and let go when it does not', () => {
  const { box, jobs } = started();
  box.json('nox-profile', ['env', 'dev', '--lease'], { env: { SLURM_JOB_ID: '4711', SLURM_CLUSTER_NAME: 'north' } });
  leave(box);
  jobs.failing();
  expect(isHeld(box, jobs.env)).toBe(true);
  jobs.ended();
  expect(isHeld(box, jobs.env)).toBe(false);
  jobs.living();
  expect(isHeld(box, jobs.env)).toBe(false);
  jobs.living('4711');
  expect(isHeld(box, jobs.env)).toBe(true);
  expect(new Set(jobs.asked())).toEqual(new Set(['-h -M north -j 4711']));
});

test('where squeue fails, is missing, or knows nothing of the batch system, the time decides', () => {
  const { box, jobs } = started();
  box.json('nox-profile', ['env', 'dev', '--lease'], { env: { PBS_JOBID: '9.server' } });
  leave(box);
  jobs.living();
  expect(isHeld(box, jobs.env)).toBe(true);
  expect(jobs.asked()).toEqual([]);

  const other = started();
  other.box.json('nox-profile', ['env', 'dev', '--lease=0'], { env: { SLURM_JOB_ID: '1' } });
  leave(other.box);
  expect(isHeld(other.box)).toBe(false);
  other.jobs.failing();
  expect(isHeld(other.box, other.jobs.env)).toBe(false);
});

test('a lease of run records its job, and outlives a killed command while the job lives', () => {
  const { box, jobs } = started();
  jobs.living('4711');
  const env = { ...jobs.env, SLURM_JOB_ID: '4711' };
  expect(box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', 'kill -KILL $PPID'], { env }).status).toBe(128 + 9);
  expect(leases(box)).toMatchObject([{ job: 'slurm--4711', generation: 1, withProcess: true }]);
  leave(box);
  expect(isHeld(box, jobs.env)).toBe(true);
  jobs.living();
  expect(isHeld(box, jobs.env)).toBe(false);
});

test('outside of jobs the lease of a killed command is over at once', () => {
  const { box, jobs } = started();
  expect(box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', 'kill -KILL $PPID'], { env: jobs.env }).status).toBe(128 + 9);
  expect(leases(box)).toHaveLength(1);
  leave(box);
  expect(isHeld(box)).toBe(false);
});

test('a command that goes on when nox was killed is held until it ends', async () => {
  const { box } = started();
  expect(box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', 'until grep -q command ~/nix/profiles/.nox/leases/*.json; do sleep 0.02; done; echo $$ >~/going; kill -KILL $PPID; exec sleep 600 >/dev/null 2>&1']).status).toBe(128 + 9);
  const pid = Number(fs.readFileSync(`${box.home}/going`, 'utf8'));
  leave(box);
  expect(isHeld(box)).toBe(true);
  process.kill(pid);
  await expect.poll(() => isHeld(box)).toBe(false);
});

test('the lease of a process that is seen to run holds whatever the time; where it cannot be seen, as long as it is renewed', () => {
  const { box } = started();
  const long = new Date('2001-01-01T00:00:00Z');
  const tree = `${box.profiles}/.nox/profiles/dev/generations/1`;
  const own = takeLease(box.profiles, { profile: `${box.profiles}/dev`, generation: 1, tree, user: 'ada', job: null }, long);
  expect(readLeases(box.profiles, new Date())).toHaveLength(1);
  leave(box);
  expect(isHeld(box)).toBe(true);
  const elsewhere = (at: Date): boolean => isLive({ ...readLeases(box.profiles, at)[0]!, host: 'elsewhere' }, at);
  const month = new Date(long.getTime() + 31 * 24 * 3_600_000);
  expect(elsewhere(month)).toBe(false);
  renewLease(own, undefined, new Date(month.getTime() - 1000));
  expect(elsewhere(month)).toBe(true);
  dropLease(own);
  expect(isHeld(box)).toBe(false);
});

test.skipIf(spawnSync('strace', ['-V']).status !== 0)('a process that ends while it is looked at is no error', () => {
  const { box } = started();
  const sleeper = spawn('sleep', ['600']);
  const { pid = 0 } = sleeper;
  const left = `${box.profiles}/.nox/profiles/dev/staging/${ownedName({ ...thisProcess(), ...processAt(pid)! })}`;
  fs.mkdirSync(left);
  const stat = `/proc/${pid}/stat`;
  const done = runCommand('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=read', '-P', stat, '-e', 'inject=read:error=ESRCH', binPath('nox-profile'), 'add', 'b', '-p', 'dev'], { env: box.environment(), cwd: box.home });
  sleeper.kill();
  expect(done).toMatchObject({ status: 0, stderr: '' });
});

test('a running command is held even when its job is said to be over', () => {
  const { box, jobs } = started();
  jobs.living();
  const script = 'nox-profile add b -p dev >&2; rm -r ~/nix/profiles/.nox/pins; nox-profile prune dev --older-than 0 --json';
  const done = box.run('nox-profile', ['run', 'dev', '--', 'sh', '-c', script], { env: { ...jobs.env, SLURM_JOB_ID: '4711' } });
  expect(JSON.parse(done.stdout).kept).toEqual([{ number: 1, why: 'lease' }, { number: 2, why: 'current' }]);
});

test('a hostile job name is never asked for', () => {
  const { box, jobs } = started();
  jobs.living();
  for (const id of ['-x', '1,2', '$(touch pwned)', '--help']) box.json('nox-profile', ['env', 'dev', '--lease'], { env: { SLURM_JOB_ID: id } });
  box.json('nox-profile', ['env', 'dev', '--lease'], { env: { SLURM_JOB_ID: '1', SLURM_CLUSTER_NAME: '-Mx;' } });
  leave(box);
  expect(isHeld(box, jobs.env)).toBe(true);
  expect(jobs.asked()).toEqual([]);
});

test('a profile in which a job or a command runs is not removed, unless told so', () => {
  const { box, jobs } = started();
  jobs.living('77');
  const inJob = { ...jobs.env, SLURM_JOB_ID: '77' };
  box.json('nox-profile', ['env', 'dev', '--lease'], { env: inJob });
  for (const words of [['remove', 'dev'], ['remove', 'dev', '--dry-run']]) {
    expect(box.json('nox-profile', words, { env: jobs.env, status: 5 }).error).toMatchObject({ code: 'profile-in-use', data: { profile: 'dev', claims: [{ generation: 1, job: 'slurm--77' }] } });
  }
  expect(box.run('nox-profile', ['run', 'dev', '--', 'nox-profile', 'remove', 'dev'], { env: { ...jobs.env, SLURM_JOB_ID: '' } })).toMatchObject({ status: 5, stderr: expect.stringMatching(/is in use and stays:\n(?: {2}generation 1 by \S+, (?:on \S+|job slurm--77)\n){2}hint: wait until/) });
  jobs.ended();
  jobs.living();
  expect(box.json('nox-profile', ['remove', 'dev', '--dry-run'], { env: jobs.env }).generations).toEqual([0, 1]);
  jobs.living('77');
  box.json('nox-profile', ['remove', 'dev', '--ignore-leases'], { env: jobs.env });
  expect(fs.existsSync(`${box.profiles}/dev`)).toBe(false);
  // What was ignored would hold a profile of the same name.
  expect(leaseFiles(box)).toEqual([]);
});

test('a profile that a job uses is not removed until the job is over', () => {
  const { box, jobs } = started();
  box.json('nox-profile', ['env', 'dev'], { env: { SLURM_JOB_ID: '77' } });
  jobs.living('77');
  expect(box.json('nox-profile', ['remove', 'dev'], { env: jobs.env, status: 5 }).error).toMatchObject({ code: 'profile-in-use', data: { claims: [{ generation: 1, job: 'slurm--77' }] } });
  jobs.living();
  box.json('nox-profile', ['remove', 'dev'], { env: jobs.env });
  expect(fs.existsSync(`${box.profiles}/dev`)).toBe(false);
});

test('a pin holds its generation against prune until squeue says that its job is over, and then doctor removes it', () => {
  const { box, jobs } = started();
  const pruned = (): number[] => box.json('nox-profile', ['prune', 'dev', '--older-than', '0', '--dry-run'], { env: jobs.env }).pruned;
  const findings = (): unknown[] => box.json('nox-profile', ['doctor'], { env: jobs.env }).findings.map(({ code, message }: { code: string; message: string }) => [code, message]);
  box.json('nox-profile', ['env', 'dev'], { env: { SLURM_JOB_ID: '77', SLURM_CLUSTER_NAME: 'a.b' } });
  box.json('nox-profile', ['add', 'b', '-p', 'dev']);
  jobs.living('77');
  expect([pruned(), findings()]).toEqual([[0], []]);
  jobs.failing();
  expect([pruned(), findings()]).toEqual([[0], []]);
  jobs.living();
  expect([pruned(), findings()]).toEqual([[0, 1], [['stale-pin', 'the pin slurm-a.b-77.dev is of a job that is over']]]);
  expect(new Set(jobs.asked())).toEqual(new Set(['-h -M a.b -j 77']));
  box.run('nox-profile', ['doctor', '--repair'], { env: jobs.env });
  expect(fs.readdirSync(`${box.profiles}/.nox/pins`)).toEqual([]);
});

test('a pin whose name may tell of several jobs is held in time', () => {
  const { box, jobs } = started();
  const pins = `${box.profiles}/.nox/pins`;
  fs.mkdirSync(pins, { recursive: true });
  jobs.living();
  fs.symlinkSync('../profiles/dev/generations/1', `${pins}/slurm-c-1.x-2.y`);
  box.json('nox-profile', ['add', 'b', '-p', 'dev']);
  expect(box.json('nox-profile', ['prune', 'dev', '--older-than', '0', '--dry-run'], { env: jobs.env }).pruned).toEqual([0]);
  expect(jobs.asked()).toEqual([]);
});

test('of a pinned job nobody can ask about is said what is known, and how to go on', () => {
  const { box, jobs } = started();
  box.json('nox-profile', ['env', 'dev'], { env: { PBS_JOBID: '5' } });
  const pin = `${box.profiles}/.nox/pins/pbs-5.dev`;
  fs.lutimesSync(pin, new Date(), new Date(Date.now() - 3 * 3600 * 1000));
  expect(box.run('nox-profile', ['remove', 'dev'], { env: jobs.env })).toMatchObject({
    status: 5,
    stderr: expect.stringMatching(/^nox-profile: the profile "dev" may be in use and stays:\n {2}generation 1 by \S+: job pbs-5 was pinned to it 3 hours ago, and whether it still runs cannot be told here\nhint: if no such job runs any longer, remove it all the same with --ignore-leases\n$/),
  });
  box.json('nox-profile', ['remove', 'dev', '--ignore-leases'], { env: jobs.env });
  expect([fs.existsSync(`${box.profiles}/dev`), fs.existsSync(pin)]).toEqual([false, false]);
});

test('--no-lease ends the lease of this job, or outside of jobs of this machine, and no other', () => {
  const { box } = started();
  const job = { PBS_JOBID: '5' };
  const held = (): (string | null)[] => leases(box).map((lease) => lease.job).sort();
  for (const env of [{}, job, { PBS_JOBID: '6' }]) box.json('nox-profile', ['env', 'dev', '--lease'], { env });
  leave(box);
  box.json('nox-profile', ['env', 'dev', '--lease']);
  expect(held()).toEqual([null, null, 'pbs-5', 'pbs-6']);
  box.json('nox-profile', ['env', 'dev', '--no-lease']);
  expect(held()).toEqual(['pbs-5', 'pbs-6']);
  const active = { ...job, NOX_DEPTH: '1', NOX_1_VARS: 'NOX_PROFILE', NOX_1_SET_NOX_PROFILE: `${box.profiles}/dev`, NOX_PROFILE: `${box.profiles}/dev` };
  box.json('nox-profile', ['env', '--deactivate'], { env: active });
  expect(held()).toEqual(['pbs-5', 'pbs-6']);
  expect(box.run('nox-profile', ['env', '--deactivate', '--no-lease', '--shell', 'sh'], { env: active })).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('NOX_PROFILE') });
  expect(held()).toEqual(['pbs-6']);
  expect(box.run('nox-profile', ['env', 'dev', '--lease', '--no-lease']).stderr).toContain('exclude each other');
});

test.skipIf(!isRoot)('a release of somebody else needs no lease; one is left in a home of the caller\'s own', () => {
  const { box, jobs } = started();
  box.store().config({ scope: 'private' });
  const releases = { NOX_RELEASES: `${box.root}/releases` };
  box.json('nox-profile', ['publish', 'dev', '--as', '2024.1'], { env: releases });
  box.json('nox-profile', ['remove', 'dev']);
  const ada = otherUser(box, 4711);
  const env = { ...jobs.env, ...releases, SLURM_JOB_ID: '3' };
  const held = (): string[] => (fs.existsSync(`${ada.profiles}/.nox/leases`) ? fs.readdirSync(`${ada.profiles}/.nox/leases`) : []);
  expect(ada.run('nox-profile', ['run', '2024.1', '--', 'sh', '-c', 'echo $NOX_GENERATION'], env)).toEqual({ status: 0, stdout: '1\n', stderr: '' });
  expect(ada.run('nox-profile', ['env', '2024.1', '--lease', '--shell', 'sh'], env)).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('/releases/.nox/profiles/2024.1/generations/1/bin') });
  expect(ada.run('nox-profile', ['pack', '2024.1', '-o', `${ada.home}/pack.tar`, '--format', 'tar'], env)).toMatchObject({ status: 0, stderr: '' });
  expect(ada.run('nox-profile', ['new', 'mine', '--link', '2024.1'], releases).status).toBe(0);
  expect(ada.run('nox-profile', ['env', 'mine', '--lease', '--shell', 'sh'], env)).toMatchObject({ status: 0, stderr: '' });
  expect(ada.run('nox-profile', ['env', '2024.1', '--lease', '--json'], env)).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining(`"path": "${ada.profiles}/.nox/leases/`) });
  expect(held()).toHaveLength(1);
  // Without knowing the releases, too.
  expect(box.json('nox-store', ['gc', '--dry-run', '--min-age', '0']).removed).not.toContainEqual(expect.objectContaining({ id: 'a-1' }));
});

test('what is used by way of a linked profile is leased in the home that it lies in, too', () => {
  const { box } = started();
  const own = { env: { NOX_PROFILES: `${box.root}/mine` } };
  box.json('nox-profile', ['new', 'mine', '--link', `${box.profiles}/dev`], own);
  const count = `echo $(ls ${box.root}/mine/.nox/leases ${box.profiles}/.nox/leases | grep -c json)`;
  expect(box.run('nox-profile', ['run', 'mine', '--', 'sh', '-c', count], own)).toEqual({ status: 0, stdout: '2\n', stderr: '' });
  expect(leaseFiles(box)).toEqual([]);
  box.json('nox-profile', ['env', 'mine', '--lease'], own);
  leave(box);
  expect(isHeld(box)).toBe(true);
});

test.each([
  ['a job that begins', 'profile-in-use', (box: Sandbox): void => void box.json('nox-profile', ['env', 'dev', '--lease'])],
  ['a file of the user\'s', 'unmanaged-files', (box: Sandbox): void => fs.writeFileSync(`${box.profiles}/dev/mine`, '')],
])('%s while a removal waits for another command is seen', async (_, code, meanwhile) => {
  const { box } = started();
  const points = fs.mkdtempSync(`${box.root}/points-`);
  execFileSync('mkfifo', [`${points}/before-publish`]);
  const adding = box.start('nox-profile', ['add', 'b', '-p', 'dev'], { env: { NOX_SYNC_POINTS: points } });
  const fifo = await fs.promises.open(`${points}/before-publish`, 'w');
  const removing = box.start('nox-profile', ['remove', 'dev', '--json']);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  meanwhile(box);
  // What comes into the profile has the other command plan anew.
  fs.rmSync(`${points}/before-publish`);
  await fifo.close();
  expect((await adding).status).toBe(0);
  const { status, stdout } = await removing;
  expect(JSON.parse(stdout).error.code).toBe(code);
  expect([status, fs.existsSync(`${box.profiles}/dev/bin/b`)]).toEqual([code === 'profile-in-use' ? 5 : 4, true]);
});
