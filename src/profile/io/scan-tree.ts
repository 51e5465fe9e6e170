import { isAnyNoxError, NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { type Listing, readDirectoryCall } from '../../fs/calls.js';
import { type Entry, readDirectory, readLink } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { type TreeDirectory, type TreeNode, under } from '../farm/tree.js';
import type { TreeCache } from './tree-cache.js';

/** A package, or another tree, to read. */
export interface TreeRoot {
  /** Absolute path. */
  readonly path: string;
  /** How errors name it. */
  readonly id: string;
}

/**
 * Reads the whole tree of a package: names and types; no file is opened and no link is followed.
 * @throws `unreadable-package` naming every directory that could not be read: a farm is never silently smaller.
 */
export function scanTree(path: string, id: string): TreeDirectory {
  const unreadable = collectUnreadable(id);
  const tree = unread(path, id);
  scan(tree);
  unreadable.refuse();
  return tree.node;

  function scan(directory: Unread): void {
    try {
      for (const below of directory.fill(readDirectory(directory.path))) scan(below);
    } catch (error) {
      unreadable.add(directory.path, error);
      directory.fill([]);
    }
  }
}

/**
 * The trees of packages, in the order of their roots, each as {@link scanTree} gives it. Directories that `isWanted` are read
 * beforehand, many at once where the file system is slow; any other is read when it is asked for. `isWanted` is told the path in
 * the tree and how many of the trees have a directory or a link of that path. What the cache knows is not read.
 * @throws `unreadable-package`.
 */
export async function scanTrees(roots: readonly TreeRoot[], isWanted: (path: string, rivals: number) => boolean, cache: TreeCache): Promise<TreeDirectory[]> {
  const known = new Map(roots.map(({ path }) => [path, cache.known(path)]));
  const read = new Map(roots.map(({ path }) => [path, new Map<string, readonly Entry[]>()]));
  const tops = roots.map(({ path, id }) => unread(path, id));
  const unreadable = new Map(roots.map(({ id }) => [id, collectUnreadable(id)]));
  let level = tops.map((directory, at) => ({ directory, at: '', id: roots[at]?.id ?? '', root: directory.path }));
  while (level.length > 0) {
    const found: Array<{ directory: Unread; at: string; id: string; root: string }> = [];
    const rivals = new Map<string, number>();
    const listings = level.map(({ directory, at, id, root }): Listing => ({
      path: directory.path,
      take(entries) {
        read.get(root)?.set(at, entries);
        for (const below of directory.fill(entries)) found.push({ directory: below, at: under(at, below.name), id, root });
        for (const { name, type } of entries) if (type === 'directory' || type === 'symlink') rivals.set(under(at, name), (rivals.get(under(at, name)) ?? 0) + 1);
      },
      fail(error) {
        unreadable.get(id)?.add(directory.path, error);
        directory.fill([]);
      },
    }));
    const unknown = listings.filter(({ take }, which) => {
      const { root = '', at = '' } = level[which] ?? {};
      const entries = known.get(root)?.get(at);
      if (entries !== undefined) take(entries);
      return entries === undefined;
    });
    await drain(unknown, readDirectoryCall);
    level = found.filter(({ at }) => isWanted(at, rivals.get(at) ?? 0));
  }
  for (const one of unreadable.values()) one.refuse();
  await cache.keep(read);
  return tops.map(({ node }) => node);
}

/** A directory that may not have been read yet. */
interface Unread {
  readonly name: string;
  readonly path: string;
  /** Reads itself when its entries are asked for. */
  readonly node: TreeDirectory;
  /** Says what it holds; returns the directories in it. */
  fill(entries: readonly Entry[]): Unread[];
}

const FILE: TreeNode = { type: 'file' };
const OTHER: TreeNode = { type: 'other' };

function unread(path: string, id: string, name = ''): Unread {
  let known: ReadonlyMap<string, TreeNode> | null = null;
  const fill = (entries: readonly Entry[]): Unread[] => {
    const nodes = new Map<string, TreeNode>();
    const below: Unread[] = [];
    for (const { name: child, type } of entries) {
      if (type === 'directory') {
        const directory = unread(`${path}/${child}`, id, child);
        below.push(directory);
        nodes.set(child, directory.node);
      } else nodes.set(child, type === 'symlink' ? linkAt(`${path}/${child}`, id) : type === 'file' ? FILE : OTHER);
    }
    known = nodes;
    return below;
  };
  const node: TreeDirectory = {
    type: 'directory',
    get entries() {
      if (known === null) fill(readOrRefuse(path, id, () => readDirectory(path)));
      return known ?? new Map<string, TreeNode>();
    },
  };
  return { name, path, node, fill };
}

/** A symlink, whose text few ask for. */
function linkAt(path: string, id: string): TreeNode {
  let text: string | null = null;
  return {
    type: 'symlink',
    get text() {
      return (text ??= readOrRefuse(path.slice(0, path.lastIndexOf('/')), id, () => readLink(path)));
    },
  };
}

function readOrRefuse<T>(directory: string, id: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    throw new NoxError('unreadable-package', { id, directories: [directory] }, error);
  }
}

interface Unreadable {
  add(path: string, error: unknown): void;
  refuse(): void;
}

/** Collects what could not be read of one package, to refuse it all at once. */
function collectUnreadable(id: string): Unreadable {
  const directories: string[] = [];
  let first: unknown;
  return {
    add(path, error) {
      if (!isAnyNoxError(error)) throw error;
      directories.push(path);
      first ??= error;
    },
    refuse() {
      if (directories.length > 0) throw new NoxError('unreadable-package', { id, directories: directories.sort(byName) }, first);
    },
  };
}
