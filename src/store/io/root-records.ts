/**
 * Root records in their directory. No record is ever changed: a command leaves a new one and then removes those that it makes
 * superfluous, so that of several commands at once none takes away what another has just said.
 */
import { createHash, randomBytes } from 'node:crypto';
import { failedWith, isAnyNoxError, NoxError } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import { removeEntry } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { publishFile } from '../../fs/draft.js';
import { hasAbandoned, type Owner, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { readSealed, seal } from '../../fs/sealed.js';
import { storeRoots } from '../../layout.js';
import { type RootRecord, rootRecordKind } from '../root-record.js';
import type { StoreConfig } from '../store-config.js';

/** Where the root records of a store are. */
export const rootsDirectory = (store: string, config: StoreConfig): string => config.roots ?? storeRoots(store);

/** What the names of one home's records for one store begin with. A copy of a home elsewhere has records of its own. */
export function recordKey({ homeId, physicalHome, store }: Pick<RootRecord, 'homeId' | 'physicalHome' | 'store'>): string {
  const place = createHash('sha256').update(toBytes(`${physicalHome}\0${store}`)).digest('hex').slice(0, 16);
  return `${homeId.replaceAll(/[^A-Za-z0-9-]/g, '-')}.${place}.`;
}

/** Errors with which a directory refuses an entry, or is not there. */
const REFUSED = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'] as const;

/** Leaves a record, on disk when this returns; its path, or `null` where none can be left. */
export function leaveRecord(directory: string, record: RootRecord): string | null {
  const name = `${recordKey(record)}${record.complete ? randomBytes(8).toString('hex') : ownedName(thisProcess())}.json`;
  try {
    publishFile(`${directory}/${name}`, seal(rootRecordKind, record), { mode: 0o644 });
    return `${directory}/${name}`;
  } catch (error) {
    if (!failedWith(error, ...REFUSED)) throw error;
    return null;
  }
}

const ownerOf = (name: string, key: string): Owner | null => ownerOfName(name.slice(key.length, -'.json'.length));

/** The complete records of a home for a store, and the incomplete ones whose command is gone: what a new complete one replaces. */
export function replaceableRecords(directory: string, key: string, now: Date): string[] {
  return ownNames(directory, key).filter((name) => {
    const owner = ownerOf(name, key);
    return owner === null || hasAbandoned(owner, status(`${directory}/${name}`)?.mtimeMs, now);
  }).map((name) => `${directory}/${name}`);
}

/** The number of complete records of a home for a store. */
export function countCompleteRecords(directory: string, key: string): number {
  return ownNames(directory, key).filter((name) => ownerOf(name, key) === null).length;
}

/**
 * The paths of all records that speak for a home, be it of a former home at the same path: the user's own ones that name it, and
 * those with its key, readable or not.
 */
export function recordsSpeakingFor(directory: string, { home, physicalHome, uid, ...rest }: RootRecord): string[] {
  const named = (readRecords(directory) ?? []).flatMap((reading) => ('record' in reading && reading.record.uid === uid && [home, physicalHome].includes(reading.record.home) ? [reading.path] : []));
  return [...new Set([...named, ...ownNames(directory, recordKey({ ...rest, physicalHome })).map((name) => `${directory}/${name}`)])];
}

function ownNames(directory: string, key: string): string[] {
  try {
    return (readDirectoryIfAny(directory) ?? []).map(({ name }) => name).filter((name) => name.startsWith(key) && name.endsWith('.json'));
  } catch (error) {
    if (failedWith(error, ...REFUSED)) return [];
    throw error;
  }
}

/** Removes a record; false when it stands and cannot be removed. */
export function discard(path: string): boolean {
  try {
    removeEntry(path);
    return true;
  } catch (error) {
    if (failedWith(error, ...REFUSED)) return false;
    throw error;
  }
}

/** One entry of the records directory: a record, or why it cannot be used and whose it is. */
export type RecordReading =
  | { readonly path: string; readonly record: RootRecord }
  | { readonly path: string; readonly problem: string; readonly uid: number | null };

const ROUNDS = 200;

/**
 * All records of a store; `null` when there is no records directory. While others replace theirs, a listing may hold neither the
 * old nor the new one, so it is repeated until it shows nothing new; a record seen in any round counts.
 * @throws `not-permitted`, `file-system`, `damaged` when it does not come to rest.
 */
export function readRecords(directory: string): RecordReading[] | null {
  const seen = new Map<string, RecordReading>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const entries = readDirectoryIfAny(directory);
    if (entries === null) return round === 0 ? null : [...seen.values()];
    const fresh = entries.map(({ name }) => name).filter((name) => name.endsWith('.json') && !name.startsWith('.') && !seen.has(name));
    if (fresh.length === 0 && round > 0) return [...seen.values()];
    for (const name of fresh) {
      const reading = readRecord(`${directory}/${name}`);
      if (reading !== null) seen.set(name, reading);
    }
  }
  throw new NoxError('damaged', { path: directory, problem: 'its records change faster than they can be read' });
}

/** One record; `null` for one that is gone. */
export function readRecord(path: string): RecordReading | null {
  let uid: number | null = null;
  try {
    const found = status(path);
    if (found === null) return null;
    uid = found.uid;
    const record = readSealed(rootRecordKind, path);
    if (record === null) return null;
    if (uid !== record.uid && uid !== 0) return { path, uid, problem: `it says it is of user ${record.uid} and belongs to user ${uid}` };
    return { path, record };
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    return { path, uid, problem: error.message };
  }
}
