/**
 * What the directories of a profile's packages held when they were last read, by user. It is kept of packages that nox imported: nobody changes
 * those, and when somebody does after all, `nox-store verify` finds it. Of any other package nothing is remembered, since a file that a
 * build adds below leaves no trace in the package's own times; nor of one that its owner opened for writing, or copied to go on from.
 */
import * as v from 'valibot';
import { drain } from '../../fs/drain.js';
import type { Entry } from '../../fs/entry.js';
import type { SealedKind } from '../../fs/sealed.js';
import { stampCall, type Times } from '../../fs/stamp-call.js';
import { contentsFile, NOX, treeCacheFile } from '../../layout.js';
import { ABOUT, isSettled, readCacheFile, trusted, writeCacheFile } from '../../store/io/cache-file.js';
import { isStamp, type Stamp, stampOf } from '../../store/io/metadata-cache.js';

/** Names in a directory by type: directories, symlinks, files, and whatever else. */
type Names = readonly [directories: readonly string[], symlinks: readonly string[], files: readonly string[], others: readonly string[]];

interface KnownTree {
  /** Of the package's directory and of the list of its contents. */
  readonly stamps: readonly [Stamp, Stamp];
  /** By path in the package, '' for the package. */
  readonly directories: Readonly<Record<string, Names>>;
}

const schema = v.object({ ...ABOUT, packages: trusted<Readonly<Record<string, KnownTree>>>() });
const treesKind: SealedKind<typeof schema> = { kind: 'tree-cache', version: 1, schema, limit: 256 << 20, isCache: true };

/** What directories held, by their path in a package. */
export type Listings = ReadonlyMap<string, readonly Entry[]>;

/** The listings of some packages. */
export interface TreeCache {
  /** What is known of a package, by its absolute path. */
  readonly known: (path: string) => Listings;
  /** Remembers what was read this time, for the next, of packages of which something {@link isRemembered}. */
  readonly keep: (listings: ReadonlyMap<string, Listings>) => Promise<void>;
}

/** Whether what a package's own directory holds says that nox imported it: of any other nothing is remembered. */
export const isRemembered = (entries: readonly Entry[]): boolean => entries.some(({ name }) => name === NOX);

/** One in so many directories that are not known yet has all written anew. */
const RENEWED = 16;

const TYPES = ['directory', 'symlink', 'file', 'other'] as const;

/** A package's directory and the list of its contents. */
type Looks = readonly [own: Times | null, contents: Times | null];

/** Opens what is remembered for a profile; of packages that are no longer as they were it knows nothing. */
export async function openTreeCache(cache: string, profile: string, packages: readonly string[]): Promise<TreeCache> {
  const path = treeCacheFile(cache, profile);
  const began = Date.now();
  const content = readCacheFile(treesKind, path, profile)?.packages ?? {};
  const valid = new Map<string, KnownTree>();
  for (const [pkg, looks] of await lookAt(packages.filter((one) => Object.hasOwn(content, one)))) {
    const tree = content[pkg];
    if (tree?.stamps.every((stamp, which) => isStamp(stamp, looks[which] ?? null)) === true) valid.set(pkg, tree);
  }
  return {
    known: (pkg) => listingsOf(valid.get(pkg)),
    async keep(listings) {
      const fresh = new Map<string, Listings>();
      let [before, added] = [0, 0];
      for (const [pkg, read] of listings) {
        const known = valid.get(pkg)?.directories ?? {};
        if (read.size === 0) continue;
        const own = new Map([...read].filter(([directory]) => !Object.hasOwn(known, directory)));
        fresh.set(pkg, own);
        before += Object.keys(known).length;
        added += own.size;
      }
      // Writing all of it anew for a few directories would take longer than reading them again.
      if (added * RENEWED <= before) return;
      // What has not changed since long before the reading began has not changed since it was read.
      const packagesKept = [...(await lookAt([...fresh.keys()]))].flatMap(([pkg, looks]) => {
        const stamps = stampsOf(looks, began);
        if (stamps === null) return [];
        const read = [...(fresh.get(pkg) ?? [])].map(([directory, entries]) => [directory, namesOf(entries)] as const);
        return [[pkg, { stamps, directories: { ...valid.get(pkg)?.directories, ...Object.fromEntries(read) } }] as const];
      });
      writeCacheFile(treesKind, path, { about: profile, packages: Object.fromEntries(packagesKept) });
    },
  };
}

async function lookAt(packages: readonly string[]): Promise<Map<string, Looks>> {
  const paths = packages.flatMap((pkg) => [pkg, contentsFile(pkg)]);
  const found = new Array<Times | null>(paths.length).fill(null);
  await drain(paths.map((_, at) => at), stampCall((at) => paths[at] as string, (at, times) => {
    found[at] = times;
  }));
  return new Map(packages.map((pkg, at) => [pkg, [found[2 * at] ?? null, found[2 * at + 1] ?? null]]));
}

/** The stamps of a package that nox imported, and that nobody opened for writing since; else `null`. */
function stampsOf([own, contents]: Looks, began: number): KnownTree['stamps'] | null {
  if (own === null || contents === null || isOpened(own, contents)) return null;
  if (![own, contents].every(({ mtimeMs, ctimeMs }) => isSettled(began, mtimeMs, ctimeMs))) return null;
  return [stampOf('', own), stampOf(`${NOX}/contents.json`, contents)];
}

/** An import takes the write bits, but of directories where the store's group may write. */
const isOpened = (own: Times, contents: Times): boolean => (own.mode & 0o220) === 0o200 || (contents.mode & 0o222) !== 0;

function listingsOf(tree: KnownTree | undefined): Listings {
  return new Map(Object.entries(tree?.directories ?? {}).map(([directory, names]) => [directory, names.flatMap((own, at) => own.map((name): Entry => ({ name, type: TYPES[at] ?? 'other' })))]));
}

function namesOf(entries: readonly Entry[]): Names {
  return TYPES.map((type) => entries.filter((entry) => entry.type === type).map(({ name }) => name)) as unknown as Names;
}
