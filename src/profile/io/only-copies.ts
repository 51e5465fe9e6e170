import { readLinkIfAny, status } from '../../fs/disk.js';
import { generation } from '../../layout.js';
import type { TreeDirectory } from '../farm/tree.js';
import { farmOrRefuse, type ProfileRef } from './read-profile.js';
import { isSameEntry } from './same-entry.js';
import { scanUnmanaged } from './unmanaged.js';

/** A file of the user's, by its generation and its path there. */
interface UnmanagedFile {
  readonly number: number;
  readonly path: string;
}

/**
 * The user's files in some generations that none of the others has: neither as the same file, by its inode, nor at the same path
 * with equal content. Directories are not counted: an empty one holds nothing to lose. @throws `unmanaged-unknown`.
 */
export function onlyCopies(ref: ProfileRef, going: readonly number[], staying: readonly number[]): UnmanagedFile[] {
  const lost = going.flatMap((number) => filesOf(ref, number));
  if (lost.length === 0) return [];
  const kept = new Set(staying.flatMap((number) => filesOf(ref, number)).map((file) => inodeOf(ref, file)));
  return lost.filter((file) => !kept.has(inodeOf(ref, file)) && !staying.some((number) => isSame(pathOf(ref, file), pathOf(ref, { ...file, number }))));
}

function filesOf(ref: ProfileRef, number: number): UnmanagedFile[] {
  const tree = generation(ref.home, ref.name, number);
  const found: UnmanagedFile[] = [];
  collect(scanUnmanaged(tree, farmOrRefuse(ref, number)), '');
  return found;

  function collect(directory: TreeDirectory, at: string): void {
    for (const [entry, node] of directory.entries) {
      if (node.type === 'directory') collect(node, `${at}${entry}/`);
      else found.push({ number, path: `${at}${entry}` });
    }
  }
}

const pathOf = ({ home, name }: ProfileRef, { number, path }: UnmanagedFile): string => `${generation(home, name, number)}/${path}`;

function inodeOf(ref: ProfileRef, file: UnmanagedFile): string {
  const found = status(pathOf(ref, file));
  return `${found?.dev}:${found?.ino}`;
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [readLinkIfAny(a), readLinkIfAny(b)];
  if (one !== null || other !== null) return one === other;
  return isSameEntry(a, b);
}
