import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { makeDirectory, readDirectoryIfAny, removeEntry, rename, status, writeNewFile } from '../../fs/disk.js';
import { isGone, thisProcess } from '../../fs/owner.js';
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
  user: v.string(),
  /** The batch job, as in `NOX_JOB`. */
  job: v.nullable(v.string()),
  /** RFC 3339, UTC: when it ends even if its owner cannot be seen to be gone. */
  expires: v.string(),
  createdAt: v.string(),
});

/** A running command's claim to one generation. */
export type Lease = v.InferOutput<typeof leaseSchema>;

export const leaseKind: SealedKind<typeof leaseSchema> = { kind: 'lease', version: 1, schema: leaseSchema, limit: 1 << 20 };

/** Milliseconds that a lease holds at most. */
const LONGEST = 30 * 24 * 3600 * 1000;

/**
 * Leaves a lease of this process in a profile home and returns its path. It appears whole, by rename.
 * @throws `not-permitted`, `file-system`.
 */
export function takeLease(home: string, claim: Pick<Lease, 'profile' | 'generation' | 'tree' | 'user' | 'job'>, now: Date): string {
  const lease: Lease = { ...claim, ...thisProcess(), createdAt: now.toISOString(), expires: new Date(now.getTime() + LONGEST).toISOString() };
  if (status(leases(home)) === null) makeDirectory(leases(home));
  const nonce = randomBytes(12).toString('hex');
  const path = `${leases(home)}/${nonce}.json`;
  const draft = `${leases(home)}/.${nonce}`;
  writeNewFile(draft, seal(leaseKind, lease));
  rename(draft, path);
  return path;
}

/** Gives a lease back; content when it is gone. */
export function dropLease(path: string): void {
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

/** True while a lease holds: its time is not over, and its process is not seen to be gone. */
export function isLive(lease: Lease, now: Date): boolean {
  return Date.parse(lease.expires) > now.getTime() && !isGone(lease);
}
