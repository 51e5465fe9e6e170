/**
 * Space put aside for a disk that is full. There, removing and mostly renaming work, and that is enough to prune and to collect. Some
 * file systems need space even for a rename (btrfs with quota groups, ZFS): so a file is left while there is room, to be removed when there
 * is none.
 */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { failedWith, isAnyNoxError } from '../errors.js';
import { removeEntry, writeNewFile } from './change.js';
import { status } from './disk.js';
import { seal, type SealedKind } from './sealed.js';

/** Bytes. btrfs reserves some 180 kB of a quota for each rename. */
const PADDING = 384 << 10;

const schema = v.object({ padding: v.string() });
/** Random, so that no file system stores it in less. */
const reserveKind: SealedKind<typeof schema> = { kind: 'reserve', version: 1, schema, limit: 1 << 20 };

/** Leaves a reserve where there is none, or half of one; where that cannot be done, nothing happens. */
export function keepReserve(path: string): void {
  try {
    const found = status(path);
    if (found !== null && found.size > (PADDING / 3) * 4) return;
    if (found !== null) removeEntry(path);
    writeNewFile(path, seal(reserveKind, { padding: randomBytes(PADDING).toString('base64') }), 0o600);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
}

/** True for an error that says that nothing more fits. */
export const isFull = (error: unknown): boolean => failedWith(error, 'ENOSPC', 'EDQUOT');

/** Runs `run`; when it finds the disk full, removes the reserve, if there is one, and runs it again. */
export function spendingReserve<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isFull(error) || status(path) === null) throw error;
    removeEntry(path);
    return run();
  }
}
