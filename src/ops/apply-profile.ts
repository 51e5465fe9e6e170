import { isDeepStrictEqual } from 'node:util';
import { pathOf } from '../config.js';
import { type Context, derived } from '../context.js';
import { isNoxError, NoxError, quoted } from '../errors.js';
import { statusFollowed } from '../fs/disk.js';
import { lockFileOf } from '../layout.js';
import type { Collision } from '../profile/farm/farm.js';
import { readProfileFile, readProfileLock, STANDARD_INPUT } from '../profile/io/profile-files.js';
import { selectorOf } from '../profile/io/read-profile.js';
import { asPackage, type Composition, emptyComposition, type ManifestPackage, packagePath } from '../profile/manifest.js';
import { type ProfileFile, recordedChoices } from '../profile/profile-file.js';
import type { ProfileLock } from '../profile/profile-lock.js';
import type { Package, StorePath } from '../store/package.js';
import { type InstalledPackage, resolve } from '../store/resolve/resolve.js';
import { awaitQuarantined } from './await-quarantined.js';
import { manifestEntry } from './choose-packages.js';
import { findOrMakeable } from './find-profile.js';
import { lockedPackages } from './locked-packages.js';
import { readStores } from './read-stores.js';
import { type EditResult, recomposeProfile } from './recompose-profile.js';
import { refuseRelease } from './refuse-release.js';

interface ApplyRequest {
  /** As typed. */
  readonly file: string;
  /** Only as the lock beside the file says. */
  readonly locked: boolean;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
  readonly store?: readonly string[] | undefined;
  readonly dryRun: boolean;
  readonly wait: number;
}

/**
 * `apply FILE`: makes a profile exactly what the file says, in one transaction, and makes the profile when there is none. Which one: the
 * one named, else that of the file, else as for every command.
 * @throws `invalid-profile-file`, `lock-drift`, what the resolver refuses, `collision`.
 */
export async function applyProfile(context: Context, request: ApplyRequest): Promise<EditResult> {
  const isStream = request.file === STANDARD_INPUT;
  if (isStream && request.locked) throw new NoxError('usage', { problem: 'a lock lies beside its file: name one for --locked', command: null });
  const path = isStream ? request.file : pathOf(context, request.file);
  const file = readProfileFile(path);
  const { ref, state } = findOrMakeable(context, { profile: request.profile ?? file.name ?? undefined, profiles: request.profiles });
  const lock = request.locked ? readProfileLock(lockFileOf(path), state === null ? null : selectorOf(ref)) : null;
  if (state !== null) refuseRelease(state);
  const stores = await awaitQuarantined(context, file.packages, request.dryRun ? 0 : request.wait, () => readStores(context, request));
  const choosing = { file, path, stores, profile: selectorOf(ref) };
  const locked = lock === null ? null : await lockedPackages(context, { lock, file, lockPath: lockFileOf(path), stores, lockStores: await storesOfLock(context, lock, stores), profile: choosing.profile });
  let packages: readonly ManifestPackage[] = [];
  const result = await recomposeProfile(context, {
    action: 'apply', ref, state, stores, initial: { ...emptyComposition, layout: file.layout, omit: file.omit },
    make: 'always', dryRun: request.dryRun, wait: request.wait,
    compose(current) {
      packages = locked ?? choosePackagesOf(choosing, current.packages);
      return composed(current, file, packages);
    },
    preferredIn: () => [],
    resolveCommand: (collisions) => adviceFor(request.file, collisions),
  });
  tellIdleChoices(context, file, packages);
  return result;
}

/** The stores that a lock names and the store path does not, as far as they are there and can be read. */
async function storesOfLock(context: Context, lock: ProfileLock, stores: StorePath): Promise<StorePath> {
  const known = new Set(stores.map((store) => store.path));
  const others = [...new Set(lock.packages.map(({ store }) => store))].filter((store) => !known.has(store));
  return others.length === 0 ? [] : readStores(derived(context, { say: () => undefined }), { store: others });
}

/** A file and what its requests are understood with. */
interface Choosing {
  readonly file: ProfileFile;
  /** The file's path. */
  readonly path: string;
  readonly stores: StorePath;
  readonly profile: string;
}

