import { spawnSync } from 'node:child_process';

/** What is known of a batch job: it waits or runs, it has ended, or nobody here can say. */
export type JobState = 'lives' | 'over' | 'unknown';

/** Milliseconds that the batch system may take to answer. */
const PATIENCE = 15_000;
/** Questions of one process: they burden a daemon that all users share. */
const MOST = 200;

const SLURM = /^slurm-([A-Za-z0-9_.][A-Za-z0-9_.-]*)?-(\d{1,18})$/;

const answers = new Map<string, JobState>();

/**
 * The state of the job of that key (see {@link Job}), by `squeue` for a job of Slurm where there is one. Whatever else than a clear
 * answer leaves it unknown. A process asks once for each job: one that has ended never lives again.
 */
export function stateOfJob(key: string): JobState {
  const slurm = SLURM.exec(key);
  if (slurm === null) return 'unknown';
  const known = answers.get(key);
  if (known !== undefined) return known;
  const state = answers.size >= MOST ? 'unknown' : askSlurm(slurm[1] ?? '', slurm[2] ?? '');
  answers.set(key, state);
  return state;
}

/**
 * The state of the job that the name of a pin record tells: of one of this profile's, or of any. A name that can be read as those of several
 * jobs leaves it unknown.
 */
export function stateOfPin(record: string, profile?: string): JobState {
  if (profile !== undefined && record.endsWith(`.${profile}`)) return stateOfJob(record.slice(0, -profile.length - 1));
  const jobs = [...record.matchAll(/\./g)].map(({ index }) => record.slice(0, index)).filter((job) => SLURM.test(job));
  return jobs.length === 1 && jobs[0] !== undefined ? stateOfJob(jobs[0]) : 'unknown';
}

/** The same number on another cluster is another job, so the cluster is asked by its name where the job told it. */
function askSlurm(cluster: string, job: string): JobState {
  const words = ['-h', ...(cluster === '' ? [] : ['-M', cluster]), '-j', job];
  const { error, status, stdout, stderr } = spawnSync('squeue', words, { timeout: PATIENCE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL' });
  if (error !== undefined || status === null) return 'unknown';
  if (status !== 0) return /invalid job id/i.test(stderr) ? 'over' : 'unknown';
  const rows = stdout.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('CLUSTER:'));
  return rows.length > 0 ? 'lives' : 'over';
}
