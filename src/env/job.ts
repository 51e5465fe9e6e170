import type { Environment } from './state.js';

/** The batch job that a process runs in. */
export interface Job {
  /** What `NOX_JOB` holds: the batch system, its cluster where it tells, and the job's identifier. */
  readonly key: string;
  /** True when the key is the same on every node of the job and fits into a file name. */
  readonly recordable: boolean;
}

/** The job told by the variables of the batch systems, asked in this order; `null` outside of any. */
export function jobOf(environment: Environment): Job | null {
  const value = (name: string): string => environment[name] ?? '';
  const key = slurm(value) ?? pbs(value) ?? condor(value) ?? lsf(value) ?? flux(value) ?? gridEngine(value);
  if (key === null) return null;
  return { key, recordable: /^[A-Za-z0-9._+@-]+$/.test(key) && !key.startsWith('condor-') };
}

type Value = (name: string) => string;

const slurm = (value: Value): string | null =>
  value('SLURM_JOB_ID') === '' ? null : `slurm-${value('SLURM_CLUSTER_NAME')}-${value('SLURM_JOB_ID')}`;
const pbs = (value: Value): string | null => (value('PBS_JOBID') === '' ? null : `pbs-${value('PBS_JOBID')}`);
/** The job's advertisement is a file whose path differs from node to node. */
const condor = (value: Value): string | null => (value('_CONDOR_JOB_AD') === '' ? null : `condor-${value('_CONDOR_JOB_AD')}`);
const lsf = (value: Value): string | null => {
  if (value('LSB_JOBID') === '') return null;
  const index = value('LSB_JOBINDEX');
  return `lsf-${value('LSB_JOBID')}${index === '' || index === '0' ? '' : `.${index}`}`;
};
const flux = (value: Value): string | null => (value('FLUX_JOB_ID') === '' ? null : `flux-${value('FLUX_JOB_ID')}`);
const gridEngine = (value: Value): string | null => {
  if (value('JOB_ID') === '' || value('SGE_ROOT') === '') return null;
  const task = value('SGE_TASK_ID');
  return `sge-${value('JOB_ID')}${task === '' || task === 'undefined' ? '' : `.${task}`}`;
};

/** Name of the record that holds which generation of a profile a job uses. */
export const pinRecordName = (job: string, profile: string): string => `${job}.${profile}`;
