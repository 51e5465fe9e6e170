import { lutimesSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { jobOf } from '../../../src/env/job.js';
import type { EnvSpec } from '../../../src/env/spec.js';
import { type Env, readyHome } from '../../support/ready-home.js';
import { isMissing, runShell, SHELLS, sorted } from '../../support/shells.js';

const home = readyHome('home of pins');
const spec: EnvSpec = { set: {}, prepend: { PATH: ['${profile}/bin'] }, append: {} };
const pins = `${home.home}/.nox/pins`;
const base: Env = { PATH: '/usr/bin:/bin', HOME: '/root' };
const inJob: Env = { ...base, SLURM_JOB_ID: '4711', SLURM_CLUSTER_NAME: 'alps' };
const record = `${pins}/slurm-alps-4711.dev`;

const outOfJob = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'SLURM_JOB_ID'));

beforeEach(() => {
  rmSync(pins, { recursive: true, force: true });
  mkdirSync(pins);
  home.profile('dev', spec, [1, 2]);
});
afterAll(() => home.remove());

const jobs: ReadonlyArray<[string, Env, string | null, boolean]> = [
  ['none', {}, null, false],
  ['Slurm', { SLURM_JOB_ID: '1', PBS_JOBID: '2' }, 'slurm--1', true],
  ['PBS', { SLURM_JOB_ID: '', PBS_JOBID: '2.head' }, 'pbs-2.head', true],
  ['PBS array', { PBS_JOBID: '2[1].head' }, 'pbs-2[1].head', false],
  ['HTCondor', { _CONDOR_JOB_AD: '/scratch/dir_3/.job.ad' }, 'condor-/scratch/dir_3/.job.ad', false],
  ['LSF', { LSB_JOBID: '4', LSB_JOBINDEX: '0' }, 'lsf-4', true],
  ['LSF array', { LSB_JOBID: '4', LSB_JOBINDEX: '7' }, 'lsf-4.7', true],
  ['Flux', { FLUX_JOB_ID: 'f2oSPE' }, 'flux-f2oSPE', true],
  ['Grid Engine', { JOB_ID: '5', SGE_ROOT: '/sge', SGE_TASK_ID: 'undefined' }, 'sge-5', true],
  ['Grid Engine array', { JOB_ID: '5', SGE_ROOT: '/sge', SGE_TASK_ID: '9' }, 'sge-5.9', true],
  ['another JOB_ID', { JOB_ID: '5' }, null, false],
];

test.each(jobs)('the job of %s', (_, env, key, recordable) => {
  expect(jobOf(env)).toEqual(key === null ? null : { key, recordable });
});

describe('by definition', () => {
  test('the first evaluation in a job leaves a record, and every later one gets that generation', () => {
    const first = home.evaluated(inJob, 'dev');
    expect(first).toMatchObject({ NOX_GENERATION: '2', NOX_JOB: 'slurm-alps-4711', PATH: `${home.home}/.nox/profiles/dev/generations/2/bin:/usr/bin:/bin` });
    expect(readlinkSync(record)).toBe('../profiles/dev/generations/2');
    home.profile('dev', spec, [3]);
    expect(home.evaluated(first, 'dev')).toEqual(first);
    expect(home.evaluated(inJob, 'dev')).toEqual(first);
    expect(home.evaluated({ ...inJob, SLURM_JOB_ID: '4712' }, 'dev')).toMatchObject({ NOX_GENERATION: '3' });
  });

  test('a profile that is active unpinned is pinned in a job, and --no-pin undoes that', () => {
    const active = home.evaluated(base, 'dev');
    const pinned = home.evaluated({ ...active, ...inJob, PATH: active['PATH']! }, 'dev');
    expect(pinned['PATH']).toBe(`${home.home}/.nox/profiles/dev/generations/2/bin:/usr/bin:/bin`);
    expect(home.evaluated(pinned, 'dev', { pin: 'no-pin' })).toEqual({ ...active, SLURM_JOB_ID: '4711', SLURM_CLUSTER_NAME: 'alps' });
  });

  test("another job's pin does not count, inside a job or out of it", () => {
    const first = home.evaluated(inJob, 'dev');
    home.profile('dev', spec, [3]);
    expect(home.evaluated({ ...first, SLURM_JOB_ID: '1' }, 'dev')).toMatchObject({ NOX_GENERATION: '3', NOX_JOB: 'slurm-alps-1' });
    expect(home.evaluated(outOfJob(first), 'dev')).not.toHaveProperty('NOX_GENERATION');
  });

  test('a pin by hand stays until --no-pin', () => {
    const pinned = home.evaluated(base, 'dev', { pin: 'pin' });
    home.profile('dev', spec, [3]);
    expect(home.evaluated(pinned, 'dev')).toEqual(pinned);
    expect(home.evaluated(pinned, 'dev', { pin: 'no-pin' })).not.toHaveProperty('NOX_GENERATION');
  });

  test('a record older than 30 days, or of a generation that is gone, is replaced', () => {
    symlinkSync('../profiles/dev/generations/1', record);
    const old = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    lutimesSync(record, old, old);
    expect(home.evaluated(inJob, 'dev')).toMatchObject({ NOX_GENERATION: '2' });
    expect(readlinkSync(record)).toBe('../profiles/dev/generations/2');
    rmSync(record);
    symlinkSync('../profiles/dev/generations/99', record);
    expect(home.evaluated(inJob, 'dev')).toMatchObject({ NOX_GENERATION: '2' });
    expect(readdirSync(pins)).toEqual(['slurm-alps-4711.dev']);
  });

  test('a home that cannot be written pins all the same', () => {
    rmSync(pins, { recursive: true });
    symlinkSync('/nonexistent/nowhere', pins);
    expect(home.evaluated(inJob, 'dev')).toMatchObject({ NOX_GENERATION: '2', NOX_JOB: 'slurm-alps-4711' });
    rmSync(pins);
  });
});

