import type { EntryType } from '../../fs/entry.js';

/** A directory of a package (or of the unmanaged part of a profile) as it was read. */
export interface TreeDirectory {
  readonly type: 'directory';
  readonly entries: ReadonlyMap<string, TreeNode>;
}

export interface TreeSymlink {
  readonly type: 'symlink';
  readonly text: string;
}

export type TreeNode = TreeDirectory | TreeSymlink | { readonly type: Exclude<EntryType, 'directory' | 'symlink'> };

/** A place in a tree: the path from its root ('' for the root) and what is there. */
interface Place {
  readonly at: string;
  readonly node: TreeNode;
}

/** Links followed before a chain is taken for a loop, as Linux does. */
const MAX_LINKS = 40;

/** `a/b` for a directory `a` ('' for the root) and a name. */
export const under = (directory: string, name: string): string => (directory === '' ? name : `${directory}/${name}`);

/** The path of an entry; of a directory with something in it those of all that, and a slash at the end of one that has nothing. */
export function leavesOf(path: string, node: TreeNode): string[] {
  if (node.type !== 'directory') return [path];
  return node.entries.size === 0 ? [`${path}/`] : [...node.entries].flatMap(([name, child]) => leavesOf(under(path, name), child));
}

/** The directory of a relative path, '' at the top. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The last component of a path. */
export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Where a path of the tree leads when every symlink is followed, or `null` when it leads nowhere or out of the tree.
 * `root` is the tree's absolute path: an absolute link below it stays inside.
 */
export function resolveInside(tree: TreeDirectory, root: string, path: string): Place | null {
  let pending = path.split('/');
  let at: string[] = [];
  let budget = MAX_LINKS;
  while (pending.length > 0) {
    const [name, ...rest] = pending as [string, ...string[]];
    pending = rest;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (at.length === 0) return null;
      at = at.slice(0, -1);
      continue;
    }
    const directory = lookUp(tree, at);
    const child = directory?.type === 'directory' ? directory.entries.get(name) : undefined;
    if (child === undefined) return null;
    if (child.type !== 'symlink') {
      at = [...at, name];
      continue;
    }
    budget -= 1;
    if (budget < 0) return null;
    if (!child.text.startsWith('/')) pending = [...child.text.split('/'), ...pending];
    else if (child.text === root || child.text.startsWith(`${root}/`)) {
      at = [];
      pending = [...child.text.slice(root.length).split('/'), ...pending];
    } else return null;
  }
  const node = lookUp(tree, at);
  return node === null ? null : { at: at.join('/'), node };
}

function lookUp(tree: TreeDirectory, path: readonly string[]): TreeNode | null {
  let node: TreeNode = tree;
  for (const name of path) {
    const child: TreeNode | undefined = node.type === 'directory' ? node.entries.get(name) : undefined;
    if (child === undefined) return null;
    node = child;
  }
  return node;
}

/** The relative path that a link text at `path` names, lexically; `null` when it is absolute or leaves the tree. */
export function linkedPath(path: string, text: string): string | null {
  if (text.startsWith('/')) return null;
  const parts = path.split('/').slice(0, -1);
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') parts.push(name);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}
