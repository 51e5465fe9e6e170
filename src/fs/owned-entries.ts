/** Directories whose entries are named by the process that works on them. */
import { isAnyNoxError } from '../errors.js';
import { removeTree } from './change.js';
import { readDirectoryIfAny, status } from './disk.js';
import { hasAbandoned, ownerOfName } from './owner.js';

/** Paths of what killed commands left; what a living or unknown process works on is not among them. */
export function abandonedEntries(directory: string, now: Date): string[] {
  return (readDirectoryIfAny(directory) ?? []).flatMap(({ name }) => {
    const path = `${directory}/${name}`;
    const owner = ownerOfName(name);
    return owner !== null && hasAbandoned(owner, status(path)?.mtimeMs, now) ? [path] : [];
  });
}

/** Removes what killed commands left. */
export function clearOwned(directory: string, now: Date): void {
  for (const path of abandonedEntries(directory, now)) removeIfPossible(path);
}

/** What resists (a file that a server keeps for another client, an immutable one) is no reason to refuse a change. */
export function removeIfPossible(path: string): void {
  try {
    removeTree(path);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
}
