import { type PlaceFlags, place } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { makeDirectories, makeSymlink, syncDirectory } from '../fs/change.js';
import { isWritable, readDirectoryIfAny, readLinkIfAny, status, statusFollowed } from '../fs/disk.js';
import { TREE_NAMES } from '../store/adoption.js';
import { type FoundTree, recogniseTree } from '../store/io/recognise-tree.js';
import { STORE_FILE, readStoreConfig } from '../store/io/scan.js';
import { formatStoreFile, type StoreFileContent, writeStoreFile } from '../store/io/store-file.js';
import { refuseStorePlace } from './refuse-place.js';
import type { InitOptions, InitResult } from './store-init.js';

/**
 * Makes a store of the tree of another package manager: by a `nox-store.yaml` in it, or, where a directory is given, by a store there with
 * a symlink to the tree. Nothing else of the tree is touched, then or later.
 * @throws `usage` for a place that is none for a store, `no-such-file`, `no-known-tree`, `adopt-elsewhere`, `store-configured`.
 */
export function adoptTree(context: Context, flags: PlaceFlags, options: InitOptions & { readonly adopt: string }): InitResult {
  const given = place(context, options.adopt);
  if (statusFollowed(given)?.type !== 'directory') throw new NoxError('no-such-file', { path: given });
  const tree = recogniseTree(given);
  if (tree === null) throw new NoxError('no-known-tree', { path: given });
  const store = options.directory === undefined ? tree.path : place(context, options.directory);
  refuseStorePlace(context, store, flags);
  return store === tree.path ? adoptInPlace(context, tree, options) : leadThere(tree, store, options);
}

function adoptInPlace(context: Context, tree: FoundTree, { scope, dryRun }: InitOptions): InitResult {
  const { path, kind, patterns } = tree;
  const content = { scope, patterns, adopted: kind };
  const result = (created: readonly string[]): InitResult => ({ dryRun, path, scope, patterns, created, adopted: { kind, tree: path } });
  if (isConfigured(path, content)) return result([]);
  // Nix deletes whatever in its store is not a path of its own.
  if (kind === 'nix' || !isWritable(path)) {
    const file = formatStoreFile(content).trimEnd().split('\n');
    throw new NoxError('adopt-elsewhere', { path, kind: TREE_NAMES[kind], reason: kind === 'nix' ? 'swept' : 'not-writable', file, instead: `${context.home}/nix/adopted/${kind}` });
  }
  if (!dryRun) {
    writeStoreFile(path, content);
    syncDirectory(path);
  }
  return result([STORE_FILE]);
}

/** A store of one's own whose only entry is a symlink to the tree; its identifiers begin with the name of that. */
function leadThere(tree: FoundTree, store: string, { scope, dryRun }: InitOptions): InitResult {
  const { path, kind } = tree;
  const patterns = tree.patterns.map((pattern) => `${kind}/${pattern}`);
  const content = { scope, patterns, adopted: kind };
  const made = statusFollowed(store) !== null;
  const link = `${store}/${kind}`;
  const linked = readLinkIfAny(link) === path;
  const configured = made && isConfigured(store, content);
  const strangers = made ? (readDirectoryIfAny(store) ?? []).filter(({ name }) => name !== STORE_FILE && name !== kind && !name.startsWith('.')) : [];
  if (!configured && strangers.length > 0) throw new NoxError('store-configured', { path: store, problem: 'it holds other packages already' });
  if (!linked && status(link) !== null) throw new NoxError('store-configured', { path: link, problem: 'it leads elsewhere' });
  if (!dryRun && !(linked && configured)) {
    makeDirectories(store);
    if (!linked) makeSymlink(path, link);
    if (!configured) writeStoreFile(store, content);
    syncDirectory(store);
  }
  const created = [...(made ? [] : ['directory']), ...(configured ? [] : [STORE_FILE]), ...(linked ? [] : [kind])];
  return { dryRun, path: store, scope, patterns, created, adopted: { kind, tree: path } };
}

/** True when the store says this already. @throws `store-configured` when it says something else. */
function isConfigured(store: string, { scope, patterns, adopted }: StoreFileContent): boolean {
  const file = `${store}/${STORE_FILE}`;
  if (status(file) === null) return false;
  const { config, problem } = readStoreConfig(store);
  const problems = [
    problem,
    config.adopted === adopted ? null : `it is ${config.adopted === null ? 'not adopted' : `adopted as ${config.adopted}`}`,
    JSON.stringify(config.patterns) === JSON.stringify(patterns) ? null : `its patterns are ${(config.patterns ?? ['not set']).join(', ')}`,
    scope === null || config.scope === scope ? null : `its scope is ${config.scope ?? 'not set'}`,
  ].filter((one) => one !== null);
  if (problems.length > 0) throw new NoxError('store-configured', { path: file, problem: problems.join(' and ') });
  return true;
}
