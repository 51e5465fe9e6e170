/** Small files that appear whole: written beside, under a hidden name that tells the writing process, and renamed. */
import { isAnyNoxError, orNull } from '../errors.js';
import { removeEntry, rename, setMode, syncDirectory, writeNewFile } from './change.js';
import { readDirectoryIfAny } from './disk.js';
import { isGone, ownedName, ownerOfName, thisProcess } from './owner.js';

interface PublishOptions {
  /** Permission bits, whatever the umask; what that leaves of 0o666 when absent. */
  readonly mode?: number;
  /** Whether the name, too, must survive a power cut; true when absent. */
  readonly lasting?: boolean;
}

/** Puts a file in place, or replaces one; it is on disk when this returns, and when it throws no draft is left. */
export function publishFile(path: string, content: string | Buffer, { mode, lasting = true }: PublishOptions = {}): void {
  const directory = path.slice(0, path.lastIndexOf('/'));
  const made = `${directory}/.${ownedName(thisProcess())}`;
  writeNewFile(made, content);
  try {
    if (mode !== undefined) setMode(made, mode);
    rename(made, path);
  } catch (error) {
    removeQuietly(made);
    throw error;
  }
  if (lasting) syncDirectory(directory);
}

/** Removes the drafts of killed commands in a directory; what resists stays. */
export function clearDrafts(directory: string): void {
  for (const { name, type } of orNull(() => readDirectoryIfAny(directory)) ?? []) {
    const owner = name.startsWith('.') && type === 'file' ? ownerOfName(name.slice(1)) : null;
    if (owner !== null && isGone(owner)) removeQuietly(`${directory}/${name}`);
  }
}

/** Removes an entry if that is possible; what resists is left to the next command. */
export function removeQuietly(path: string): void {
  try {
    removeEntry(path);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
}
