import { leavesOf, type TreeDirectory, type TreeNode, under } from './tree.js';

/** What the user put into one generation, and the generation's absolute path. */
export interface UnmanagedTree {
  readonly tree: TreeDirectory;
  readonly path: string;
}

/** What the user put into one generation or several. */
export interface Unmanaged {
  readonly tree: TreeDirectory;
  /** The absolute path of the generation that holds the entry of a path. */
  holderOf(path: string): string;
}

/**
 * What is in either of two generations. Where both have something else at a path, what the first has stays; what that leaves out of the second
 * is `outOfView`, by path. `isSame` tells of two absolute paths whether they may stand for each other.
 */
export function joinUnmanaged(first: UnmanagedTree, second: UnmanagedTree, isSame: (a: string, b: string) => boolean): Unmanaged & { readonly outOfView: readonly string[] } {
  const ofSecond = new Set<string>();
  const outOfView: string[] = [];
  const tree = joined('', first.tree, second.tree);
  return { tree, holderOf: (path) => (ofSecond.has(path) ? second.path : first.path), outOfView };

  function joined(directory: string, one: TreeDirectory, other: TreeDirectory): TreeDirectory {
    const entries = new Map(one.entries);
    for (const [name, node] of other.entries) {
      const path = under(directory, name);
      const own = one.entries.get(name);
      if (own === undefined) {
        entries.set(name, node);
        markAll(path, node);
      } else if (own.type === 'directory' && node.type === 'directory') entries.set(name, joined(path, own, node));
      else if (!isSameNode(own, node) && !isSame(`${first.path}/${path}`, `${second.path}/${path}`)) outOfView.push(...leavesOf(path, node));
    }
    return { type: 'directory', entries };
  }

  function markAll(path: string, node: TreeNode): void {
    ofSecond.add(path);
    if (node.type === 'directory') for (const [name, child] of node.entries) markAll(under(path, name), child);
  }
}

const isSameNode = (a: TreeNode, b: TreeNode): boolean => a.type === 'symlink' && b.type === 'symlink' && a.text === b.text;
