import { failedWith } from '../../errors.js';
import { readDirectory, readDirectoryIfAny, removeEntry, rename, status, syncDirectory, writeNewFile } from '../../fs/disk.js';
import { ownedName, thisProcess } from '../../fs/owner.js';
import { readSealed, seal } from '../../fs/sealed.js';
import { storeRoots } from '../../layout.js';
import { type RootRecord, rootRecordKind } from '../root-record.js';
import type { StoreConfig } from '../store-config.js';

/** Where the root records of a store are. */
export const rootsDirectory = (store: string, config: StoreConfig): string => config.roots ?? storeRoots(store);

const recordPath = (directory: string, homeId: string): string => `${directory}/${homeId}.json`;

/** What became of leaving a record: with `stale`, an older one stands that could be neither replaced nor removed. */
export type RecordOutcome = 'written' | 'impossible' | 'stale';

/**
 * Leaves a record, in place of this home's older one. Where that cannot be done, the older one is removed, since a record that
 * is not kept up would speak for a home that it does not know.
 */
export function writeRecord(directory: string, record: RootRecord): RecordOutcome {
  const path = recordPath(directory, record.homeId);
  const made = `${directory}/.${ownedName(thisProcess())}`;
  try {
    writeNewFile(made, seal(rootRecordKind, record), 0o644);
    rename(made, path);
    syncDirectory(directory);
    return 'written';
  } catch (error) {
    if (!failedWith(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT')) throw error;
    return removeRecord(directory, record.homeId) ? 'impossible' : 'stale';
  }
}

/** Removes the record of a home; false when one stands and cannot be removed. */
export function removeRecord(directory: string, homeId: string): boolean {
  const path = recordPath(directory, homeId);
  try {
    if (status(path) === null) return true;
    removeEntry(path);
    return true;
  } catch (error) {
    if (failedWith(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

/** One entry of the records directory: a record, or why it cannot be used. */
export type RecordReading = { readonly path: string; readonly record: RootRecord } | { readonly path: string; readonly problem: string };

/** All records of a store; `null` when there is no records directory. @throws `not-permitted`, `file-system`. */
export function readRecords(directory: string): RecordReading[] | null {
  if (readDirectoryIfAny(directory) === null) return null;
  return readDirectory(directory)
    .filter((entry) => entry.name.endsWith('.json') && !entry.name.startsWith('.'))
    .map((entry) => readRecord(`${directory}/${entry.name}`));
}

function readRecord(path: string): RecordReading {
  try {
    const found = status(path);
    const record = readSealed(rootRecordKind, path);
    if (record === null || found === null) return { path, problem: 'it went away while it was read' };
    if (found.uid !== record.uid && found.uid !== 0) return { path, problem: `it says it is of user ${record.uid} and belongs to user ${found.uid}` };
    return { path, record };
  } catch (error) {
    return { path, problem: (error as Error).message };
  }
}
