import { readMark } from '../collect/io/marks.js';
import { leaveRecords } from '../collect/io/leave-records.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { readDirectoryIfAny, status } from '../fs/disk.js';
import { profileLink, profileStates } from '../layout.js';
import { clearIntents, declareIntent } from '../profile/io/intent.js';
import type { ProfileRef } from '../profile/io/read-profile.js';
import { type Manifest, type ManifestPackage, packagePath } from '../profile/manifest.js';
import { parseProfileName } from '../profile/name.js';
import { syncPoint } from '../sync-point.js';
import { userName } from './user-name.js';

export interface UseRequest {
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
 * it: an intent in the home, a record beside each store, then a look at marks and packages. Returns what ends the intent.
 * @throws `condemned` when a collector kept its mark or took the package, `record-not-writable`.
 */
export async function declareUse(context: Context, request: UseRequest): Promise<() => void> {
  const { ref, manifest, before } = request;
  const held = new Set(before.map(packagePath));
  const fresh = manifest.packages.filter((pkg) => !held.has(packagePath(pkg)));
  if (fresh.length === 0) return () => undefined;
  clearIntents(ref.home);
  const end = declareIntent(ref.home, { profile: profileLink(ref.home, ref.name), packages: fresh.map(({ store, id }) => ({ store, id })) }, context.now());
  try {
    updateRecords(context, ref, manifest);
    syncPoint(context, 'after-intent');
    for (const pkg of fresh) await waitUntilSafe(context, pkg, request.deadline);
    return end;
  } catch (error) {
    end();
    throw error;
  }
}

/** Brings the root records of a home up to date; `coming` is a generation about to be published. @throws `record-not-writable`. */
export function updateRecords(context: Context, ref: ProfileRef, coming: Manifest | null): void {
  const own = (readDirectoryIfAny(profileStates(ref.home)) ?? []).map((entry) => entry.name);
  const profiles = [...new Set([...own, ref.name])].map(parseProfileName);
  const outcomes = leaveRecords({ home: ref.home, profiles, coming: coming === null ? null : { ref, manifest: coming }, user: userName(), now: context.now() });
  const stale = outcomes.filter(({ outcome }) => outcome === 'stale').map(({ store }) => store);
  if (stale.length > 0) throw new NoxError('record-not-writable', { stores: stale });
}

const POLL = 50;

async function waitUntilSafe(context: Context, { store, id }: ManifestPackage, deadline: number): Promise<void> {
  while (readMark(store, id, context.now()) !== null || status(`${store}/${id}`) === null) {
    if (context.now().getTime() > deadline) throw new NoxError('condemned', { id, store });
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}
