import type { FileReading } from '../../fs/calls.js';
import { readFileCapped, realPath } from '../../fs/disk.js';

/** Reads a file that symlinks in a directory may lead to; `leads-out` where it lies outside of that. */
export function readInside(directory: string, file: string, limit: number): FileReading {
  try {
    const [root, path] = [realPath(directory), realPath(`${directory}/${file}`)];
    // A link that leads nowhere is none; one that leads to itself is no file.
    if (root === null || path === null) return readFileCapped(`${directory}/${file}`, limit, { follow: true }) === null ? null : 'not-a-file';
    return path.startsWith(`${root}/`) ? readFileCapped(path, limit, { follow: false }) : 'leads-out';
  } catch (error) {
    return error as Error;
  }
}