/** Choices that were given in another order before stay as they were, since their order means nothing. */
function composed(current: Composition, file: ProfileFile, packages: readonly ManifestPackage[]): Composition {
  const chosen = recordedChoices(file, new Set(packages.map(({ name }) => name)));
  const asBefore = (before: readonly string[], wanted: readonly string[]): readonly string[] =>
    before.length === wanted.length && wanted.every((text) => before.includes(text)) ? before : wanted;
  return {
    ...chosen,
    unfold: asBefore(current.unfold, chosen.unfold),
    omit: asBefore(current.omit, chosen.omit),
    hide: asBefore(current.hide, chosen.hide),
    copy: asBefore(current.copy, chosen.copy),
    packages,
  };
}

/** More than any chain of requests that one package satisfies in turn. */
const ROUNDS = 8;

/**
 * The packages that the requests of a file bring, keeping what is there where it still fits. Repeated until the answer for a profile
 * that has them is the same, so that applying a file again changes nothing.
 */
function choosePackagesOf(choosing: Choosing, current: readonly ManifestPackage[]): readonly ManifestPackage[] {
  const { stores, file, profile } = choosing;
  let packages = current;
  for (let round = 0; round < ROUNDS; round += 1) {
    const installed = standing(choosing, packages);
    const next = asOfFile(choosing, () => resolve(stores, { profile, installed, add: file.packages, del: [], upgrade: [], exact: true })).packages.map(manifestEntry);
    if (isDeepStrictEqual(next, packages)) break;
    packages = next;
  }
  return packages;
}

/** What is there and may stay: not what is gone from its store, and of a name with a pin only the package pinned. */
function standing({ file, stores }: Choosing, packages: readonly ManifestPackage[]): InstalledPackage[] {
  const there = packages.filter((entry) => statusFollowed(packagePath(entry))?.type === 'directory');
  const pinned = file.pins.map((id) => there.find((entry) => entry.id === id) ?? packageOf(stores, id));
  const pins = pinned.map((found) => ('path' in found ? { pkg: found, requested: null, pinned: true } : { pkg: asPackage(found), requested: found.requested, pinned: true }));
  const names = new Set(pins.map(({ pkg }) => pkg.name));
  const others = there.filter(({ name }) => !names.has(name)).map((entry) => ({ pkg: asPackage(entry), requested: entry.requested, pinned: false }));
  return [...pins, ...others];
}

/** @throws `no-such-package`. */
function packageOf(stores: StorePath, id: string): Package {
  const found = stores.flatMap(({ packages }) => packages).find((pkg) => pkg.id === id);
  if (found === undefined) throw new NoxError('no-such-package', { requests: [{ request: id, nearest: null }], stores: stores.map(({ path }) => path) });
  return found;
}

/** What is wrong with a request is wrong in the file; a pin is taken back there and not by a command. */
function asOfFile<T>({ path }: Pick<Choosing, 'path'>, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (isNoxError(error, 'invalid-request') || isNoxError(error, 'invalid-range') || isNoxError(error, 'two-of-one-name')) {
      throw new NoxError('invalid-profile-file', { path, field: 'packages', problem: error.message }, error);
    }
    if (isNoxError(error, 'unsatisfiable')) throw new NoxError('unsatisfiable', { ...error.data, pinned: [] }, error);
    throw error;
  }
}

/** What to write into the file so that these collisions are settled. */
function adviceFor(file: string, collisions: readonly Collision[]): string {
  const winners = new Set(collisions.flatMap(({ packages, unmanaged }) => (unmanaged ? [] : (packages.at(-1)?.name ?? []))));
  const own = collisions.some(({ unmanaged }) => unmanaged);
  const ways = [
    ...(winners.size === 0 ? [] : [`name the packages that are to win in "prefer:" of ${quoted(file)}, as ${[...winners].map(quoted).join(', ')}`]),
    ...(own ? [`move your own files away, or name their paths in "hide:" of ${quoted(file)}`] : []),
  ];
  return ways.join('; ');
}

/** Harmless, but perhaps a slip of the pen. */
function tellIdleChoices(context: Context, { prefer, pins }: ProfileFile, packages: readonly ManifestPackage[]): void {
  for (const name of prefer) if (!packages.some((pkg) => pkg.name === name)) context.say(`"prefer:" names ${quoted(name)}, which the profile does not have`);
  for (const id of pins) if (!packages.some((pkg) => pkg.id === id)) context.say(`"pins:" names ${quoted(id)}, which nothing in the profile needs`);
}
