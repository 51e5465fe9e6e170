import * as path from 'node:path';
import { isAnyNoxError } from '../../errors.js';
import { readDirectory, readLink, realPath, status } from '../../fs/disk.js';
import type { TreeDirectory } from '../../profile/farm/tree.js';

/** Where the links of a tree already read lead, as absolute paths; `root` is the tree's own path. */
export function textTargets(tree: TreeDirectory, root: string): string[] {
  const targets: string[] = [];
  const visit = (directory: TreeDirectory, at: string): void => {
    for (const [name, node] of directory.entries) {
      if (node.type === 'directory') visit(node, `${at}/${name}`);
      else if (node.type === 'symlink') targets.push(path.resolve(at, node.text));
    }
  };
  visit(tree, root);
  return targets;
}

export interface LinksBelow {
  /** Absolute paths, unresolved, of all that links lead to; where the tree itself is behind a link, its physical path, too. */
  readonly targets: readonly string[];
  readonly unreadable: readonly string[];
}

/**
 * Every link of a tree that nox did not make: the entry itself when it is a link, and all links below it, or below the directory
 * that it leads to. Links to directories below are not entered: they are targets.
 */
export function linksBelow(root: string): LinksBelow {
  const targets: string[] = [];
  const unreadable: string[] = [];
  const found = status(root);
  if (found?.type === 'symlink') {
    targets.push(path.resolve(path.dirname(root), readLink(root)));
    const physical = realPath(root);
    if (physical !== null) {
      targets.push(physical);
      if (status(physical)?.type === 'directory') visit(physical);
    }
  } else if (found?.type === 'directory') visit(root);
  return { targets, unreadable };

  function visit(directory: string): void {
    try {
      for (const { name, type } of readDirectory(directory)) {
        const child = `${directory}/${name}`;
        if (type === 'directory') visit(child);
        else if (type === 'symlink') targets.push(path.resolve(directory, readLink(child)));
      }
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      unreadable.push(directory);
    }
  }
}
