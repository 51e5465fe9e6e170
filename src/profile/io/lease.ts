import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { type JobState, stateOfJob } from '../../env/io/job-queue.js';
import { isAnyNoxError } from '../../errors.js';
import { makeDirectory, removeEntry } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { clearDrafts, publishFile } from '../../fs/draft.js';
import { isGone, isHere, isSeen, thisProcess } from '../../fs/owner.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { leases } from '../../layout.js';

const leaseSchema = v.object({
  /** Absolute path of the profile. */
  profile: v.string(),
  generation: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Absolute path of the generation's tree. */
  tree: v.string(),
  host: v.string(),
  bootId: v.string(),
  pidNamespace: v.string(),
  pid: v.number(),
  startTime: v.string(),
  /** The command that the process runs, on the same machine: it may outlive it. */
  command: v.optional(v.object({ pid: v.number(), startTime: v.string() })),
  user: v.string(),
  /** The batch job, as in `NOX_JOB`. */
  job: v.nullable(v.string()),
  /** Whether it ends with its process; else only job and time end it. */
  withProcess: v.optional(v.boolean(), true),
  /** RFC 3339, UTC: when it ends even if its owner cannot be seen to be gone. */
  expires: v.string(),
  createdAt: v.string(),
});

/** A running command's, or a job's, claim to one generation. */
export type Lease = v.InferOutput<typeof leaseSchema>;

export const leaseKind: SealedKind<typeof leaseSchema> = { kind: 'lease', version: 1, schema: leaseSchema, limit: 1 << 20 };

/** Seconds that a lease holds, unless told otherwise. */
const LEASE_SECONDS = 30 * 24 * 3600;

type Claim = Pick<Lease, 'profile' | 'generation' | 'tree' | 'user' | 'job'>;

/** A lease that a process keeps up. */
export interface OwnLease {
  readonly path: string;
  readonly lease: Lease;
}

/**
 * Leaves a lease of this process in a profile home. It appears whole, by rename.
 * @throws `not-permitted`, `file-system`.
 */
export function takeLease(home: string, claim: Claim, now: Date): OwnLease {
  const path = `${leases(home)}/${randomBytes(12).toString('hex')}.json`;
  const lease = { ...claim, ...thisProcess(), withProcess: true, createdAt: now.toISOString(), expires: after(now, LEASE_SECONDS) };
  return { path: write(path, lease), lease };
}

/** Says what a lease holds for by now, and makes it hold as long again for machines that cannot see its process. @throws as {@link takeLease}. */
export function renewLease({ path, lease }: OwnLease, command: Lease['command'], now: Date): void {
  write(path, { ...lease, command, expires: after(now, LEASE_SECONDS) });
}

/**
 * Leaves a lease that outlives this process, and returns it with its path. Each job, or outside of jobs each machine, has one on a
 * generation: leaving it again makes it hold longer and never shorter.
 * @throws `not-permitted`, `file-system`.
 */
export function takeLastingLease(home: string, claim: Claim, seconds: number, now: Date): { readonly path: string; readonly lease: Lease } {
  const owner = thisProcess();
  const key = createHash('sha256').update(JSON.stringify([claim.user, claim.tree, claim.job ?? `on ${owner.host}`])).digest('hex').slice(0, 24);
  const path = `${leases(home)}/${key}.json`;
  const [wanted, older] = [after(now, seconds), readableLease(path)?.expires ?? ''];
  const lease = { ...claim, ...owner, withProcess: false, createdAt: now.toISOString(), expires: older > wanted ? older : wanted };
  return { path: write(path, lease), lease };
}

/**
 * Ends the leases on one profile that {@link takeLastingLease} left for this user and job, or outside of jobs for this user on this machine.
 * @throws `not-permitted`, `file-system`.
 */
export function endLastingLeases(home: string, { profile, user, job }: Pick<Claim, 'profile' | 'user' | 'job'>): void {
  const { host } = thisProcess();
  for (const { name } of readDirectoryIfAny(leases(home)) ?? []) {
    const path = `${leases(home)}/${name}`;
    const lease = name.endsWith('.json') ? readableLease(path) : null;
    if (lease === null || lease.withProcess || lease.profile !== profile || lease.user !== user || lease.job !== job) continue;
    if (job !== null || lease.host === host) removeEntry(path);
  }
}

function write(path: string, lease: Lease): string {
  const directory = path.slice(0, path.lastIndexOf('/'));
  if (status(directory) === null) makeDirectory(directory);
  clearDrafts(directory);
  // A running command ends with the machine; the others outlive it.
  publishFile(path, seal(leaseKind, lease), { lasting: !lease.withProcess });
  return path;
}

function readableLease(path: string): Lease | null {
  try {
    return readSealed(leaseKind, path);
  } catch (error) {
    if (isAnyNoxError(error)) return null;
    throw error;
  }
}

const after = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

/** Gives a lease back; content when it is gone. */
export function dropLease({ path }: Pick<OwnLease, 'path'>): void {
  removeEntry(path);
}

/** The leases of a profile home that still hold. @throws `damaged` for one that cannot be read: it may hold anything. */
export function readLeases(home: string, now: Date): Lease[] {
  return (readDirectoryIfAny(leases(home)) ?? []).flatMap(({ name }) => {
    if (!name.endsWith('.json')) return [];
    const lease = readSealed(leaseKind, `${leases(home)}/${name}`);
    return lease === null || !isLive(lease, now) ? [] : [lease];
  });
}

/**
 * True while a lease holds: as long as its process, if it is bound to one, or the command of that can be seen to run here, whatever the
 * time. Else, without a job, until its time is over or both are seen to be gone. With a job: while the batch system says that the job lives,
 * whatever the time; when it says that it is over, no longer; and where it says nothing, until its time is over.
 */
export function isLive(lease: Lease, now: Date, ask: (job: string) => JobState = stateOfJob): boolean {
  const holders = lease.withProcess ? [lease, ...(lease.command === undefined ? [] : [{ ...lease, ...lease.command }])] : [];
  if (holders.some(isSeen)) return true;
  // A time that cannot be read is not over.
  const inTime = !(Date.parse(lease.expires) <= now.getTime());
  if (lease.job === null) return inTime && !(lease.withProcess && holders.every(isGone));
  if (inTime && holders.some((holder) => isHere(holder) && !isGone(holder))) return true;
  const state = ask(lease.job);
  return state === 'unknown' ? inTime : state === 'lives';
}
