import { type FileRead, type FileReading, followedStatusCall, type Listing, type Look, readDirectoryCall, readFileCall } from '../../fs/calls.js';
import type { Entry, Status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { stampCall } from '../../fs/stamp-call.js';
import { readInside } from './read-inside.js';
import { WORTHWHILE } from './cache-file.js';
import type { Candidate } from './candidates.js';
import { isStamp, type KnownMetadata, readMetadataCache, type Stamp, stampOf, writeMetadataCache } from './metadata-cache.js';
import { type MetadataFile, metadataFilesAmong, type MetadataFiles, parseMetadataFiles } from './read-metadata.js';

/** What a package's own files say. */
export interface PackageReading {
  readonly files: MetadataFiles;
  /** What its directory could not be read for, or `null`. */
  readonly failure: Error | null;
  /** Of all that it was read from, where it was read whole and looks were made for a cache; else none. */
  readonly stamps: readonly Stamp[];
}

/** What there is of a package that was not read. */
export const NOTHING_READ: PackageReading = { files: { sources: [], spack: null, easybuild: null, problem: null, misspelt: [] }, failure: null, stamps: [] };

/** A store whose packages are read. */
interface MetadataRequest {
  readonly store: string;
  /** The user's cache directory, or `null` to go without. */
  readonly cache: string | null;
  readonly progress: (done: number, total: number) => void;
}

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
  const remembering = candidates.length < WORTHWHILE ? null : cache;
  const began = Date.now();
  const known = readMetadataCache(remembering, store);
  const unchanged = await stillKnown(store, candidates, known);
  const drafts = candidates.filter(({ id }) => !unchanged.has(id)).map(({ id, entries }): Draft => ({
    id, path: `${store}/${id}`, entries, failure: null, wanted: [], found: new Map(), readings: new Map(),
  }));
  if (remembering !== null) await look(drafts.map((draft) => ({ draft, file: '' })));
  await list(drafts, (done) => progress(done + unchanged.size, candidates.length));
  for (const draft of drafts) draft.wanted = metadataFilesAmong(draft.id, draft.entries ?? []);
  const wanted = drafts.flatMap((draft) => draft.wanted.map((one) => ({ draft, ...one })));
  if (remembering !== null) await look(wanted);
  await read(wanted);
  const fresh = new Map(drafts.map((draft) => [draft.id, readingOf(draft)]));
  if (remembering !== null && (fresh.size > 0 || unchanged.size < known.size)) {
    writeMetadataCache({ cache: remembering, store, began }, new Map([...unchanged, ...[...fresh].filter(([, { stamps }]) => stamps.length > 0)]));
  }
  return new Map([...[...unchanged].map(([id, { files, stamps }]) => [id, { files, failure: null, stamps }] as const), ...fresh]);
}

/** Those of the candidates that are known and have not changed. */
async function stillKnown(store: string, candidates: readonly Candidate[], known: ReadonlyMap<string, KnownMetadata>): Promise<Map<string, KnownMetadata>> {
  const unchanged = new Map<string, KnownMetadata>();
  const looks: Array<readonly [id: string, stamp: Stamp]> = [];
  for (const { id } of candidates) {
    const there = known.get(id);
    if (there === undefined) continue;
    unchanged.set(id, there);
    for (const stamp of there.stamps) looks.push([id, stamp]);
  }
  const call = stampCall((at) => pathOf(store, looks[at] as readonly [string, Stamp]), (at, found) => {
    const [id, stamp] = looks[at] as readonly [string, Stamp];
    if (!isStamp(stamp, found)) unchanged.delete(id);
  });
  await drain([...looks.keys()], call);
  return unchanged;
}

const pathOf = (store: string, [id, [file]]: readonly [string, Stamp]): string => (file === '' ? `${store}/${id}` : `${store}/${id}/${file}`);

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

/** What a package says of itself lies in it: a link to elsewhere would let others say it. */
function read(wanted: ReadonlyArray<MetadataFile & { readonly draft: Draft }>): Promise<void> {
  const inside = ({ draft, file, limit }: (typeof wanted)[number]): void => void draft.readings.set(file, readInside(draft.path, file, limit));
  const isBehindLink = ({ draft, file }: (typeof wanted)[number]): boolean => draft.entries?.find(({ name }) => name === file.split('/', 1)[0])?.type === 'symlink';
  for (const one of wanted) if (isBehindLink(one)) inside(one);
  return drain(wanted.filter((one) => !isBehindLink(one)).map((one): FileRead => ({
    path: `${one.draft.path}/${one.file}`,
    limit: one.limit,
    take: (reading) => (reading === 'not-a-file' ? inside(one) : void one.draft.readings.set(one.file, reading)),
  })), readFileCall);
}

function readingOf({ failure, wanted, found, readings }: Draft): PackageReading {
  if (failure !== null) return { ...NOTHING_READ, failure };
  const isWhole = found.size === wanted.length + 1 && ![...readings.values()].some((reading) => reading instanceof Error);
  const stamps = isWhole ? [...found].map(([file, status]) => stampOf(file, status)) : [];
  return { files: parseMetadataFiles(readings), failure: null, stamps };
}
