/**
 * What the metadata files of a store's packages said when they were last read, by user: parsing thousands of YAML files takes
 * seconds, looking whether they changed takes none. Deleting it changes only speed.
 */
import * as v from 'valibot';
import { orNull } from '../../errors.js';
import { makeDirectories, removeEntry, rename, status, type Status, writeUnsynced } from '../../fs/disk.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { metadataCacheFile } from '../../layout.js';
import { version } from '../../version.js';
import type { MetadataFiles } from './read-metadata.js';

/** What tells that an entry is as it was: its path in the package ('' for the package), inode, size, and times in milliseconds. */
export type Stamp = readonly [path: string, ino: number, size: number, mtimeMs: number, ctimeMs: number];

/** What is known of one package. */
export interface KnownMetadata {
  /** Of the directory, and of every metadata file that was there. */
  readonly stamps: readonly Stamp[];
  readonly files: MetadataFiles;
}

const cacheSchema = v.object({
  /** The nox that wrote it: another one may read metadata differently. */
  writer: v.string(),
  /** Which files it knows of: raised with {@link MetadataFiles}. */
  extent: v.literal(2),
  store: v.string(),
  /** Identifier to what is known; written by this very program, and so not examined deeply. */
  packages: v.custom<Readonly<Record<string, KnownMetadata>>>((value) => typeof value === 'object' && value !== null, 'it is not a map'),
});
const cacheKind: SealedKind<typeof cacheSchema> = { kind: 'metadata-cache', version: 1, schema: cacheSchema, limit: 256 << 20 };

/** Packages below which reading is so fast that remembering is not worth a file. */
const WORTHWHILE = 64;
/** Milliseconds: a file changed so lately may be changed again without its times showing it. */
const SETTLED = 2000;

export const stampOf = (path: string, { ino, size, mtimeMs, ctimeMs }: Status): Stamp => [path, ino, size, mtimeMs, ctimeMs];

/** True when nothing about the entry has changed. */
export function isStamp([path, ...known]: Stamp, found: Status | null): boolean {
  return found !== null && stampOf(path, found).slice(1).every((value, at) => value === known[at]);
}

/** The packages of a store that are known, by identifier; none where there is no cache, or not one of the caller's own. */
export function readMetadataCache(cache: string | null, store: string): ReadonlyMap<string, KnownMetadata> {
  if (cache === null) return new Map();
  const path = metadataCacheFile(cache, store);
  const content = orNull(() => (status(path)?.uid === process.getuid?.() ? readSealed(cacheKind, path) : null));
  if (content === null || content.writer !== version || content.store !== store) return new Map();
  return new Map(Object.entries(content.packages));
}

/** Remembers what is known of a store's packages, where that is worthwhile; a cache that cannot be written is no matter. */
export function writeMetadataCache(cache: string | null, store: string, known: ReadonlyMap<string, KnownMetadata>): void {
  if (cache === null || known.size < WORTHWHILE) return;
  const oldest = Date.now() - SETTLED;
  const settled = [...known].filter(([, { stamps }]) => stamps.every(([, , , mtimeMs, ctimeMs]) => mtimeMs < oldest && ctimeMs < oldest));
  const path = metadataCacheFile(cache, store);
  const made = `${path}.${process.pid}.new`;
  orNull(() => {
    makeDirectories(path.slice(0, path.lastIndexOf('/')));
    removeEntry(made);
    writeUnsynced(made, seal(cacheKind, { writer: version, extent: 2, store, packages: Object.fromEntries(settled) }));
    rename(made, path);
    return true;
  });
}
