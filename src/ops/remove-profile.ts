import { userOf } from '../collect/io/accounts.js';
import { homesOfCaller, profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { makeDirectories, removeEntry, removeTree, rename, syncDirectory } from '../fs/change.js';
import { readDirectoryIfAny, readLinkIfAny } from '../fs/disk.js';
import { ownedName, thisProcess } from '../fs/owner.js';
import { readSealed } from '../fs/sealed.js';
import { generation, generations, leases, pins, profileLink, profileState, profileStates, trash } from '../layout.js';
import { forgetAdHocAt } from '../profile/io/ad-hoc.js';
import { leasesOf, pinsOf } from '../profile/io/claims.js';
import { withLock } from '../profile/io/lock.js';
import { readLastEntry } from '../profile/io/journal.js';
import { leaseKind } from '../profile/io/lease.js';
import { refuseForeign } from '../profile/io/publish.js';
import { existingGenerations } from '../profile/io/generations.js';
import { farmOrRefuse, type ProfileRef, selectorOf } from '../profile/io/read-profile.js';
import { scanUnmanaged, unmanagedPaths } from '../profile/io/unmanaged.js';
import { lockWait } from './change-profile.js';
import { locateProfile, openProfile } from './find-profile.js';
import { announceRefresh, endLeftUse, refreshRecords, storesInUse } from './refresh-records.js';
import { refuseRelease } from './refuse-release.js';

export interface RemoveProfileRequest {
  readonly name: string;
  readonly profiles?: string | undefined;
  /** Delete files of the user's that lie in the profile, too. */
  readonly discardUnmanaged: boolean;
  /** Also while running commands or jobs hold a generation. */
  readonly ignoreLeases: boolean;
  readonly dryRun: boolean;
  readonly wait: number;
}

export interface RemoveProfileResult {
  readonly name: string;
  readonly path: string;
  readonly generations: readonly number[];
  readonly dryRun: boolean;
}

/** Removes a profile with all its generations; packages stay. @throws `profile-in-use`, `unmanaged-files`, `release-is-immutable`. */
export async function removeProfile(context: Context, request: RemoveProfileRequest): Promise<RemoveProfileResult> {
  const selection = { name: request.name, profiles: request.profiles };
  const ref = locateProfile(context, selection);
  const { home, name } = ref;
  // What a linked profile shows may be gone; the profile itself can still be removed.
  if (readLastEntry(home, name)?.link == null) refuseRelease(openProfile(context, selection));
  const refuse = (): void => {
    if (!request.ignoreLeases) refuseLeased(context, ref);
    if (!request.discardUnmanaged) refuseUnmanaged(ref, request.name);
  };
  refuse();
  const result = { name: request.name, path: profileLink(home, name), generations: existingGenerations(ref), dryRun: request.dryRun };
  if (request.dryRun) return result;
  const stores = storesInUse(home);
  let end = (): void => undefined;
  await withLock({ home, name, wait: lockWait(context, request.wait) }, () => {
    if (readLastEntry(home, name) === null) return Promise.resolve();
    // Who had the lock may have taken time, in which a job may have begun.
    refuse();
    end = announceRefresh(context, ref);
    discard(home, name);
    return Promise.resolve();
  });
  if (refreshRecords(context, ref, stores)) end();
  endLeftUse(context, ref);
  // Else collection would look for it, and doubt.
  forgetAdHocAt(profileHomeOf(context, request), result.path);
  return result;
}

/** The name goes first, so that nobody meets a half-removed profile; then its state, whole, by one rename. */
function discard(home: string, name: string): void {
  refuseForeign(home, name);
  removeEntry(profileLink(home, name));
  const grave = `${trash(home)}/${ownedName(thisProcess())}`;
  makeDirectories(trash(home));
  rename(profileState(home, name), grave);
  syncDirectory(profileStates(home));
  removeTree(grave);
  forgetPins(home, name);
  forgetLeases(home, name);
}

/** Whoever takes a lease looks then whether the generation is still there. */
function refuseLeased(context: Context, ref: ProfileRef): void {
  const held = leasesOf(ref, [...new Set([ref.home, ...homesOfCaller(context, {})])], context.now());
  const leased = held.map(({ number, lease: { user, host, job } }) => ({ generation: number, user, host, job }));
  const pinned = pinsOf(ref, context.now()).map(({ number, job, uid }) => ({ generation: number, user: userOf(uid) ?? String(uid), host: null, job }));
  const claims = [...leased, ...pinned.filter((pin) => !leased.some(({ generation, job }) => generation === pin.generation && job === pin.job))];
  if (claims.length === 0) return;
  throw new NoxError('profile-in-use', { profile: selectorOf(ref), claims: claims.sort((a, b) => a.generation - b.generation || byName(a.user, b.user)) });
}

function refuseUnmanaged(ref: ProfileRef, typed: string): void {
  const { home, name } = ref;
  const paths = existingGenerations(ref).flatMap((number) => {
    const tree = generation(home, name, number);
    const farm = farmOrRefuse(ref, number);
    return unmanagedPaths(scanUnmanaged(tree, farm), farm).map((path) => `${number}: ${path}`);
  });
  if (paths.length === 0) return;
  throw new NoxError('unmanaged-files', { profile: typed, paths: paths.sort(byName) });
}

/** Leases that were ignored hold nothing any longer; of a profile made later under this name they would. */
function forgetLeases(home: string, name: string): void {
  for (const { name: file } of readDirectoryIfAny(leases(home)) ?? []) {
    const path = `${leases(home)}/${file}`;
    if (orNull(() => readSealed(leaseKind, path))?.tree.startsWith(`${generations(home, name)}/`) === true) removeEntry(path);
  }
}

/** A profile made later under this name must not be taken for the one that a job used. */
function forgetPins(home: string, name: string): void {
  for (const { name: pin } of readDirectoryIfAny(pins(home)) ?? []) {
    const path = `${pins(home)}/${pin}`;
    if (readLinkIfAny(path)?.startsWith(`../profiles/${name}/generations/`) === true) removeEntry(path);
  }
}
