/**
 * What the metadata files of a store's packages said when they were last read, by user: parsing thousands of YAML files takes
 * seconds, looking whether they changed takes none.
 */
import * as v from 'valibot';
import type { Times } from '../../fs/stamp-call.js';
import type { SealedKind } from '../../fs/sealed.js';
import { listingCacheFile, metadataCacheFile } from '../../layout.js';
import { ABOUT, dropCacheFile, isSettled, readCacheFile, trusted, WORTHWHILE, writeCacheFile } from './cache-file.js';
import type { MetadataFiles } from './read-metadata.js';

/** What tells that an entry is as it was: its path in the package ('' for the package), inode, size, and times in milliseconds; zeros for none. */
export type Stamp = readonly [path: string, ino: number, size: number, mtimeMs: number, ctimeMs: number];

/** What is known of one package. */
export interface KnownMetadata {
  /** Of the directory, and of every metadata file that was there. */
  readonly stamps: readonly Stamp[];
  readonly files: MetadataFiles;
}

const cacheSchema = v.object({
  ...ABOUT,
  /** Which files it knows of: raised with {@link MetadataFiles}. */
  extent: v.literal(5),
  /** Identifier to what is known. */
  packages: trusted<Readonly<Record<string, KnownMetadata>>>(),
});
const cacheKind: SealedKind<typeof cacheSchema> = { kind: 'metadata-cache', version: 1, schema: cacheSchema, limit: 256 << 20, isCache: true };

export const stampOf = (path: string, found: Times | null): Stamp => (found === null ? [path, 0, 0, 0, 0] : [path, found.ino, found.size, found.mtimeMs, found.ctimeMs]);

/** True when nothing about the entry has changed. */
export function isStamp([, ino, size, mtimeMs, ctimeMs]: Stamp, found: Times | null): boolean {
  if (found === null) return ino === 0;
  return found.ctimeMs === ctimeMs && found.mtimeMs === mtimeMs && found.size === size && found.ino === ino;
}

/** The packages of a store that are known, by identifier; none where there is no cache, or not one of the caller's own. */
export function readMetadataCache(cache: string | null, store: string): ReadonlyMap<string, KnownMetadata> {
  const content = cache === null ? null : readCacheFile(cacheKind, metadataCacheFile(cache, store), store);
  return new Map(Object.entries(content?.packages ?? {}));
}

/** Remembers what is known of a store's packages, the looking at which began then; where that is worthwhile. */
export function writeMetadataCache({ cache, store, began }: { readonly cache: string; readonly store: string; readonly began: number }, known: ReadonlyMap<string, KnownMetadata>): void {
  if (known.size < WORTHWHILE) return;
  const settled = [...known].filter(([, { stamps }]) => stamps.every(([, , , mtimeMs, ctimeMs]) => isSettled(began, mtimeMs, ctimeMs)));
  dropCacheFile(listingCacheFile(cache, store));
  writeCacheFile(cacheKind, metadataCacheFile(cache, store), { extent: 5, about: store, packages: Object.fromEntries(settled) });
}
