import { endClaims } from '../collect/io/leave-records.js';
import { storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, orNull } from '../errors.js';
import { readDirectoryIfAny } from '../fs/disk.js';
import { generation, profileLink, profileStates } from '../layout.js';
import { clearIntents, declareIntent, hasLeftIntents } from '../profile/io/intent.js';
import { existingGenerations, type ProfileRef, readManifest } from '../profile/io/read-profile.js';
import { parseProfileName } from '../profile/name.js';
import { userName } from './user-name.js';

/** The stores that the generations of a profile home use; unreadable ones are left out. */
export function storesInUse(home: string): Set<string> {
  const stores = (readDirectoryIfAny(profileStates(home)) ?? []).flatMap(({ name }) => {
    const ref = { home, name: parseProfileName(name) };
    return existingGenerations(ref).flatMap((number) => orNull(() => readManifest(generation(home, name, number)).packages.map((pkg) => pkg.store)) ?? []);
  });
  return new Set(stores);
}

/**
 * Brings the root records of a home up to date after generations went. `before`: the stores that were in use. A
 * record that stays as it was keeps more than it must and nothing less, so a failure is only told.
 */
export function refreshRecords(context: Context, ref: ProfileRef, before: ReadonlySet<string>): void {
  try {
    endClaims({ home: ref.home, user: userName(), now: context.now() }, [], [...before]);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    context.say(`the records beside the stores still name what went: ${error.message}`);
  }
}

/**
 * Leaves word that records are about to be out of date, so that the next command brings them up to date if this one is killed; returns
 * what takes it back. On a full disk no word can be left.
 */
export function announceRefresh(context: Context, { home, name }: ProfileRef): () => void {
  const end = orNull(() => declareIntent(home, { profile: profileLink(home, name), packages: [] }, context.now()));
  return () => void orNull(() => end?.());
}

/** Brings to an end what killed commands told collectors, if there were any. What resists is left to the next command. */
export function endLeftUse(context: Context, { home }: Pick<ProfileRef, 'home'>): void {
  orNull(() => {
    if (!hasLeftIntents(home)) return;
    endClaims({ home, user: userName(), now: context.now() }, [], [...storesInUse(home), ...storePathOf(context, {})]);
    clearIntents(home);
  });
}
