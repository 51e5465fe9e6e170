import { measure, type Size } from '../collect/io/measure.js';
import { homesOfCaller } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { removeTree } from '../fs/change.js';
import { generation } from '../layout.js';
import { claimedGenerations } from '../profile/io/claims.js';
import { readEntries, readLastEntry } from '../profile/io/journal.js';
import { withLock } from '../profile/io/lock.js';
import { refuseLost } from '../profile/io/lost-journal.js';
import { onlyCopies } from '../profile/io/only-copies.js';
import { existingGenerations } from '../profile/io/generations.js';
import { nameOf, type ProfileRef, selectorOf } from '../profile/io/read-profile.js';
import { condemnWithdrawn, putBack, withdraw, type Withdrawn } from '../profile/io/withdraw.js';
import { clearLeftovers, isAbandoned } from '../profile/io/workshop.js';
import { keptGenerations, type KeepReason } from '../profile/keep.js';
import { syncPoint } from '../sync-point.js';
import { lockWait } from './change-profile.js';
import { openProfile, type ProfileSelection } from './find-profile.js';
import { announceRefresh, endLeftUse, refreshRecords, storesInUse } from './refresh-records.js';
import { refuseRelease } from './refuse-release.js';

interface PruneRequest {
  readonly selection: ProfileSelection;
  /** How many of the newest generations stay, whatever their age. */
  readonly keep: number;
  /** Seconds: what was current within them stays. */
  readonly olderThan: number;
  /** Delete the user's own files that no kept generation has, too. */
  readonly discardUnmanaged: boolean;
  readonly dryRun: boolean;
  readonly wait: number;
}

export interface PruneResult {
  readonly profile: string;
  readonly pruned: readonly number[];
  readonly kept: ReadonlyArray<{ readonly number: number; readonly why: KeepReason }>;
  /** What the file system gets back. */
  readonly inodes: number;
  readonly bytes: number;
  readonly dryRun: boolean;
}

/**
 * Removes generations that nothing needs any longer. Renames and unlinks only, so that it works on a full disk. A generation that
 * becomes current or is claimed meanwhile comes back.
 * @throws `unmanaged-files`, `release-is-immutable`, `damaged` when what holds generations cannot be read.
 */
export async function pruneProfile(context: Context, request: PruneRequest): Promise<PruneResult> {
  const opened = openProfile(context, request.selection);
  refuseRelease(opened);
  const { ref } = opened;
  if (request.dryRun) return dryRun(ref, plan(context, ref, request));
  const stores = storesInUse(ref.home);
  let end = (): void => undefined;
  const result = await withLock({ home: ref.home, name: ref.name, wait: lockWait(context, request.wait) }, () => {
    clearLeftovers(ref, context.now());
    const planned = plan(context, ref, request);
    if (planned.going.length > 0) end = announceRefresh(context, ref);
    return Promise.resolve(apply(context, ref, planned));
  });
  // Also when nothing went: an earlier prune may have had no room for a record.
  if (refreshRecords(context, ref, stores)) end();
  endLeftUse(context, ref);
  return result;
}

interface Plan {
  readonly kept: ReadonlyMap<number, KeepReason>;
  readonly going: readonly number[];
}

function plan(context: Context, ref: ProfileRef, request: PruneRequest): Plan {
  refuseLost(ref);
  const entries = readEntries(ref.home, ref.name);
  if (entries.length === 0) throw new NoxError('profile-removed', { name: ref.name });
  const existing = existingGenerations(ref);
  const published = new Set(entries.map((entry) => entry.generation));
  const coming = new Set(existing.filter((number) => !published.has(number) && !isAbandoned(ref, number)));
  const since = context.now().getTime() - request.olderThan * 1000;
  const kept = keptGenerations({ entries, existing, claimed: claims(context, ref), coming, newest: request.keep, since });
  const going = existing.filter((number) => !kept.has(number));
  if (!request.discardUnmanaged) refuseOnlyCopies(ref, going, [...kept.keys()]);
  return { kept, going };
}

function claims(context: Context, ref: ProfileRef): Map<number, 'lease' | 'pin'> {
  return claimedGenerations(ref, [...new Set([ref.home, ...homesOfCaller(context, {})])], context.now());
}

function refuseOnlyCopies(ref: ProfileRef, going: readonly number[], staying: readonly number[]): void {
  const lost = onlyCopies(ref, going, staying);
  if (lost.length === 0) return;
  throw new NoxError('unmanaged-files', { profile: selectorOf(ref), paths: lost.map(({ number, path }) => `${number}: ${path}`).sort(byName) });
}

function dryRun(ref: ProfileRef, { kept, going }: Plan): PruneResult {
  const size = measure(...going.map((number) => generation(ref.home, ref.name, number)));
  return resultOf(ref, { kept, pruned: going, size, dryRun: true });
}

/** The journal, leases and pins are asked after the renames: whoever claims a generation writes first and looks for it then. */
function apply(context: Context, ref: ProfileRef, { kept, going }: Plan): PruneResult {
  syncPoint(context, 'before-prune');
  const taken = withdraw(ref, going);
  syncPoint(context, 'after-withdraw');
  const wanted = wantedNow(context, ref, taken);
  const isWanted = ({ number }: Withdrawn): boolean => wanted.has(number);
  putBack(ref, taken.filter(isWanted));
  const doomed = condemnWithdrawn(ref, taken.filter((one) => !isWanted(one)));
  const size = measure(...doomed.map(({ path }) => path));
  doomed.forEach(({ path }, done) => {
    context.progress.update('pruning', done, doomed.length);
    removeTree(path);
  });
  return resultOf(ref, { kept: new Map([...kept, ...wanted]), pruned: doomed.map(({ number }) => number), size, dryRun: false });
}

/** Those of the generations out of view that somebody wants after all. */
function wantedNow(context: Context, ref: ProfileRef, taken: readonly Withdrawn[]): Map<number, KeepReason> {
  try {
    const wanted = new Map<number, KeepReason>(claims(context, ref));
    const current = readLastEntry(ref.home, ref.name)?.generation ?? null;
    if (current !== null) wanted.set(current, 'current');
    return new Map([...wanted].filter(([number]) => taken.some((one) => one.number === number)));
  } catch (error) {
    putBack(ref, taken);
    throw error;
  }
}

interface Outcome {
  readonly kept: ReadonlyMap<number, KeepReason>;
  readonly pruned: readonly number[];
  readonly size: Size;
  readonly dryRun: boolean;
}

function resultOf(ref: ProfileRef, { kept, pruned, size: { inodes, bytes }, dryRun: dry }: Outcome): PruneResult {
  const rows = [...kept].sort(([a], [b]) => a - b).map(([number, why]) => ({ number, why }));
  return { profile: nameOf(ref), pruned, kept: rows, inodes, bytes, dryRun: dry };
}
