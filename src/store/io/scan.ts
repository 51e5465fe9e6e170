import { isNoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { type Entry, readDirectory, statusFollowed, writableOrWhy } from '../../fs/disk.js';
import { inferNameAndVersion, parsePackageId } from '../identifier.js';
import { mergeMetadata, requestProblem } from '../metadata.js';
import { easybuildDepends, type EasybuildRecord } from '../metadata-easybuild.js';
import { spackDepends, type SpackRecord } from '../metadata-spack.js';
import type { ListedPackage, Package, Store } from '../package.js';
import { PLAIN_STORE, parseStoreConfig, type StoreConfig } from '../store-config.js';
import { type Candidate, findCandidates, type StoreWarning } from './candidates.js';
import { resolveLinks, type Target } from './links.js';
import { NOTHING_READ, type PackageReading, readAllMetadata } from './read-all-metadata.js';
import { readYamlFile } from './yaml-file.js';

export type { StoreWarning } from './candidates.js';

/** A store with what its scan has to say. */
export interface ScannedStore extends Store {
  readonly config: StoreConfig;
  /** Why `nox-store.yaml` cannot be used, or `null`. */
  readonly configProblem: string | null;
  readonly warnings: readonly StoreWarning[];
  /** Why it cannot be said what the store holds, or whether the caller may write it; then it counts as not writable. Else `null`. */
  readonly unsure: string | null;
  /** The directories, relative to the store, in which packages were looked for; the store itself is the empty path. */
  readonly parents: readonly string[];
}

export interface ScanOptions {
  /** The user's cache directory, or `null` to go without. */
  readonly cache?: string | null;
  /** Called now and then with the number of packages read of one store. */
  progress?(done: number, total: number): void;
}

export const STORE_FILE = 'nox-store.yaml';
/** Bytes; a store may describe thousands of packages in one file. */
const STORE_FILE_LIMIT = 1 << 20;

/**
 * Reads stores, each of them as far as it can be read: what cannot is a warning, and a package whose metadata cannot be used
 * is there with its `problem`. Costs one directory read a package, and an open for each metadata file that exists.
 */
export async function scanStores(paths: readonly string[], options: ScanOptions = {}): Promise<ScannedStore[]> {
  const stores: ScannedStore[] = [];
  for (const path of paths) stores.push((await scanOpened(await openStore(path), options)).store);
  return stores;
}

/** A store whose own directory is read, and of whose packages the names are known. */
interface OpenedStore {
  /** The store but for its packages. */
  readonly store: ScannedStore;
  readonly problem: string | null;
  /** What each entry that may be a package is. */
  readonly targets: ReadonlyMap<string, Target>;
  /** The packages that are no aliases. */
  readonly own: readonly Candidate[];
}

/** Reads of a store what {@link scanOpened} goes on from. */
export async function openStore(path: string): Promise<OpenedStore> {
  const warnings: StoreWarning[] = [];
  const warn = (warning: StoreWarning): void => void warnings.push(warning);
  const entries = listStore(path, warn);
  const answer = entries === 'missing' ? false : writableOrWhy(path);
  const unsure = typeof answer === 'string' ? answer : null;
  if (entries === 'missing' || 'unreadable' in entries) {
    const unread = answer === true && entries !== 'missing' ? entries.unreadable : unsure;
    const store = { path, writable: false, missing: entries === 'missing', packages: [], config: PLAIN_STORE, configProblem: null, warnings, unsure: unread, parents: [] };
    return { store, problem: null, targets: new Map(), own: [] };
  }
  const { config, problem } = entries.some(({ name }) => name === STORE_FILE) ? readStoreFile(path, warn) : { config: PLAIN_STORE, problem: null };
  const { candidates, parents } = await findCandidates({ path, entries, config, warn });
  // A tree of another package manager is that one's to change, whoever owns it.
  const writable = config.adopted === null && answer === true;
  const targets = resolveLinks(path, candidates, warn);
  const own = candidates.filter(({ id }) => targets.get(id)?.kind === 'itself');
  return { store: { path, writable, missing: false, packages: [], config, configProblem: problem, warnings, unsure, parents }, problem, targets, own };
}

/** Reads the packages of a store; `readings` has what was found of each that is no alias. */
export async function scanOpened(opened: OpenedStore, options: ScanOptions): Promise<{ readonly store: ScannedStore; readonly readings: ReadonlyMap<string, PackageReading> }> {
  const { path } = opened.store;
  const progress = (done: number, total: number): void => options.progress?.(done, total);
  const readings = await readAllMetadata({ store: path, cache: options.cache ?? null, progress }, opened.own);
  const drafts = new Map<string, Draft>();
  for (const { id } of opened.own) {
    const draft = describePackage(opened, id, readings.get(id));
    if (draft !== null) drafts.set(id, draft);
  }
  const packages = completeDepends([...drafts.values()]);
  return { store: { ...opened.store, packages: withAliases(opened, packages) }, readings };
}

/** The packages and the aliases of them, in order. */
export function withAliases<P extends ListedPackage>({ store, targets }: OpenedStore, packages: readonly P[]): P[] {
  const all = [...packages];
  if (targets.size > packages.length) {
    const byId = new Map(packages.map((pkg) => [pkg.id as string, pkg]));
    for (const [id, target] of targets) {
      const pkg = target.kind === 'alias' ? byId.get(target.of) : undefined;
      if (pkg !== undefined) all.push({ ...pkg, id: parsePackageId(id), path: `${store.path}/${id}`, aliasOf: pkg.id });
    }
  }
  return all.sort((a, b) => byName(a.id, b.id));
}

function listStore(path: string, warn: (warning: StoreWarning) => void): Entry[] | 'missing' | { readonly unreadable: string } {
  try {
    return readDirectory(path);
  } catch (error) {
    if (!isNoxError(error, 'file-system') && !isNoxError(error, 'not-permitted')) throw error;
    if (isNoxError(error, 'file-system') && statusFollowed(path) === null) {
      warn({ path, problem: 'this store does not exist' });
      return 'missing';
    }
    warn({ path, problem: `this store cannot be read: ${error.data.reason}` });
    return { unreadable: error.message };
  }
}

/** What a store says of itself, without its packages; problems as {@link scanStores} has them. */
export function readStoreConfig(path: string): { readonly config: StoreConfig; readonly problem: string | null } {
  return readStoreFile(path, () => undefined);
}

/** A store's own file. When it cannot be used, no package of the store can, since it may say anything of each. */
function readStoreFile(path: string, warn: (warning: StoreWarning) => void): { config: StoreConfig; problem: string | null } {
  const file = `${path}/${STORE_FILE}`;
  const refused = (problem: string): { config: StoreConfig; problem: string } => {
    warn({ path: file, problem });
    return { config: PLAIN_STORE, problem: `${STORE_FILE}: ${problem}` };
  };
  try {
    const reading = readYamlFile(file, STORE_FILE_LIMIT);
    if (reading === null) return { config: PLAIN_STORE, problem: null };
    if (reading.problem !== null) return refused(reading.problem);
    const { config, problem } = parseStoreConfig(reading.value);
    for (const key of config.unknown) warn({ path: file, problem: `unknown key "${key}" is ignored` });
    return problem === null ? { config, problem } : refused(problem);
  } catch (error) {
    if (isNoxError(error, 'file-system') || isNoxError(error, 'not-permitted')) return refused(error.message);
    throw error;
  }
}

/** A package and what only the whole store can complete. */
interface Draft {
  readonly pkg: Package;
  readonly spack: SpackRecord | null;
  readonly easybuild: EasybuildRecord | null;
  /** True when its dependencies are to come from such a record. */
  readonly recordDepends: boolean;
}

/** `null` for one that went away meanwhile. */
function describePackage({ store, problem }: OpenedStore, id: string, { files, failure }: PackageReading = NOTHING_READ): Draft | null {
  const path = `${store.path}/${id}`;
  if (failure !== null && isNoxError(failure, 'file-system') && statusFollowed(path) === null) return null;
  const inStore = store.config.packages.get(id) ?? { metadata: {}, problem: null, misspelt: [] };
  const sources = [inStore.metadata, ...files.sources];
  const metadata = mergeMetadata(sources);
  const inferred = inferNameAndVersion(id);
  const problems = [
    problem,
    inStore.problem === null ? null : `${STORE_FILE}: ${inStore.problem}`,
    failure === null ? null : failure.message,
    files.problem,
    path.includes(':') ? 'its path holds ":", which does not fit into a path variable' : null,
  ];
  const pkg: Package = {
    id: parsePackageId(id),
    store: store.path,
    path,
    name: metadata.name ?? inferred.name,
    // A name that is not the inferred one may still come with the version that the identifier tells.
    version: metadata.version ?? inferred.version,
    aliasOf: null,
    metadata,
    misspelt: [...inStore.misspelt, ...files.misspelt],
    problem: problems.find((one) => one !== null) ?? null,
  };
  return { pkg, spack: files.spack, easybuild: files.easybuild, recordDepends: !sources.some((source) => Object.hasOwn(source, 'depends')) };
}

/** Gives packages the dependencies that their records tell, by what else the store has. */
function completeDepends(drafts: readonly Draft[]): Package[] {
  const idOfHash = new Map<string, string>();
  for (const { pkg, spack } of drafts) if (spack !== null && spack.hash !== null) idOfHash.set(spack.hash, pkg.id);
  const idsOfName = new Map<string, string[]>();
  for (const { pkg: { id } } of drafts) {
    const name = id.split('/').at(-2) ?? '';
    const known = idsOfName.get(name);
    if (known === undefined) idsOfName.set(name, [id]);
    else known.push(id);
  }
  return drafts.map(({ pkg, spack, easybuild, recordDepends }) => {
    if (!recordDepends || (spack ?? easybuild) === null) return pkg;
    const depends = spack !== null ? spackDepends(spack, idOfHash) : easybuild === null ? [] : easybuildDepends(easybuild, (name) => idsOfName.get(name) ?? []);
    const metadata = { ...pkg.metadata, depends };
    return { ...pkg, metadata, problem: pkg.problem ?? requestProblem(metadata) };
  });
}
