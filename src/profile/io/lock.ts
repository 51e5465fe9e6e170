import lockfile from 'proper-lockfile';
import { failedWith } from '../../errors.js';
import { readDirectoryIfAny, removeEntry, removeTree, status, writeNewFile } from '../../fs/disk.js';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { lockDirectory, lockTarget } from '../../layout.js';

/** Milliseconds. A holder that does not touch its lock for so long is taken for dead. */
const STALE = 30_000;
const POLL = 50;

export interface LockRequest {
  readonly home: string;
  readonly name: string;
  /** Milliseconds to wait for others; `null` to go without the lock. */
  readonly wait: number | null;
}

/**
 * Runs `run` while holding the profile's lock, if it can be had in time, and without it else. The
 * lock only saves work: what keeps changes from being lost is the journal's compare-and-swap. So a lock that is stuck,
 * stolen or held by a stopped process costs time and nothing more.
 */
export async function withLock<T>({ home, name, wait }: LockRequest, run: () => Promise<T>): Promise<T> {
  const release = wait === null ? null : await acquire(lockTarget(home, name), lockDirectory(home, name), wait);
  try {
    return await run();
  } finally {
    await release?.();
  }
}

async function acquire(target: string, directory: string, wait: number): Promise<(() => Promise<void>) | null> {
  const deadline = Date.now() + wait;
  for (;;) {
    try {
      const unlock = await lockfile.lock(target, {
        realpath: false, lockfilePath: directory, stale: STALE, update: STALE / 3, onCompromised: () => undefined,
      });
      const note = leaveNote(target);
      return async () => {
        if (note !== null) removeEntry(note);
        await unlock().catch(() => undefined);
      };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ELOCKED') return null;
    }
    breakIfAbandoned(target, directory);
    if (Date.now() >= deadline) return null;
    await new Promise((resolve) => setTimeout(resolve, POLL * (0.5 + Math.random())));
  }
}

/** Beside the lock, a note of who holds it: by it the lock of a killed command is broken at once. */
function leaveNote(target: string): string | null {
  const note = `${target}/${ownedName(thisProcess())}`;
  try {
    writeNewFile(note, '');
    return note;
  } catch (error) {
    if (failedWith(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'ENOENT')) return null;
    throw error;
  }
}

function breakIfAbandoned(target: string, directory: string): void {
  const notes = (readDirectoryIfAny(target) ?? []).map((entry) => entry.name);
  const owners = notes.flatMap((note) => ownerOfName(note) ?? []);
  if (owners.length === 0 || !owners.every(isGone) || status(directory) === null) return;
  for (const note of notes) removeEntry(`${target}/${note}`);
  removeTree(directory);
}
