import { type PlaceFlags, place, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { makeDirectories, setMode, syncDirectory } from '../fs/change.js';
import { status, statusFollowed } from '../fs/disk.js';
import { keepReserve } from '../fs/reserve.js';
import { storeReserve, storeRoots, storeState } from '../layout.js';
import type { TreeKind } from '../store/adoption.js';
import { parseStoreConfig, patternProblem, type StoreConfig } from '../store/store-config.js';
import { writeStoreFile } from '../store/io/store-file.js';
import { STORE_FILE } from '../store/io/scan.js';
import { readYamlFile } from '../store/io/yaml-file.js';
import { refuseStorePlace } from './refuse-place.js';
import { adoptTree } from './adopt-tree.js';

export interface InitOptions {
  /** The directory; the first store of the path when it is absent. */
  readonly directory: string | undefined;
  readonly scope: 'private' | 'shared' | null;
  readonly patterns: readonly string[];
  /** The tree of another package manager that is to be a store. */
  readonly adopt?: string | undefined;
  readonly dryRun: boolean;
}

/** What `init` does, or would do. */
export interface InitResult {
  readonly dryRun: boolean;
  readonly path: string;
  readonly scope: 'private' | 'shared' | null;
  readonly patterns: readonly string[] | null;
  /** `directory`, `nox-store.yaml` and `.nox/roots`, as far as they are new. */
  readonly created: readonly string[];
  /** Whose tree it is, and where that is; `null` for a store of nox. */
  readonly adopted: { readonly kind: TreeKind; readonly tree: string } | null;
}

/**
 * `init [DIR]`: makes the directory and its `nox-store.yaml`. A store that says the same already is left as it is. A
 * directory made for a private store is its owner's alone.
 * @throws `store-configured` when the file says otherwise, `usage` for a pattern or a place that cannot be used.
 */
export function initStore(context: Context, flags: PlaceFlags, options: InitOptions): InitResult {
  if (options.adopt !== undefined) return adoptTree(context, flags, { ...options, adopt: options.adopt });
  const { scope, patterns, dryRun } = options;
  const path = options.directory === undefined ? (storePathOf(context, flags)[0] as string) : place(context, options.directory);
  refuseStorePlace(context, path, flags);
  for (const pattern of patterns) {
    const problem = patternProblem(pattern);
    if (problem !== null) throw new NoxError('usage', { problem: `pattern "${pattern}": ${problem}`, command: `${context.bin} init` });
  }
  const file = `${path}/${STORE_FILE}`;
  const existing = statusFollowed(path);
  const configured = existing !== null && status(file) !== null;
  if (configured) refuseChange(file, options);
  // Every user of a shared store may leave a record of what they use, and nobody may remove another's.
  const roots = scope === 'shared' && status(storeRoots(path)) === null;
  const created = [...(existing === null ? ['directory'] : []), ...(configured ? [] : [STORE_FILE]), ...(roots ? ['.nox/roots'] : [])];
  if (!dryRun && !configured) {
    makeDirectories(path);
    if (existing === null && scope === 'private') setMode(path, 0o700);
    writeStoreFile(path, { scope, patterns });
    makeDirectories(storeState(path));
    keepReserve(storeReserve(path));
    syncDirectory(path);
  }
  if (!dryRun && roots) {
    makeDirectories(storeRoots(path));
    setMode(storeRoots(path), 0o1777);
  }
  return { dryRun, path, scope, patterns: patterns.length === 0 ? null : patterns, created, adopted: null };
}

/** What the options do not mention may be anything. */
function refuseChange(path: string, { scope, patterns }: InitOptions): void {
  const { scope: has, patterns: hasPatterns } = configurationOf(path);
  const problems = [
    scope !== null && scope !== has ? `its scope is ${has ?? 'not set'}` : null,
    patterns.length > 0 && JSON.stringify(patterns) !== JSON.stringify(hasPatterns) ? `its patterns are ${(hasPatterns ?? ['not set']).join(', ')}` : null,
  ].filter((problem) => problem !== null);
  if (problems.length === 0) return;
  const missing = problems.length === 1 && scope !== null && has === null ? { missing: `scope: ${scope}` } : {};
  throw new NoxError('store-configured', { path, problem: problems.join(' and '), ...missing });
}

function configurationOf(path: string): StoreConfig {
  const reading = readYamlFile(path);
  if (reading !== null && reading.problem !== null) throw new NoxError('store-configured', { path, problem: reading.problem });
  const { config, problem } = parseStoreConfig(reading?.value ?? null);
  if (problem !== null) throw new NoxError('store-configured', { path, problem });
  return config;
}
