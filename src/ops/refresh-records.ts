import { endClaims } from '../collect/io/leave-records.js';
import { storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, orNull } from '../errors.js';
import { isWritable } from '../fs/disk.js';
import { generation, profileLink, profileState } from '../layout.js';
import { clearIntents, declareIntent, hasLeftIntents } from '../profile/io/intent.js';
import { readLastEntry } from '../profile/io/journal.js';
import { withLock } from '../profile/io/lock.js';
import { existingGenerations, profilesIn } from '../profile/io/generations.js';
import { type ProfileRef, readManifest } from '../profile/io/read-profile.js';
import { clearLeftovers, settleProfile } from '../profile/io/workshop.js';
import { userName } from '../user-name.js';

/** The stores that the generations of a profile home use; unreadable ones are left out. */
export function storesInUse(home: string): Set<string> {
  const stores = profilesIn(home).flatMap((name) => existingGenerations({ home, name })
    .flatMap((number) => orNull(() => readManifest(generation(home, name, number)).packages.map((pkg) => pkg.store)) ?? []));
  return new Set(stores);
}

/**
 * Brings the root records of a home up to date after generations went. `before`: the stores that were in use. A
 * record that stays as it was keeps more than it must and nothing less, so a failure is only told. False: it failed.
 */
export function refreshRecords(context: Context, ref: ProfileRef, before: ReadonlySet<string>): boolean {
  try {
    return endClaims({ home: ref.home, user: userName(), now: context.now() }, [], [...before]);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    context.say(`the records beside the stores still name what went: ${error.message}`);
    return false;
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

/** Milliseconds in which the lock of a killed command is found to be abandoned. */
const LEFT_LOCK = 2000;

/**
 * Finishes what a killed command left of a change of a profile that no other change may follow: its link, its leftovers, what it told
 * collectors. What resists stays.
 */
export async function finishLeft(context: Context, ref: ProfileRef): Promise<void> {
  try {
    if (readLastEntry(ref.home, ref.name) === null || !isWritable(profileState(ref.home, ref.name))) return;
    await withLock({ home: ref.home, name: ref.name, wait: LEFT_LOCK }, () => {
      clearLeftovers(ref, context.now());
      settleProfile(ref);
      return Promise.resolve();
    });
    endLeftUse(context, ref);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
}

/** Brings to an end what killed commands told collectors, if there were any. What resists is left to the next command. */
export function endLeftUse(context: Context, { home }: Pick<ProfileRef, 'home'>): void {
  orNull(() => {
    if (!hasLeftIntents(home)) return;
    if (endClaims({ home, user: userName(), now: context.now() }, [], [...storesInUse(home), ...storePathOf(context, {})])) clearIntents(home);
  });
}