const scenes: Record<string, () => Env> = {
  'no record': () => inJob,
  'a record of an older generation': () => {
    symlinkSync('../profiles/dev/generations/1', record);
    return inJob;
  },
  'a record older than 30 days': () => {
    symlinkSync('../profiles/dev/generations/1', record);
    const old = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    lutimesSync(record, old, old);
    return inJob;
  },
  'a record of nearly 30 days': () => {
    symlinkSync('../profiles/dev/generations/1', record);
    const old = new Date(Date.now() - 29.9 * 24 * 3600 * 1000);
    lutimesSync(record, old, old);
    return inJob;
  },
  'active unpinned': () => ({ ...home.evaluated(base, 'dev'), SLURM_JOB_ID: '4711' }),
  'active in the same job, the profile gone on': () => {
    const env = home.evaluated(inJob, 'dev');
    rmSync(record);
    home.profile('dev', spec, [3]);
    return env;
  },
  'active in another job': () => {
    const env = home.evaluated(inJob, 'dev');
    home.profile('dev', spec, [3]);
    return { ...env, SLURM_JOB_ID: '9' };
  },
  'active in another job, outside of any': () => {
    const env = home.evaluated(inJob, 'dev');
    home.profile('dev', spec, [3]);
    return outOfJob(env);
  },
  'pinned by hand, then a job, the profile gone on': () => {
    const env = home.evaluated(base, 'dev', { pin: 'pin' });
    home.profile('dev', spec, [3]);
    return { ...env, PBS_JOBID: '1.x' };
  },
  'pinned by hand, the profile gone on': () => {
    const env = home.evaluated(base, 'dev', { pin: 'pin' });
    home.profile('dev', spec, [3]);
    return env;
  },
  'a job without a usable identifier': () => ({ ...base, PBS_JOBID: '1[2].x y' }),
  HTCondor: () => ({ ...base, _CONDOR_JOB_AD: '/scratch/dir 1/.job.ad' }),
  'an LSF array': () => ({ ...base, LSB_JOBID: '8', LSB_JOBINDEX: '3' }),
  'a Grid Engine array': () => ({ ...base, JOB_ID: '8', SGE_ROOT: '/x', SGE_TASK_ID: '3' }),
  'a Grid Engine job': () => ({ ...base, JOB_ID: '8', SGE_ROOT: '/x', SGE_TASK_ID: 'undefined' }),
  Flux: () => ({ ...base, FLUX_JOB_ID: 'f2' }),
};

describe.each(SHELLS)('ready scripts in $name', (shell) => {
  test.skipIf(isMissing(shell)).each(Object.keys(scenes))(`${shell.name}: pinned as defined: %s`, (scene) => {
    const env = scenes[scene]!();
    const records = (): Array<[string, string]> => readdirSync(pins).map((name) => [name, readlinkSync(`${pins}/${name}`)]);
    const before = records();
    const run = runShell(shell, [shell.strictest, home.source(shell, 'dev', 'activate')], { env });
    const made = records();
    for (const [name] of made) if (!before.some(([known]) => known === name)) rmSync(`${pins}/${name}`);
    const expected = home.evaluated(env, 'dev');
    expect({ scene, stderr: run.stderr, environment: run.environment, records: made }).toEqual({ scene, stderr: '', environment: sorted(expected), records: records() });
  });
});
