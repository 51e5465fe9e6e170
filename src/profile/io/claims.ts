import { stateOfPin } from '../../env/io/job-queue.js';
import { PIN_STALE_AFTER } from '../../env/io/pin-record.js';
import { readDirectoryIfAny, readLinkIfAny, realPath, status } from '../../fs/disk.js';
import { readSealed } from '../../fs/sealed.js';
import { generation, leases, parseGeneration, pins } from '../../layout.js';
import { type Lease, leaseKind, readLeases } from './lease.js';
import type { ProfileRef } from './read-profile.js';


/** The generations of a profile that leases, or pins of jobs that are not known to be over, of these homes hold. @throws `damaged` for a lease that cannot be read. */
export function claimedGenerations(ref: ProfileRef, homes: readonly string[], now: Date): Map<number, 'lease' | 'pin'> {
  const pinned = homes.flatMap((home) => jobPins(ref, home, now).map(({ number }) => [number, 'pin'] as const));
  const leased = leasesOf(ref, homes, now).map(({ number }) => [number, 'lease'] as const);
  return new Map([...pinned, ...leased]);
}

/** The leases of these homes that hold generations of a profile. @throws `damaged` for one that cannot be read. */
export function leasesOf(ref: ProfileRef, homes: readonly string[], now: Date): Array<{ readonly number: number; readonly lease: Lease }> {
  return homes.flatMap((home) => readLeases(home, now).flatMap((lease) => {
    const number = numberOf(ref, home, lease.tree);
    return number === null ? [] : [{ number, lease }];
  }));
}

/** A job that is pinned to a generation, and not known to be over. */
interface JobPin {
  readonly number: number;
  readonly job: string;
  readonly uid: number;
  /** Seconds since it was pinned. */
  readonly age: number;
  /** Whether the batch system says that the job waits or runs; else nobody here can say. */
  readonly lives: boolean;
}

/** The jobs that pinned generations of a profile in its own home, and are not known to be over. */
export const pinsOf = (ref: ProfileRef, now: Date): JobPin[] => jobPins(ref, ref.home, now).flatMap(({ job, ...pin }) => (job === null ? [] : [{ ...pin, job }]));

/** The pins of one home; of one that was left under another profile's name, without the job. */
function jobPins(ref: ProfileRef, home: string, now: Date): Array<Omit<JobPin, 'job'> & { readonly job: string | null }> {
  return pinsIn(home, now).flatMap(({ name, tree, uid, mtimeMs }) => {
    const number = numberOf(ref, home, tree);
    if (number === null) return [];
    const state = stateOfPin(name, ref.name);
    return state === 'over' ? [] : [{ number, job: name.endsWith(`.${ref.name}`) ? name.slice(0, -ref.name.length - 1) : null, uid, age: Math.max(0, Math.round((now.getTime() - mtimeMs) / 1000)), lives: state === 'lives' }];
  });
}

/** True when a lease or pin in the profile's own home names the generation, be its time over or not: so it was shown. @throws `damaged` for a lease that cannot be read. */
export function wasClaimed(ref: ProfileRef, number: number): boolean {
  const { home } = ref;
  const leased = (readDirectoryIfAny(leases(home)) ?? []).flatMap(({ name }) => (name.endsWith('.json') ? (readSealed(leaseKind, `${leases(home)}/${name}`)?.tree ?? []) : []));
  const pinned = (readDirectoryIfAny(pins(home)) ?? []).flatMap(({ name }) => readLinkIfAny(`${pins(home)}/${name}`) ?? []);
  return [...leased, ...pinned].some((tree) => numberOf(ref, home, tree) === number);
}

/** Which of the profile's generations a tree is. Its own home may be mounted elsewhere, so there the end of the path decides. */
function numberOf(ref: ProfileRef, home: string, tree: string): number | null {
  const found = parseGeneration(tree);
  if (found?.name !== ref.name) return null;
  const { number } = found;
  if (home === ref.home) return number;
  const physical = realPath(tree);
  return physical !== null && physical === realPath(generation(ref.home, ref.name, number)) ? number : null;
}

function pinsIn(home: string, now: Date): Array<{ readonly name: string; readonly tree: string; readonly uid: number; readonly mtimeMs: number }> {
  return (readDirectoryIfAny(pins(home)) ?? []).flatMap(({ name }) => {
    const path = `${pins(home)}/${name}`;
    const found = status(path);
    const tree = found === null || now.getTime() - found.mtimeMs > PIN_STALE_AFTER ? null : readLinkIfAny(path);
    return found === null || tree === null ? [] : [{ name, tree, uid: found.uid, mtimeMs: found.mtimeMs }];
  });
}
