/** What nox keeps in a store for all its users, whatever the umask of the command that makes it. */
import { dirname } from 'node:path';
import { makeDirectories, setMode, writeNewFile } from '../../fs/change.js';
import { status, statusFollowed } from '../../fs/disk.js';

/** Makes a directory of a store's state, and what is missing above it, as open as the store: others collect it, and read marks. */
export function makeStateDirectory(store: string, directory: string): void {
  const mode = (statusFollowed(store)?.mode ?? 0o755) & 0o2777;
  for (const path of [dirname(directory), directory]) {
    if (status(path) !== null) continue;
    makeDirectories(path);
    setMode(path, mode);
  }
}

/** Writes a new file that all who get to it may read; on disk when this returns. */
export function writeReadable(path: string, content: string): void {
  writeNewFile(path, content, 0o644);
  setMode(path, 0o644);
}
