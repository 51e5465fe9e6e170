import { readDirectory, type Status, status } from '../../fs/disk.js';

/** What removing a tree frees. */
export interface Size {
  /** Entries that are not directories. */
  readonly files: number;
  readonly inodes: number;
  /** Bytes that the file system gives back: a file with links outside the tree gives none. */
  readonly bytes: number;
}

/** Links to files seen so far, by which the last link to a file is known. */
export type LinksSeen = Map<string, { left: number; readonly bytes: number }>;

/** Measures trees that go together, without following links. @throws when a directory cannot be read. */
export function measure(...roots: readonly string[]): Size {
  return measureAfter(new Map(), roots);
}

/** Like {@link measure}, after others: a file that trees share counts with the last of them. `visited` gets each directory that is not empty. */
export function measureAfter(links: LinksSeen, roots: readonly string[], visited?: (path: string, found: Status) => void): Size {
  let [files, inodes, bytes] = [0, 0, 0];
  roots.forEach(visit);
  return { files, inodes, bytes };

  function visit(path: string): void {
    const found = status(path);
    if (found === null) return;
    if (found.type === 'directory') {
      inodes += 1;
      bytes += found.allocated;
      const entries = readDirectory(path);
      if (entries.length > 0) visited?.(path, found);
      for (const { name } of entries) visit(`${path}/${name}`);
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
