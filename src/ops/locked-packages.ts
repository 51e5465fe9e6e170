import type { Context } from '../context.js';
import { isAnyNoxError, NoxError, quoted } from '../errors.js';
import type { Difference } from '../error-data.js';
import { byName } from '../fs/bytes.js';
import type { ManifestPackage } from '../profile/manifest.js';
import { type ProfileFile, recordedChoices } from '../profile/profile-file.js';
import type { LockedPackage, ProfileLock } from '../profile/profile-lock.js';
import { digestOf } from '../store/contents.js';
import { readContents } from '../store/io/read-contents.js';
import type { Package, StorePath } from '../store/package.js';
import { dependencyName } from '../store/request.js';
import { resolve } from '../store/resolve/resolve.js';
import { manifestEntry } from './choose-packages.js';

interface LockedRequest {
  readonly lock: ProfileLock;
  readonly lockPath: string;
  /** What is wanted now. */
  readonly file: ProfileFile;
  readonly stores: StorePath;
  /** Stores that the lock names and the store path does not. */
  readonly lockStores: StorePath;
  readonly profile: string;
}

/**
 * The packages of a lock, found by identifier and contents in the stores, wherever those are now; and what none of them has, in the store that
 * the lock names for it, which is told.
 * @throws `lock-drift` with everything in which the lock differs from the file beside it, from the stores, and from what the
 * packages found ask for.
 */
export async function lockedPackages(context: Context, request: LockedRequest): Promise<readonly ManifestPackage[]> {
  const { lock, lockPath, file } = request;
  const differences = [...requestsApart(lock, file), ...choicesApart(lock, file)];
  const found: Found[] = [];
  for (const [at, locked] of lock.packages.entries()) {
    context.progress.update('comparing contents', at, lock.packages.length);
    const pkg = await findLocked(request, locked);
    if ('difference' in pkg) differences.push(pkg.difference);
    else found.push({ locked, pkg });
  }
  // What is missing would only be reported again as what its dependents lack.
  const chosen = differences.length > 0 ? null : chosenAgain(request, found);
  if (chosen !== null) differences.push(...packagesApart(lock.packages, chosen));
  if (chosen === null || differences.length > 0) throw new NoxError('lock-drift', { path: lockPath, profile: request.profile, differences });
  for (const { pkg } of found) if (request.lockStores.some(({ path }) => path === pkg.store)) context.say(`${quoted(pkg.id)} is taken from ${quoted(pkg.store)}, which the lock names and the store path does not`);
  return chosen;
}

interface Found {
  readonly locked: LockedPackage;
  readonly pkg: Package;
}

/**
 * The requests of the file, where they are not those of the lock. A package has one request: where the file has several that it meets, as its
 * name and its identifier, the others are in no lock.
 */
function requestsApart(lock: ProfileLock, file: ProfileFile): Difference[] {
  const locked = new Set(lock.packages.flatMap((pkg) => pkg.requested ?? []));
  const meets = (text: string): boolean => lock.packages.some(({ id, name }) => text === id || text === `id:${id}` || dependencyName(text) === name);
  const others = file.packages.filter((text) => !locked.has(text) && !meets(text));
  return [...locked].every((text) => file.packages.includes(text)) && others.length === 0 ? [] : differing([['packages', sorted([...locked]), sorted(file.packages)]]);
}

/** Choices of the file that are not those of the lock, as applying the file makes them; the order matters for what wins only. */
function choicesApart(lock: ProfileLock, file: ProfileFile): Difference[] {
  const pinned = lock.packages.flatMap((pkg) => (pkg.pinned ? [pkg.id] : []));
  const ids = new Set(lock.packages.map((pkg) => pkg.id));
  const chosen = recordedChoices(file, new Set(lock.packages.map((pkg) => pkg.name)));
  return differing([
    ['pins', sorted(pinned), sorted(file.pins.filter((id) => ids.has(id)))],
    ['layout', [lock.layout], [chosen.layout]],
    ['with-libc', [String(lock.withLibc)], [String(chosen.withLibc)]],
    ['omit', sorted(lock.omit), sorted(chosen.omit)],
    ['prefer', lock.prefer, chosen.prefer],
    ['hide', sorted(lock.hide), sorted(chosen.hide)],
    ['copy', sorted(lock.copy), sorted(chosen.copy)],
    ['unfold', sorted(lock.unfold), sorted(chosen.unfold)],
  ]);
}

