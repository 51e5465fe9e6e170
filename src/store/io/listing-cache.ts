/**
 * What a listing told of a store's packages when it was last made, by user: so much less than their metadata that reading it takes a
 * few milliseconds for ten thousand packages, and with the fewest looks that tell whether it still holds.
 */
import * as v from 'valibot';
import { byName } from '../../fs/bytes.js';
import { drain } from '../../fs/drain.js';
import type { SealedKind } from '../../fs/sealed.js';
import { stampCall } from '../../fs/stamp-call.js';
import { listingCacheFile } from '../../layout.js';
import type { ListedPackage, PackageId } from '../package.js';
import { ABOUT, isSettled, readCacheFile, trusted, WORTHWHILE, writeCacheFile } from './cache-file.js';
import type { Stamp } from './metadata-cache.js';
import type { PackageReading } from './read-all-metadata.js';
import { OWN_FILE } from './read-metadata.js';

const listingSchema = v.object({
  ...ABOUT,
  /** What the store says of itself and of its packages, as text. */
  told: v.string(),
  /** Of the packages that are no aliases, in order: identifiers, then name, version and problem of each. */
  ids: trusted<readonly string[]>(),
  names: trusted<readonly string[]>(),
  versions: trusted<ReadonlyArray<string | null>>(),
  problems: trusted<Readonly<Record<number, string>>>(),
  /** Paths within packages at which `looks` are; '' is the package. */
  files: trusted<readonly string[]>(),
  /**
   * Six numbers a look, as base64 of doubles in this machine's order of bytes, since parsing them would take longer than the looks: index of the package, index of
   * the path, inode, size, modification and change time in milliseconds; zeros for nothing there.
   */
  looks: v.string(),
});
const listingKind: SealedKind<typeof listingSchema> = { kind: 'listing-cache', version: 2, schema: listingSchema, limit: 64 << 20, isCache: true };
const EACH = 6;

/** A store whose packages are to be listed: `told` stands for all that it says of itself. */
interface Listing {
  readonly cache: string;
  readonly store: string;
  readonly told: string;
  /** Identifiers of all packages that are no aliases. */
  readonly ids: readonly string[];
}

/** The packages as they were last listed, or `null` where that is not known or anything has changed. */
export async function readListingCache({ cache, store, told, ids }: Listing): Promise<ListedPackage[] | null> {
  if (ids.length < WORTHWHILE) return null;
  const known = readCacheFile(listingKind, listingCacheFile(cache, store), store);
  if (known === null || known.told !== told || known.ids.length !== ids.length) return null;
  if (!isSame(known.ids, ids) || !(await holds(store, known))) return null;
  return known.ids.map((id, at) => ({
    id: id as PackageId, store, path: `${store}/${id}`, name: known.names[at] as string, version: known.versions[at] as string | null, aliasOf: null, problem: known.problems[at] ?? null,
  }));
}

function isSame(known: readonly string[], ids: readonly string[]): boolean {
  const isIn = (list: readonly string[]): boolean => known.every((id, at) => id === list[at]);
  // Node lists a directory in an order that is most often that of nox.
  return isIn(ids) || isIn([...ids].sort(byName));
}

/** Looks at everything that was looked at then, until something differs. */
async function holds(store: string, { ids, files, looks: told }: v.InferOutput<typeof listingSchema>): Promise<boolean> {
  const looks = numbersOf(told);
  let same = true;
  const below = files.map((file) => (file === '' ? '' : `/${file}`));
  const call = stampCall((at) => `${store}/${ids[looks[at] as number]}${below[looks[at + 1] as number]}`, (at, found) => {
    same &&= found === null ? looks[at + 2] === 0 : found.ctimeMs === looks[at + 5] && found.mtimeMs === looks[at + 4] && found.size === looks[at + 3] && found.ino === looks[at + 2];
  });
  const starts = Array.from({ length: looks.length / EACH }, (_, number) => number * EACH);
  await drain(starts, { now: (at) => same && call.now(at), begin: (at, done) => (same ? call.begin(at, done) : done()) });
  return same;
}

function numbersOf(text: string): Float64Array {
  const bytes = new Uint8Array(Buffer.byteLength(text, 'base64'));
  bytes.set(Buffer.from(text, 'base64'));
  return new Float64Array(bytes.buffer);
}

/** Remembers a listing, the looking for which began then, where nothing of it may change unseen. */
export function writeListingCache({ cache, store, told, ids }: Listing, began: number, { packages, readings }: { readonly packages: readonly ListedPackage[]; readonly readings: ReadonlyMap<string, PackageReading> }): void {
  const own = packages.filter(({ aliasOf }) => aliasOf === null);
  if (ids.length < WORTHWHILE || own.length !== ids.length) return;
  const files: string[] = [''];
  const looks: number[] = [];
  for (const [at, { id }] of own.entries()) {
    const stamps = decisive(readings.get(id));
    if (stamps.length === 0) return;
    for (const [file, ino, size, mtimeMs, ctimeMs] of stamps) {
      if (!isSettled(began, mtimeMs, ctimeMs)) return;
      if (!files.includes(file)) files.push(file);
      looks.push(at, files.indexOf(file), ino, size, mtimeMs, ctimeMs);
    }
  }
  const problems = Object.fromEntries(own.flatMap(({ problem }, at) => (problem === null ? [] : [[at, problem]])));
  writeCacheFile(listingKind, listingCacheFile(cache, store), { about: store, told, ids: own.map(({ id }) => id), names: own.map(({ name }) => name), versions: own.map(({ version }) => version), problems, files, looks: Buffer.from(new Float64Array(looks).buffer).toString('base64') });
}

/**
 * The looks that tell whether a listing still holds; none where nothing does. Where the package's own file gives name and version and no other file
 * says anything, it alone decides; else the directory, in which such a file may appear, and every file.
 */
function decisive(reading: PackageReading | undefined): readonly Stamp[] {
  if (reading === undefined) return [];
  const { stamps, files: { sources: [first] } } = reading;
  const own = stamps.find(([file]) => file === OWN_FILE);
  return own !== undefined && stamps.length === 2 && typeof first?.name === 'string' && typeof first.version === 'string' ? [own] : stamps;
}
