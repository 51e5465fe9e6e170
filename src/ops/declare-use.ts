import { missingOrMarked, readMark } from '../collect/io/marks.js';
import { claimUse, endClaims, lacksRecord, type Unseen } from '../collect/io/leave-records.js';
import { shownTrees } from '../collect/io/shown-trees.js';
import { profileHomeOf, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, NoxError, quoted } from '../errors.js';
import { status, statusFollowed } from '../fs/disk.js';
import { homeRecord, profileLink } from '../layout.js';
import { clearIntents, declareIntent } from '../profile/io/intent.js';
import type { Published } from '../profile/io/publish.js';
import type { ProfileRef } from '../profile/io/read-profile.js';
import { type Manifest, type ManifestPackage, packagePath } from '../profile/manifest.js';
import { syncPoint } from '../sync-point.js';
import { storesInUse } from './refresh-records.js';
import { userName } from '../user-name.js';

interface UseRequest {
  readonly ref: ProfileRef;
  /** The generation to be published. */
  readonly manifest: Manifest;
  /** The packages of the generation that it follows. */
  readonly before: readonly ManifestPackage[];
  /** Milliseconds since 1970 after which to give up. */
  readonly deadline: number;
}

/**
 * Tells collectors what a generation is going to use, before it is published, and makes sure that none of them is about to take
 * it: an intent in the home, a record beside each store, then a look at marks and packages. Returns what ends this once the
 * generation is published, or is not going to be; that answers whether the records now tell of all that the home uses.
 * @throws `condemned` when a collector kept its mark or took the package, `record-not-writable`.
 */
export async function declareUse(context: Context, request: UseRequest): Promise<(published: Published | null) => Promise<boolean>> {
  const { ref, manifest, before } = request;
  const held = new Set(before.map(packagePath));
  const fresh = manifest.packages.filter((pkg) => !held.has(packagePath(pkg)));
  if (fresh.length === 0) return () => Promise.resolve(false);
  const endIntent = declareIntent(ref.home, { profile: profileLink(ref.home, ref.name), packages: fresh.map(({ store, id }) => ({ store, id })) }, context.now());
  const who = { home: ref.home, user: userName(), now: context.now() };
  const { paths, stale, unseen } = claimUse(who, ref.name, manifest);
  const end = async (published: Published | null): Promise<boolean> => {
    try {
      const isDone = endClaims({ ...who, trees: await shownTrees(ref.home, published) }, paths, storePathOf(context, {}));
      // An intent that stays has the next command try again; one is enough.
      clearIntents(ref.home);
      if (isDone) endIntent();
      return isDone;
    } catch (error) {
      // Claims that stay keep more than they must, and nothing less.
      if (!isAnyNoxError(error)) throw error;
      return false;
    }
  };
  try {
    if (stale.length > 0) throw new NoxError('record-not-writable', { stores: stale });
    for (const one of unseen) context.say(unseenBy(one));
    syncPoint(context, 'after-intent');
    for (const pkg of await missingOrMarked(fresh)) await waitUntilSafe(context, pkg, request.deadline);
    syncPoint(context, 'before-publish');
    return end;
  } catch (error) {
    await end(null);
    throw error;
  }
}

function unseenBy({ store, looksAt }: Unseen): string {
  const takesNone = `${quoted(store)} takes no record of this profile from you`;
  switch (looksAt) {
    case 'owner':
      return `${quoted(store)} is private to another user and takes no record of this profile, so its owner may collect what is added; ask them for "scope: shared" and "survey:" in its nox-store.yaml`;
    case 'records':
      return `${takesNone} and is surveyed by records only, so its owner may collect what is added; ask them to let you write to the directory of its records`;
    case 'named':
      return `${takesNone} and is surveyed in other profile homes only, so its owner may collect what is added; ask them to name this home under "survey:" in its nox-store.yaml`;
  }
}

/**
 * Leaves a record of the home, and of the caller's own, beside each store where none tells of all that it uses, so that every
 * command that changes a profile settles the doubt about a closed home. Of a home that was told of just now there is nothing missing.
 */
export function leaveMissingRecords(context: Context, { home }: ProfileRef, isTold: boolean): void {
  try {
    const homes = new Set([home, profileHomeOf(context, {})]);
    if (isTold) homes.delete(home);
    for (const each of homes) {
      if (status(homeRecord(each))?.uid !== process.getuid?.()) continue;
      const who = { home: each, user: userName(), now: context.now() };
      const stores = [...new Set([...storePathOf(context, {}), ...storesInUse(each)])];
      if (lacksRecord(who, stores)) endClaims(who, [], stores);
    }
  } catch (error) {
    // The change is done; a home without a record is a doubt, and nothing worse.
    if (!isAnyNoxError(error)) throw error;
  }
}

const POLL = 50;

async function waitUntilSafe(context: Context, { store, id }: ManifestPackage, deadline: number): Promise<void> {
  while (readMark(store, id, context.now()) !== null || statusFollowed(`${store}/${id}`) === null) {
    if (context.now().getTime() > deadline) throw new NoxError('condemned', { id, store });
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}