function differing(rows: ReadonlyArray<readonly [field: string, locked: readonly string[], found: readonly string[]]>): Difference[] {
  return rows.flatMap(([field, before, now]) => {
    const apart = before.length !== now.length || before.some((text, at) => text !== now[at]);
    return apart ? [{ subject: `"${field}" of the file`, locked: before.join(', ') || 'nothing', found: now.join(', ') || 'nothing' }] : [];
  });
}

const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort(byName);

/** A package of that identifier and contents, of the store path best in the store that had it; else what there is instead. */
async function findLocked({ stores, lockStores }: LockedRequest, { id, store, version, digest }: LockedPackage): Promise<Package | { readonly difference: Difference }> {
  const order = [...[...stores].sort((a, b) => Number(b.path === store) - Number(a.path === store)), ...lockStores.filter(({ path }) => path === store)];
  const candidates = order.flatMap(({ packages }) => packages.filter((pkg) => pkg.id === id && pkg.aliasOf === null));
  const others: string[] = [];
  for (const pkg of candidates) {
    const there = pkg.problem ?? (await digestNow(pkg));
    if (there === digest && pkg.version === version) return pkg;
    others.push(`${there === digest ? `version ${pkg.version ?? 'none'}` : there} in ${pkg.store}`);
  }
  const isVersion = others.length > 0 && others.every((text) => text.startsWith('version '));
  return { difference: { subject: id, locked: isVersion ? `version ${version ?? 'none'}` : digest, found: others.length === 0 ? 'in no store' : others.join(', ') } };
}

/** The digest of what is in the package now, whatever was written down of it at its import; or why there is none. */
async function digestNow({ path, id }: Package): Promise<string> {
  try {
    return digestOf(await readContents(path, id));
  } catch (error) {
    if (isAnyNoxError(error)) return error.message;
    throw error;
  }
}

/** What the requests bring when nothing but the packages found may be had of their names. */
function chosenAgain({ stores, file, profile }: LockedRequest, found: readonly Found[]): readonly ManifestPackage[] {
  const installed = found.map(({ locked, pkg }) => ({ pkg, requested: locked.requested, pinned: true }));
  const pins = new Map(found.map(({ locked }) => [locked.name, locked.pinned]));
  const chosen = resolve(stores, { profile, installed, add: file.packages, del: [], upgrade: [], exact: true });
  return chosen.packages.map(manifestEntry).map((entry) => ({ ...entry, pinned: pins.get(entry.name) === true }));
}

/** In what the packages chosen differ from the locked ones. */
function packagesApart(locked: readonly LockedPackage[], chosen: readonly ManifestPackage[]): Difference[] {
  const now = new Map(chosen.map((entry) => [entry.name, entry]));
  const before = new Map(locked.map((entry) => [entry.name, entry]));
  const names = [...new Set([...before.keys(), ...now.keys()])].sort(byName);
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), now.get(name)];
    if (was === undefined || is === undefined) return [{ subject: name, locked: was?.id ?? 'nothing', found: is?.id ?? 'not needed' }];
    return [
      ...(was.requested === is.requested ? [] : [{ subject: `the request for ${was.id}`, locked: was.requested ?? 'none', found: is.requested ?? 'none' }]),
      ...(was.dependsOn.join('\n') === is.dependsOn.join('\n') ? [] : [{ subject: `what ${was.id} depends on`, locked: was.dependsOn.join(', ') || 'nothing', found: is.dependsOn.join(', ') || 'nothing' }]),
    ];
  });
}
