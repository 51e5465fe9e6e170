/** Directories whose entries are named by the process that works on them. */
import { isAnyNoxError } from '../errors.js';
import { removeTree } from './change.js';
import { readDirectoryIfAny, status } from './disk.js';
import { isGone, ownerOfName } from './owner.js';

/** Milliseconds after which what a process of another machine left under construction is taken for abandoned. */
const ABANDONED = 7 * 24 * 3600 * 1000;

/** Paths of what killed commands left; what a living or unknown process works on is not among them. */
export function abandonedEntries(directory: string, now: Date): string[] {
  return (readDirectoryIfAny(directory) ?? []).flatMap(({ name }) => {
    const path = `${directory}/${name}`;
    const owner = ownerOfName(name);
    if (owner === null) return [];
    const age = now.getTime() - (status(path)?.mtimeMs ?? now.getTime());
    return isGone(owner) || age > ABANDONED ? [path] : [];
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
