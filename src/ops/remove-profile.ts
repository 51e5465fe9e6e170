import { basename, dirname, resolve } from 'node:path';
import { userOf } from '../collect/io/accounts.js';
import { homesOfCaller, profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { isNoxError, NoxError, orNull } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { makeDirectories, removeEntry, removeTree, rename, syncDirectory } from '../fs/change.js';
import { readDirectoryIfAny, readLinkIfAny, realPath } from '../fs/disk.js';
import { ownedName, thisProcess } from '../fs/owner.js';
import { readSealed } from '../fs/sealed.js';
import { generation, generations, leases, pins, profileLink, profileState, profileStates, trash } from '../layout.js';
import { forgetAdHocAt, readAdHoc } from '../profile/io/ad-hoc.js';
import { leasesOf, pinsOf } from '../profile/io/claims.js';
import { withLock } from '../profile/io/lock.js';
import { readLastEntry } from '../profile/io/journal.js';
import { leaseKind } from '../profile/io/lease.js';
import { refuseForeign } from '../profile/io/publish.js';
import { existingGenerations } from '../profile/io/generations.js';
import { farmOrRefuse, nameOf, type ProfileRef, type ProfileState, selectorOf } from '../profile/io/read-profile.js';
import { scanUnmanaged, unmanagedPaths } from '../profile/io/unmanaged.js';
import { parseProfileName } from '../profile/name.js';
import { lockWait } from './change-profile.js';
import { findInstalled } from './explain-package.js';
import { findProfile, locateProfile, missingProfile, profileNames, type ProfileSelection, refOfPath } from './find-profile.js';
import { announceRefresh, endLeftUse, refreshRecords, storesInUse } from './refresh-records.js';
import { refuseRelease } from './refuse-release.js';

interface RemoveProfileRequest {
  readonly name: string;
  readonly profiles?: string | undefined;
  /** Delete files of the user's that lie in the profile, too. */
  readonly discardUnmanaged: boolean;
  /** Also while running commands or jobs hold a generation. */
  readonly ignoreLeases: boolean;
  /** Also while other profiles link to it. */
  readonly ignoreLinks: boolean;
  /** Also a release, which is withdrawn so. */
  readonly release: boolean;
  readonly dryRun: boolean;
  readonly wait: number;
}

interface RemoveProfileResult {
  readonly name: string;
  readonly path: string;
  readonly generations: readonly number[];
  readonly dryRun: boolean;
}

/** Removes a profile with all its generations; packages stay. @throws `still-linked`, `profile-in-use`, `unmanaged-files`, `release-is-immutable`. */
export async function removeProfile(context: Context, request: RemoveProfileRequest): Promise<RemoveProfileResult> {
  const selection = { name: request.name, profiles: request.profiles };
  const ref = locateProfile(context, selection);
  const { home, name } = ref;
  const { state } = findProfile(context, selection);
  if (state === null) throw missingToRemove(context, ref, selection);
  if (!request.release) orWithdraw(state);
  const refuse = (): void => {
    if (!request.ignoreLinks) refuseLinked(ref, new Set([home, profileHomeOf(context, request)]));
    if (!request.ignoreLeases) refuseLeased(context, ref);
    if (!request.discardUnmanaged) refuseUnmanaged(ref, request.name);
  };
  refuse();
  const result = { name: nameOf(ref), path: profileLink(home, name), generations: existingGenerations(ref), dryRun: request.dryRun };
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

/** @throws `release-is-immutable` with the way to withdraw it. */
function orWithdraw(state: ProfileState): void {
  try {
    refuseRelease(state);
  } catch (error) {
    throw isNoxError(error, 'release-is-immutable') ? new NoxError('release-is-immutable', { ...error.data, way: 'withdraw' }) : error;
  }
}

/** Whoever names a package wants to have that out of the profile. */
function missingToRemove(context: Context, ref: ProfileRef, selection: ProfileSelection & { readonly name: string }): NoxError {
  const error = missingProfile(context, ref, selection);
  const held = orNull(() => findProfile(context, { profiles: selection.profiles }));
  const manifest = held === null ? null : orNull(() => held.state?.manifest ?? null);
  const isPackage = held !== null && manifest !== null && orNull(() => findInstalled(manifest, selection.name, selectorOf(held.ref))) !== null;
  if (!isPackage || !isNoxError(error, 'no-such-profile')) return error;
  return new NoxError('no-such-profile', { ...error.data, nearest: null, packageOf: selectorOf(held.ref) });
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

/** Profiles of other homes may link to it, too: those cannot all be known. */
function refuseLinked(ref: ProfileRef, homes: ReadonlySet<string>): void {
  const linked = [...homes].flatMap((at) => profileNames(at).filter((text) => orNull(() => isLinked(at, text, ref)) === true));
  if (linked.length > 0) throw new NoxError('still-linked', { profile: selectorOf(ref), linked: linked.sort(byName) });
}

/** Whether the profile of that name in a home, or the one registered there, links to another one. */
function isLinked(at: string, text: string, { home, name }: ProfileRef): boolean {
  const own = { home: at, name: parseProfileName(text) };
  const record = readLastEntry(at, own.name) === null ? readAdHoc(at, own.name) : null;
  const from = record === null ? own : refOfPath(record.path);
  const link = readLastEntry(from.home, from.name)?.link ?? null;
  const target = link === null ? null : resolve(from.home, link);
  return target !== null && basename(target) === name && (realPath(dirname(target)) ?? dirname(target)) === (realPath(home) ?? home);
}

/** Whoever takes a lease looks then whether the generation is still there. */
function refuseLeased(context: Context, ref: ProfileRef): void {
  const held = leasesOf(ref, [...new Set([ref.home, ...homesOfCaller(context, {})])], context.now());
  const leased = held.map(({ number, lease: { user, host, job } }) => ({ generation: number, user, host, job, pinnedFor: null }));
  const pinned = pinsOf(ref, context.now()).map(({ number, job, uid, age, lives }) => ({ generation: number, user: userOf(uid) ?? String(uid), host: null, job, pinnedFor: lives ? null : age }));
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
