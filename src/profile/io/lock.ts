import type Lockfile from 'proper-lockfile';
import { isAnyNoxError, orNull } from '../../errors.js';
import { removeEntry, removeTree, writeUnsynced } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { removeQuietly } from '../../fs/draft.js';
import { lockCalls } from '../../fs/lock-calls.js';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { lockDirectory, lockTarget } from '../../layout.js';

/** Milliseconds. A holder that does not touch its lock for so long is taken for dead. */
const STALE = 30_000;
const POLL = 50;
/** A holder without a note for so long was killed before it could write one. */
const NOTELESS = 1000;

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
  const lockfile = await loadLockfile();
  let isOver = false;
  for (;;) {
    try {
      const unlock = await lockfile.lock(target, {
        realpath: false, lockfilePath: directory, stale: STALE, update: STALE / 3, onCompromised: () => undefined, fs: lockCalls(() => isOver),
      });
      clearNotes(target);
      const note = leaveNote(target);
      return async () => {
        isOver = true;
        // What the command did stands: a note that stays is cleared by the next one.
        if (note !== null) removeQuietly(note);
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

/**
 * Loads proper-lockfile without its signal handlers: the work is synchronous, so that with a handler Ctrl-C would do
 * nothing until it is done. A killed command's lock is broken by the next.
 */
async function loadLockfile(): Promise<typeof Lockfile> {
  const signals = (): NodeJS.Signals[] => process.eventNames().filter((name): name is NodeJS.Signals => String(name).startsWith('SIG'));
  const before = new Map(signals().map((signal) => [signal, process.listeners(signal)]));
  const { default: lockfile } = await import('proper-lockfile');
  for (const signal of signals()) {
    for (const listener of process.listeners(signal)) if (before.get(signal)?.includes(listener) !== true) process.off(signal, listener);
  }
  return lockfile;
}

/** Removes the notes of commands that are gone: only one holds the lock. */
function clearNotes(target: string): void {
  for (const { name } of orNull(() => readDirectoryIfAny(target)) ?? []) {
    const owner = ownerOfName(name);
    if (owner !== null && isGone(owner)) removeQuietly(`${target}/${name}`);
  }
}

/** Beside the lock, a note of who holds it: by it the lock of a killed command is broken at once. */
function leaveNote(target: string): string | null {
  const note = `${target}/${ownedName(thisProcess())}`;
  try {
    // Its name tells all, and a power cut ends its holder, too.
    writeUnsynced(note, '');
    return note;
  } catch (error) {
    // Without one the lock still saves work; it is only broken later.
    if (isAnyNoxError(error)) return null;
    throw error;
  }
}

function breakIfAbandoned(target: string, directory: string): void {
  const notes = (readDirectoryIfAny(target) ?? []).map((entry) => entry.name);
  const owners = notes.flatMap((note) => ownerOfName(note) ?? []);
  const found = status(directory);
  if (found === null || (owners.length === 0 ? Date.now() - found.mtimeMs < NOTELESS : !owners.every(isGone))) return;
  // Another command may do the same at this moment, or the holder end; and what stays costs time and nothing more.
  orNull(() => {
    for (const note of notes) removeEntry(`${target}/${note}`);
    removeTree(directory);
    return true;
  });
}

/** True when there is a lock whose holders are seen to be gone, or that no holder touched for long. */
export function isLockAbandoned(home: string, name: string, now: Date): boolean {
  const lock = status(lockDirectory(home, name));
  if (lock === null) return false;
  const owners = (readDirectoryIfAny(lockTarget(home, name)) ?? []).flatMap((entry) => ownerOfName(entry.name) ?? []);
  return owners.length > 0 ? owners.every(isGone) : now.getTime() - lock.mtimeMs > STALE;
}

/** Breaks a lock if it is abandoned. */
export function breakLock(home: string, name: string, now: Date): void {
  if (!isLockAbandoned(home, name, now)) return;
  for (const note of readDirectoryIfAny(lockTarget(home, name)) ?? []) removeEntry(`${lockTarget(home, name)}/${note.name}`);
  removeTree(lockDirectory(home, name));
}
