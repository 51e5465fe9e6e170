import { profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { makeDirectories, removeEntry, removeTree, rename, syncDirectory } from '../fs/disk.js';
import { ownedName, thisProcess } from '../fs/owner.js';
import { generation, profileLink, profileState, profileStates, trash } from '../layout.js';
import { removeAdHoc } from '../profile/io/ad-hoc.js';
import { withLock } from '../profile/io/lock.js';
import { existingGenerations, type ProfileState, readFarm, readProfile } from '../profile/io/read-profile.js';
import { scanUnmanaged, unmanagedPaths } from '../profile/io/unmanaged.js';
import { parseProfileName } from '../profile/name.js';
import { lockWait } from './change-profile.js';
import { openProfile } from './find-profile.js';
import { refuseRelease } from './refuse-release.js';

export interface RemoveProfileRequest {
  readonly name: string;
  readonly profiles?: string | undefined;
  /** Delete files of the user's that lie in the profile, too. */
  readonly discardUnmanaged: boolean;
  readonly dryRun: boolean;
  readonly wait: number;
}

export interface RemoveProfileResult {
  readonly name: string;
  readonly path: string;
  readonly generations: readonly number[];
  readonly dryRun: boolean;
}

/** Removes a profile with all its generations; packages stay. @throws `unmanaged-files`, `release-is-immutable`. */
export async function removeProfile(context: Context, request: RemoveProfileRequest): Promise<RemoveProfileResult> {
  const state = openProfile(context, { name: request.name, profiles: request.profiles });
  refuseRelease(state);
  const { home, name } = state.ref;
  if (!request.discardUnmanaged) refuseUnmanaged(state, request.name);
  const result = { name: request.name, path: state.path, generations: existingGenerations(state.ref), dryRun: request.dryRun };
  if (request.dryRun) return result;
  await withLock({ home, name, wait: lockWait(context, request.wait) }, () => {
    if (readProfile(state.ref) !== null) discard(home, name);
    return Promise.resolve();
  });
  if (!request.name.includes('/')) removeAdHoc(profileHomeOf(context, request), parseProfileName(request.name));
  return result;
}

/** The name goes first, so that nobody meets a half-removed profile; then its state, whole, by one rename. */
function discard(home: string, name: string): void {
  removeEntry(profileLink(home, name));
  const grave = `${trash(home)}/${ownedName(thisProcess())}`;
  makeDirectories(trash(home));
  rename(profileState(home, name), grave);
  syncDirectory(profileStates(home));
  removeTree(grave);
}

function refuseUnmanaged(state: ProfileState, typed: string): void {
  const { home, name } = state.ref;
  const paths = existingGenerations(state.ref).flatMap((number) => {
    const tree = generation(home, name, number);
    const farm = readFarm(tree);
    return unmanagedPaths(scanUnmanaged(tree, farm), farm).map((path) => `${number}: ${path}`);
  });
  if (paths.length === 0) return;
  throw new NoxError('unmanaged-files', { profile: typed, paths: paths.sort(byName) });
}
