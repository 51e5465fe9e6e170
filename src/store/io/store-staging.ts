import { failedWith, isAnyNoxError, orNull } from '../../errors.js';
import { makeDirectories, makeDirectory, removeEmptyDirectory, removeTree, setMode } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { clearOwned, removeIfPossible } from '../../fs/owned-entries.js';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { storeStaging, storeState, temporaryOwner, temporaryStaging } from '../../layout.js';
import { makeStateDirectory } from './state-directory.js';

/** Tries to make a directory whose parents another command may be removing, as empty. */
const TRIES = 20;

/**
 * Makes a private directory in a store for packages under construction, named by this process; runs, and removes it whatever happens, with
 * the directories above it that nothing else is in. First it removes what killed commands left. A store that is not there is made.
 * @throws `not-permitted`, `file-system`.
 */
export async function withStaging<T>(store: string, now: Date, run: (staging: string) => Promise<T>): Promise<T> {
  const isNew = status(store) === null;
  clearOwned(storeStaging(store), now);
  const staging = `${storeStaging(store)}/${ownedName(thisProcess())}`;
  for (let left = TRIES; ; left -= 1) {
    try {
      makeDirectories(store);
      makeStateDirectory(store, storeStaging(store));
      makeDirectory(staging, 0o700);
      setMode(staging, 0o700);
      break;
    } catch (error) {
      if (left === 0 || !failedWith(error, 'ENOENT')) throw error;
    }
  }
  try {
    return await run(staging);
  } finally {
    try {
      removeTree(staging);
      for (const path of [storeStaging(store), storeState(store), ...(isNew ? [store] : [])]) if (!removeEmptyDirectory(path)) break;
    } catch (error) {
      // What is left is removed by a later command; the outcome of this one stands.
      if (!isAnyNoxError(error)) throw error;
    }
  }
}

/**
 * The same in a directory for temporary files, where others may put whatever they like: only what the caller alone gets into is taken for what a killed command left.
 * @throws `not-permitted`, `file-system`.
 */
export async function withTemporaryStaging<T>(directory: string, run: (staging: string) => Promise<T>): Promise<T> {
  for (const { name } of orNull(() => readDirectoryIfAny(directory)) ?? []) {
    const owner = ownerOfName(temporaryOwner(name));
    if (owner !== null && isGone(owner) && isPrivate(`${directory}/${name}`)) removeIfPossible(`${directory}/${name}`);
  }
  const staging = temporaryStaging(directory, ownedName(thisProcess()));
  makeDirectory(staging, 0o700);
  try {
    setMode(staging, 0o700);
    return await run(staging);
  } finally {
    removeTree(staging);
  }
}

function isPrivate(path: string): boolean {
  const found = orNull(() => status(path));
  return found?.type === 'directory' && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

/** Removes what killed imports left in a store. */
export function clearStaging(store: string, now: Date): void {
  clearOwned(storeStaging(store), now);
}
