import { posix } from 'node:path';
import { type PlaceFlags, profileHomeOf, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, quoted } from '../errors.js';
import { readDirectoryIfAny, realPath, status } from '../fs/disk.js';
import { condemnedMarks, NOX, profileLink, profileStates, quarantineRecords, storeRoots } from '../layout.js';
import type { ProfileRef } from '../profile/io/read-profile.js';
import { STORE_FILE } from '../store/io/scan.js';

/** Whether a place is in the profile home of a command, by whatever path. */
export function isInHome(context: Context, { home }: ProfileRef, flags: PlaceFlags): boolean {
  return physical(home) === physical(profileHomeOf(context, flags));
}

/** @throws `usage` for a place that is no place for an ad-hoc profile, see {@link placeProblem}. */
export function refusePlace(context: Context, ref: ProfileRef, flags: PlaceFlags): void {
  const problem = placeProblem(context, ref, flags);
  if (problem !== null) throw new NoxError('usage', { problem: `${quoted(profileLink(ref.home, ref.name))} ${problem}`, command: null });
}

/**
 * Why an ad-hoc profile cannot be made at a place, or `null`: it would be none, go with the generation that it lies in, or be collected as a
 * package of a store.
 */
export function placeProblem(context: Context, ref: ProfileRef, flags: PlaceFlags): string | null {
  if (isInHome(context, ref, flags)) return 'lies in the profile home: leave --path out';
  const place = physical(ref.home);
  if (place.split('/').includes(NOX)) return 'lies in a profile, or else among the files of nox, and would go with them: take another place';
  const stores = new Set(storePathOf(context, flags).map(physical));
  const store = upwards(place).find((directory) => stores.has(directory) || isStore(directory));
  return store === undefined ? null : `lies in the store ${quoted(store)}, where it would count as a package: take another place`;
}

/** @throws `usage` for a place that is no place for a store: among profiles, or where generations are. */
export function refuseStorePlace(context: Context, store: string, flags: PlaceFlags): void {
  const place = physical(store);
  const isAmongProfiles = upwards(place).includes(physical(profileHomeOf(context, flags))) || (readDirectoryIfAny(profileStates(place)) ?? []).length > 0;
  if (place.split('/').includes(NOX)) refuse('lies in a profile, or else among the files of nox, and would go with them');
  if (isAmongProfiles) refuse('is or lies in a profile home, whose entries are profiles');

  function refuse(problem: string): never {
    throw new NoxError('usage', { problem: `${quoted(store)} ${problem}: take another place for a store`, command: null });
  }
}

/** By what a store has that nothing else has; one that nobody configured and nothing was collected from cannot be told. */
function isStore(directory: string): boolean {
  return [`${directory}/${STORE_FILE}`, storeRoots(directory), condemnedMarks(directory), quarantineRecords(directory)].some((path) => status(path) !== null);
}

/** The path without links, as far as it exists. */
function physical(path: string): string {
  return realPath(path) ?? posix.join(physical(posix.dirname(path)), posix.basename(path));
}

/** A directory and all above it. */
function upwards(directory: string): string[] {
  return directory === '/' ? ['/'] : [directory, ...upwards(posix.dirname(directory))];
}
