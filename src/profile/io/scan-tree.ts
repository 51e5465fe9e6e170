import { NoxError } from '../../errors.js';
import { readDirectory, readLink } from '../../fs/disk.js';
import { byName } from '../../fs/bytes.js';
import type { TreeDirectory, TreeNode } from '../farm/tree.js';

/**
 * Reads the whole tree of a package: names, types and link texts; no file is opened and no link is followed.
 * @throws `unreadable-package` naming every directory that could not be read: a farm is never silently smaller.
 */
export function scanTree(root: string, id: string): TreeDirectory {
  const unreadable: string[] = [];
  let first: unknown;
  const tree = scan(root);
  if (unreadable.length > 0) throw new NoxError('unreadable-package', { id, directories: unreadable.sort(byName) }, first);
  return tree;

  function scan(path: string): TreeDirectory {
    const entries = new Map<string, TreeNode>();
    try {
      for (const { name, type } of readDirectory(path)) {
        const child = `${path}/${name}`;
        if (type === 'directory') entries.set(name, scan(child));
        else entries.set(name, type === 'symlink' ? { type, text: readLink(child) } : { type });
      }
    } catch (error) {
      if (!(error instanceof NoxError)) throw error;
      unreadable.push(path);
      first ??= error;
    }
    return { type: 'directory', entries };
  }
}
