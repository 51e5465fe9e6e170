import { readDirectory, status } from '../../fs/disk.js';

/** What removing a tree frees. */
export interface Size {
  /** Entries that are not directories. */
  readonly files: number;
  readonly inodes: number;
  /** Bytes that the file system gives back: a file with links outside the tree gives none. */
  readonly bytes: number;
}

/** Measures a tree without following links. @throws when a directory cannot be read. */
export function measure(root: string): Size {
  const links = new Map<string, { left: number; bytes: number }>();
  let [files, inodes, bytes] = [0, 0, 0];
  visit(root);
  return { files, inodes, bytes };

  function visit(path: string): void {
    const found = status(path);
    if (found === null) return;
    if (found.type === 'directory') {
      inodes += 1;
      bytes += found.allocated;
      for (const { name } of readDirectory(path)) visit(`${path}/${name}`);
      return;
    }
    files += 1;
    const key = `${found.dev}:${found.ino}`;
    const known = links.get(key) ?? { left: found.nlink, bytes: found.allocated };
    known.left -= 1;
    links.set(key, known);
    if (known.left === 0) {
      inodes += 1;
      bytes += known.bytes;
    }
  }
}
