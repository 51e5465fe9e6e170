import { dirname } from 'node:path';
import { isAnyNoxError } from '../../errors.js';
import { readDirectory, readLink, realPath, status } from '../../fs/disk.js';
import type { TreeDirectory } from '../../profile/farm/tree.js';

/** Where the links of a tree already read lead, as absolute paths, `..` and links in them unresolved; `root` is the tree's own path. */
export function textTargets(tree: TreeDirectory, root: string): string[] {
  const targets: string[] = [];
  const visit = (directory: TreeDirectory, at: string): void => {
    for (const [name, node] of directory.entries) {
      if (node.type === 'directory') visit(node, `${at}/${name}`);
      else if (node.type === 'symlink') targets.push(targetOf(at, node.text));
    }
  };
  visit(tree, root);
  return targets;
}

/** An absolute path of a link's target. Not normalized: a `..` behind another link leads elsewhere than it reads. */
const targetOf = (directory: string, text: string): string => (text.startsWith('/') ? text : `${directory}/${text}`);

interface LinksBelow {
  /** Absolute paths, unresolved, of all that links lead to. */
  readonly targets: readonly string[];
  /** Directories that could not be read. */
  readonly unreadable: readonly string[];
  /** True when there was more than is looked at. */
  readonly tooMany: boolean;
}

/** Entries after which a tree that nox did not make is left alone: it may be a link to a whole file system. */
const MOST_ENTRIES = 500_000;

/**
 * Every link of a tree that nox did not make: the entry itself when it is a link, and all links below it, or below the directory
 * that it leads to. Links to directories below are not entered: they are targets.
 */
export function linksBelow(root: string): LinksBelow {
  const targets: string[] = [];
  const unreadable: string[] = [];
  let left = MOST_ENTRIES;
  const found = status(root);
  if (found?.type === 'symlink') {
    targets.push(targetOf(dirname(root), readLink(root)));
    const physical = physicalOf(root);
    if (physical !== null && status(physical)?.type === 'directory') visit(physical);
  } else if (found?.type === 'directory') visit(root);
  return { targets, unreadable, tooMany: left <= 0 };

  function physicalOf(path: string): string | null {
    try {
      return realPath(path);
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      unreadable.push(path);
      return null;
    }
  }

  function visit(directory: string): void {
    try {
      for (const { name, type } of readDirectory(directory)) {
        if ((left -= 1) <= 0) return;
        const child = `${directory}/${name}`;
        if (type === 'directory') visit(child);
        else if (type === 'symlink') targets.push(targetOf(directory, readLink(child)));
      }
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      unreadable.push(directory);
    }
  }
}
