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
const treesKind: SealedKind<typeof schema> = { kind: 'tree-cache', version: 1, schema, limit: 256 << 20 };

/** What directories held, by their path in a package. */
export type Listings = ReadonlyMap<string, readonly Entry[]>;

/** The listings of some packages. */
export interface TreeCache {
  /** What is known of a package, by its absolute path. */
  readonly known: (path: string) => Listings;
  /** Remembers what was read of packages this time, for the next. */
  readonly keep: (listings: ReadonlyMap<string, Listings>) => void;
}

/** A cache that knows nothing and keeps nothing. */
export const NO_CACHE: TreeCache = { known: () => new Map(), keep: () => undefined };

/** One in so many directories that are not known yet has all written anew. */
const WORTHWHILE = 16;

const TYPES = ['directory', 'symlink', 'file', 'other'] as const;

/** An import takes the write bits, but of directories where the store's group may write. */
const isOpened = (own: Times, contents: Times): boolean => (own.mode & 0o220) === 0o200 || (contents.mode & 0o222) !== 0;

/** Opens what is remembered for a profile; of packages that are no longer as they were it knows nothing. */
export async function openTreeCache(cache: string, profile: string, packages: readonly string[]): Promise<TreeCache> {
  const path = treeCacheFile(cache, profile);
  const began = Date.now();
  const content = readCacheFile(treesKind, path, profile)?.packages ?? {};
  const looks = packages.flatMap((pkg) => [pkg, contentsFile(pkg)]);
  const found = new Array<Times | null>(looks.length).fill(null);
  const call = stampCall((at) => looks[at] as string, (at, times) => {
    found[at] = times;
  });
  await drain(looks.map((_, at) => at), call);
  const valid = new Map<string, KnownTree>();
  for (const [at, pkg] of packages.entries()) {
    const tree = Object.hasOwn(content, pkg) ? content[pkg] : undefined;
    if (tree !== undefined && tree.stamps.every((stamp, which) => isStamp(stamp, found[2 * at + which] ?? null))) valid.set(pkg, tree);
  }
  return {
    known: (pkg) => listingsOf(valid.get(pkg)),
    keep(listings) {
      const kept: Record<string, KnownTree> = {};
      let [before, added] = [0, 0];
      for (const [at, pkg] of packages.entries()) {
        const [own, contents] = [found[2 * at] ?? null, found[2 * at + 1] ?? null];
        const read = listings.get(pkg);
        if (read === undefined || own === null || contents === null || isOpened(own, contents) || !isSettled(began, own.mtimeMs, own.ctimeMs) || !isSettled(began, contents.mtimeMs, contents.ctimeMs)) continue;
        const known = valid.get(pkg)?.directories ?? {};
        const fresh = [...read].filter(([directory]) => !Object.hasOwn(known, directory));
        before += Object.keys(known).length;
        added += fresh.length;
        kept[pkg] = { stamps: [stampOf('', own), stampOf(`${NOX}/contents.json`, contents)], directories: { ...known, ...Object.fromEntries(fresh.map(([directory, entries]) => [directory, namesOf(entries)])) } };
      }
      // Writing all of it anew for a few directories would take longer than reading them again.
      if (added * WORTHWHILE > before) writeCacheFile(treesKind, path, { about: profile, packages: kept });
    },
  };
}

function listingsOf(tree: KnownTree | undefined): Listings {
  return new Map(Object.entries(tree?.directories ?? {}).map(([directory, names]) => [directory, names.flatMap((own, at) => own.map((name): Entry => ({ name, type: TYPES[at] ?? 'other' })))]));
}

function namesOf(entries: readonly Entry[]): Names {
  return TYPES.map((type) => entries.filter((entry) => entry.type === type).map(({ name }) => name)) as unknown as Names;
}
