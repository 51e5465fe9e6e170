import { hostname, tmpdir } from 'node:os';
import { basename, posix } from 'node:path';
import { pathOf, type PlaceFlags, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { failedWith, isAnyNoxError, NoxError, orNull } from '../errors.js';
import { makeDirectories, makeDirectory, rename, setMode, syncDirectory } from '../fs/change.js';
import { status, statusFollowed } from '../fs/disk.js';
import { areMany, syncFileSystem } from '../fs/sync-file-system.js';
import { LIMITS } from '../store/archive/admission.js';
import { digestOf, extentOf } from '../store/contents.js';
import { identifierProblem } from '../store/identifier.js';
import { type FinishedPackage, finishPackages, type ImportStamp, type StoreProviders, syncPackage, writeState } from '../store/io/finish-package.js';
import { alreadyImported, importedAmong, isThere, neighboursAmong, packagesByName, type PresentPackage } from '../store/io/imported-packages.js';
import { contentDigest, looksChanged, provenanceOf, readContents, sealedContents } from '../store/io/read-contents.js';
import { NOTHING_READ, readAllMetadata } from '../store/io/read-all-metadata.js';
import { type ScannedStore, scanStores } from '../store/io/scan.js';
import { withStaging, withTemporaryStaging } from '../store/io/store-staging.js';
import { unpackSource } from '../store/io/unpack.js';
import { refuseOf, type UnpackedPackage } from '../store/io/unpack-job.js';
import { mergeMetadata, misspeltText } from '../store/metadata.js';
import type { Metadata } from '../store/package.js';
import { storedDirectoryMode } from '../store/stored-mode.js';
import { dependencyName } from '../store/request.js';
import { interruptible, paced, type Pause } from '../interrupt.js';
import { syncPoint } from '../sync-point.js';
import { version } from '../version.js';
import { isPackagePath } from '../store/io/candidates.js';
import { orElsewhere, refuseAdopted } from './import-elsewhere.js';
import { type MissingDependency, missingDependencies } from './missing-dependencies.js';
import { userName } from '../user-name.js';

interface ImportOptions {
  /** As typed. */
  readonly sources: readonly string[];
  /** The identifier of the one package, instead of what its source tells. */
  readonly as: string | null;
  readonly dryRun: boolean;
}

/** What became of one package. */
interface ImportedPackage {
  readonly id: string;
  readonly source: string;
  readonly status: 'imported' | 'present';
  /** Whether a quick look at a package that is present tells that it is not what was imported. */
  readonly changed: boolean;
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
  readonly notes: readonly string[];
}

export interface ImportResult {
  readonly dryRun: boolean;
  readonly store: string;
  /** In the order in which they were published: dependencies first. */
  readonly packages: readonly ImportedPackage[];
  /** What they depend on and no store has. */
  readonly missing: readonly MissingDependency[];
}

/** Sources that are unpacked at once: while one is decompressed by a program, another is written. */
const LANES = 3;

/**
 * `import SOURCE…`: every source that no package was made of already is unpacked and checked in a private directory of the store, made complete and forced to disk; then each
 * package is published by one rename, dependencies first. Nothing is published when any source is refused; nothing half-made is ever seen. A dry
 * run does all but that in a temporary directory.
 * @throws `adopted-store`, `not-importable`, `package-exists`, `no-such-file`, `program-missing`, `usage`, `interrupted` before anything is published; what the file system refuses.
 */
export async function importPackages(context: Context, flags: PlaceFlags, options: ImportOptions): Promise<ImportResult> {
  const store = storePathOf(context, flags)[0] as string;
  const sources = [...new Set(options.sources.map((source) => pathOf(context, source)))];
  for (const source of sources) if (statusFollowed(source) === null) throw new NoxError('no-such-file', { path: source });
  const importing = { ...options, store };
  refuseAdopted(context, importing);
  const within = <T>(run: (staging: string) => Promise<T>): Promise<T> => (options.dryRun ? withTemporaryStaging(tmpdir(), run) : withStaging(store, context.now(), run));
  return await orElsewhere(context, importing, () => interruptible((pause) => within(async (staging) => {
    const [known] = await scanStores([store]);
    const imported = importedAmong(known?.packages ?? []);
    // Another identifier is wanted for what is there under its own only where the command says so.
    const present = await alreadyImported(sources, imported.filter(({ pkg }) => options.as === null || pkg.id === options.as));
    const unpacked = await unpackAll(context, { sources: sources.filter((source) => !present.has(source)), staging, pause });
    // A collector may have taken some of them meanwhile.
    const gone = [...present].filter(([, one]) => !isThere(one)).map(([source]) => source);
    for (const source of gone) present.delete(source);
    if (gone.length > 0) unpacked.push(...await unpackAll(context, { sources: gone, staging: `${staging}/gone`, pause }));
    const ids = identify(unpacked, options.as, present.size);
    await refuseMisplaced(ids, store, known);
    const finished = inOrder(finishPackages(unpacked, { providers: providersOf(known), neighbour: neighboursAmong(imported), ids, directoryMode: directoryModeOf(store) }));
    const states = new Map<FinishedPackage, ImportedPackage['status']>();
    for (const one of finished) {
      await pause();
      states.set(one, await stateOf(one, store, states));
    }
    const fresh = finished.filter((one) => states.get(one) === 'imported');
    const own = new Map(await Promise.all(finished.map(async (one) => [one, await ownDescription(one)] as const)));
    if (!options.dryRun) {
      await publishAll(context, { store, fresh, pause });
      for (const path of [...[...present.values()].map(({ pkg }) => pkg.path), ...finished.filter((one) => states.get(one) === 'present').map(({ id }) => `${store}/${id}`)]) mendMode(path, store);
    }
    const described = [...[...present].map(([source, one]) => describePresent(source, one)), ...finished.map((one) => describe(one, states.get(one) ?? 'present', own.get(one)?.notes ?? []))];
    const packages: ImportedPackage[] = [];
    for (const one of described) packages.push({ ...one, changed: one.status === 'present' && (await looksChanged(`${store}/${one.id}`)) });
    const asked = [...finished.map((one) => ({ id: one.id, metadata: own.get(one)?.metadata ?? one.metadata })), ...[...present.values()].map(({ pkg }) => pkg)];
    return { dryRun: options.dryRun, store, packages, missing: missingDependencies(asked, [...(known === undefined ? [] : [known]), ...(await scanStores(storePathOf(context, flags).slice(1)))]) };
  })));
}

/** In the order of the sources. All lanes have ended when this returns or throws, so that nobody writes any longer. */
async function unpackAll(context: Context, { sources, staging, pause }: { readonly sources: readonly string[]; readonly staging: string; readonly pause: Pause }): Promise<UnpackedPackage[]> {
  makeDirectories(staging);
  const results: UnpackedPackage[][] = [];
  const failures: Array<{ readonly at: number; readonly error: unknown }> = [];
  const often = paced(pause);
  let [next, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (failures.length === 0 && next < sources.length) {
      const at = next;
      next += 1;
      const workshop = `${staging}/${at}`;
      try {
        makeDirectory(workshop, 0o700);
        results[at] = await unpackSource({ source: sources[at] as string, workshop, path: context.environment['PATH'] ?? '/usr/bin:/bin', limits: LIMITS, pause: often });
      } catch (error) {
        failures.push({ at, error });
      }
      done += 1;
      context.progress.update('unpacking', done, sources.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const [first] = failures.sort((a, b) => a.at - b.at);
  await pause();
  if (first !== undefined) throw first.error;
  return results.flat();
}

function identify(unpacked: readonly UnpackedPackage[], as: string | null, present: number): Map<UnpackedPackage, string> {
  const count = unpacked.length + present;
  if (as !== null && count !== 1) throw new NoxError('usage', { problem: `--as names one package, and there are ${count}`, command: null });
  const ids = new Map(unpacked.map((one) => [one, as ?? one.id]));
  for (const [{ source }, id] of ids) {
    const problem = identifierProblem(id) ?? (id.includes(':') ? 'it holds ":", which does not fit into a path variable' : /[\u0000-\u001f\u007f-\u009f]/.test(id) ? 'it holds control characters' : null);
    if (problem !== null) throw refuseOf(source)(null, `"${id}" cannot be its identifier: ${problem}; give another with --as`);
  }
  return ids;
}

/** An identifier that the store's patterns do not cover would be published and never found. */
async function refuseMisplaced(ids: ReadonlyMap<UnpackedPackage, string>, store: string, known: ScannedStore | undefined): Promise<void> {
  for (const [{ source }, id] of ids) {
    if (!(await isPackagePath(id, known?.config.patterns ?? null))) throw refuseOf(source)(null, `the store "${store}" has no packages at "${id}"${known?.config.patterns ? `, only at ${known.config.patterns.join(', ')}` : ': they are one level deep'}; give another identifier with --as`);
  }
}

function providersOf(known: ScannedStore | undefined): StoreProviders {
  const names = packagesByName(known?.packages ?? []);
  return (name) => (names.get(name) ?? []).map(({ pkg, version: own }) => ({ package: pkg.name, version: own, isStored: true }));
}

/** Nobody writes into a package, but a group that collects a store must be able to remove one. */
function directoryModeOf(store: string): number {
  return ((statusFollowed(store)?.mode ?? 0) & 0o020) !== 0 ? 0o775 : 0o555;
}

/** Dependencies before what needs them; in a circle, as the sources were given. */
function inOrder(finished: readonly FinishedPackage[]): FinishedPackage[] {
  const byName = new Map(finished.map((one) => [one.metadata.name ?? one.id, one]));
  const ordered = new Set<FinishedPackage>();
  const begun = new Set<FinishedPackage>();
  // Without recursion: chains of dependencies may be long.
  for (const first of finished) {
    const stack = [first];
    for (let one = stack.at(-1); one !== undefined; one = stack.at(-1)) {
      const before = begun.has(one) ? [] : (one.metadata.depends ?? []).flatMap((text) => byName.get(dependencyName(text)) ?? []).filter((other) => !begun.has(other) && other !== one);
      begun.add(one);
      if (before.length === 0) {
        ordered.add(one);
        stack.pop();
      } else stack.push(...before.toReversed());
    }
  }
  return [...ordered];
}

/** Whether the store has the package already. @throws `package-exists` for other content under its identifier, in the store or in the same command. */
async function stateOf(one: FinishedPackage, store: string, before: ReadonlyMap<FinishedPackage, string>): Promise<ImportedPackage['status']> {
  const { id, digest, unpacked: { source, sha256 } } = one;
  const refused = new NoxError('package-exists', { id, store, source });
  for (const other of before.keys()) {
    if (other.id !== id) continue;
    if (other.digest === digest) return 'present';
    throw refused;
  }
  const path = `${store}/${id}`;
  const found = statusFollowed(path);
  if (found === null) return 'imported';
  if (found.type !== 'directory') throw refused;
  // The same archive may come out otherwise beside other packages, which its links lead into.
  const provenance = provenanceOf(path);
  if (sha256 !== null && provenance?.sha256 === sha256 && sealedContents(path) !== null) return 'present';
  const theirs = provenance === null ? digestOf(await readContents(path, id)) : await contentDigest(path, id);
  if (theirs === digest) return 'present';
  throw refused;
}

async function publishAll(context: Context, { store, fresh, pause }: { readonly store: string; readonly fresh: readonly FinishedPackage[]; readonly pause: Pause }): Promise<void> {
  const stamp: ImportStamp = { importedAt: context.now().toISOString(), user: userName(), uid: process.getuid?.() ?? 0, host: hostname(), nox: version };
  for (const one of fresh) writeState(one, basename(one.unpacked.source), stamp);
  const count = fresh.reduce((sum, { contents }) => sum + contents.length, 0);
  if (!areMany(count) || !syncFileSystem(store)) for (const one of fresh) await syncPackage(one);
  syncPoint(context, 'before-publish');
  await pause();
  const published: string[] = [];
  try {
    for (const one of fresh) {
      await publish(one, store);
      published.push(one.id);
      context.progress.update('publishing', published.length, fresh.length);
    }
  } catch (error) {
    if (published.length > 0 && isAnyNoxError(error)) context.say(`imported before that: ${published.join(', ')}`);
    throw error;
  } finally {
    for (const parent of new Set(published.map((id) => posix.dirname(`${store}/${id}`)))) syncDirectory(parent);
  }
}

/** A rename onto a directory that is not empty fails: who comes second looks at what the first has published. */
async function publish(one: FinishedPackage, store: string): Promise<void> {
  const target = `${store}/${one.id}`;
  makeDirectories(posix.dirname(target));
  try {
    rename(one.unpacked.root, target);
  } catch (error) {
    if (!failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
    await stateOf(one, store, new Map());
    mendMode(target, store);
    return;
  }
  setMode(target, storedDirectoryMode(one.unpacked.rootMode, directoryModeOf(store)));
}

/** An import that was killed right after its rename left the package as it was in staging. */
function mendMode(path: string, store: string): void {
  const found = status(path);
  if (found?.type !== 'directory' || found.uid !== process.getuid?.() || orNull(() => provenanceOf(path)) === null) return;
  const mode = storedDirectoryMode(found.mode, directoryModeOf(store));
  if (mode !== found.mode) setMode(path, mode);
}

function describePresent(source: string, { pkg, provenance: { notes }, digest, files, bytes }: PresentPackage): Omit<ImportedPackage, 'changed'> {
  return { id: pkg.id, source, status: 'present', digest, files, bytes, notes };
}

/** What the package's own files say of it, which goes before what its archive told, and what is to be told of them. */
interface OwnDescription {
  readonly metadata: Metadata;
  readonly notes: readonly string[];
}

async function ownDescription({ metadata, unpacked: { root } }: FinishedPackage): Promise<OwnDescription> {
  const id = posix.basename(root);
  const readings = await readAllMetadata({ store: posix.dirname(root), cache: null, progress: () => undefined }, [{ id, type: 'directory', entries: null }]);
  const { sources, problem, misspelt } = readings.get(id)?.files ?? NOTHING_READ.files;
  return { metadata: mergeMetadata([...sources, metadata]), notes: [...misspelt.map(misspeltText), ...(problem === null ? [] : [`it cannot be used: ${problem}`])] };
}

function describe({ id, digest, contents, notes, unpacked: { source } }: FinishedPackage, status: ImportedPackage['status'], told: readonly string[]): Omit<ImportedPackage, 'changed'> {
  return { id, source, status, digest, ...extentOf(contents), notes: [...notes, ...told] };
}
