import { type FileRead, type FileReading, followedStatusCall, type Listing, type Look, readDirectoryCall, readFileCall } from '../../fs/calls.js';
import type { Entry, Status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import type { Candidate } from './candidates.js';
import { isStamp, type KnownMetadata, readMetadataCache, stampOf, writeMetadataCache } from './metadata-cache.js';
import { type MetadataFile, metadataFilesAmong, type MetadataFiles, parseMetadataFiles } from './read-metadata.js';

/** What a package's own files say. */
export interface PackageReading {
  readonly files: MetadataFiles;
  /** What its directory could not be read for, or `null`. */
  readonly failure: Error | null;
}

/** A store whose packages are read. */
export interface MetadataRequest {
  readonly store: string;
  /** The user's cache directory, or `null` to go without. */
  readonly cache: string | null;
  readonly progress: (done: number, total: number) => void;
}

const NOTHING: MetadataFiles = { sources: [], spack: null, easybuild: null, problem: null };

/** A package under way. */
interface Draft {
  readonly id: string;
  readonly path: string;
  entries: readonly Entry[] | null;
  failure: Error | null;
  /** What is looked at and read of it. */
  wanted: readonly MetadataFile[];
  /** As the entries were before they were read, so that a later change shows. */
  readonly found: Map<string, Status | null>;
  readonly readings: Map<string, FileReading>;
}

/** Reads the metadata files of a store's packages, those that changed since they were last read; by identifier. */
export async function readAllMetadata({ store, cache, progress }: MetadataRequest, candidates: readonly Candidate[]): Promise<Map<string, PackageReading>> {
  const known = readMetadataCache(cache, store);
  const unchanged = await stillKnown(store, candidates, known);
  const drafts = candidates.filter(({ id }) => !unchanged.has(id)).map(({ id, entries }): Draft => ({
    id, path: `${store}/${id}`, entries, failure: null, wanted: [], found: new Map(), readings: new Map(),
  }));
  if (cache !== null) await look(drafts.map((draft) => ({ draft, file: '' })));
  await list(drafts, (done) => progress(done + unchanged.size, candidates.length));
  for (const draft of drafts) draft.wanted = metadataFilesAmong(draft.id, draft.entries ?? []);
  const wanted = drafts.flatMap((draft) => draft.wanted.map((one) => ({ draft, ...one })));
  if (cache !== null) await look(wanted);
  await drain(wanted.map(({ draft, file, limit }): FileRead => ({ path: `${draft.path}/${file}`, limit, take: (reading) => void draft.readings.set(file, reading) })), readFileCall);
  const fresh = drafts.map((draft) => [draft.id, { files: draft.failure === null ? parseMetadataFiles(draft.readings) : NOTHING, failure: draft.failure }] as const);
  if (cache !== null && (fresh.length > 0 || unchanged.size < known.size)) {
    writeMetadataCache(cache, store, new Map([...unchanged, ...drafts.flatMap((draft, at) => remembered(draft, fresh[at]?.[1].files ?? NOTHING))]));
  }
  return new Map([...[...unchanged].map(([id, { files }]) => [id, { files, failure: null }] as const), ...fresh]);
}

/** Those of the candidates that are known and have not changed. */
async function stillKnown(store: string, candidates: readonly Candidate[], known: ReadonlyMap<string, KnownMetadata>): Promise<Map<string, KnownMetadata>> {
  const unchanged = new Map<string, KnownMetadata>();
  const looks = candidates.flatMap(({ id }): Look[] => {
    const there = known.get(id);
    if (there === undefined) return [];
    unchanged.set(id, there);
    return there.stamps.map((stamp) => ({
      path: stamp[0] === '' ? `${store}/${id}` : `${store}/${id}/${stamp[0]}`,
      take(found) {
        if (!isStamp(stamp, found)) unchanged.delete(id);
      },
    }));
  });
  await drain(looks, followedStatusCall);
  return unchanged;
}

function look(wanted: ReadonlyArray<{ readonly draft: Draft; readonly file: string }>): Promise<void> {
  return drain(wanted.map(({ draft, file }): Look => ({
    path: file === '' ? draft.path : `${draft.path}/${file}`,
    take: (found) => void draft.found.set(file, found),
  })), followedStatusCall);
}

function list(drafts: readonly Draft[], progress: (done: number) => void): Promise<void> {
  const unread = drafts.filter(({ entries }) => entries === null);
  let done = 0;
  return drain(unread.map((draft): Listing => ({
    path: draft.path,
    take(entries) {
      draft.entries = entries;
      progress((done += 1));
    },
    fail(error) {
      draft.failure = error as Error;
    },
  })), readDirectoryCall);
}

/** What to remember of a package; nothing of one that could not be read whole. */
function remembered({ id, failure, wanted, found, readings }: Draft, files: MetadataFiles): Array<[string, KnownMetadata]> {
  const entries = [...found].flatMap(([file, status]) => (status === null ? [] : [stampOf(file, status)]));
  const isWhole = failure === null && found.size === wanted.length + 1 && ![...readings.values()].some((reading) => reading instanceof Error);
  return isWhole ? [[id, { stamps: entries, files }]] : [];
}
