/**
 * The calls with which nox looks at the file system, one at a time; those that change it are in change.ts. Those made in large numbers (calls.ts,
 * stamp-call.ts, hash.ts, new-files.ts), streams of bytes (byte-reader.ts, stream.ts) and what is held open (held-directory.ts) have modules of
 * their own beside, and nothing outside of src/fs calls Node's `fs`. They take paths in nox's own form (see bytes.ts) and wrap system errors with
 * step and path. Synchronous on purpose: on a local disk the thread pool gains nothing.
 */
import fs from 'node:fs';
import { failedWith, isAnyNoxError, orNull, step } from '../errors.js';
import { fromBytes, mayBeLossy, raw } from './bytes.js';
import type { Entry, EntryType } from './entry.js';
import { hasErrno } from './errno.js';
import { waitNow } from './wait.js';

export type { Entry } from './entry.js';

function typeOf(entry: Pick<fs.Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

/** The entries of a directory, unsorted, names exact. */
export function readDirectory(path: string): Entry[] {
  return step('read directory', path, () => {
    const entries = fs.readdirSync(raw(path), { withFileTypes: true });
    if (!entries.some((entry) => mayBeLossy(entry.name))) return entriesOf(entries, (name) => name);
    return entriesOf(fs.readdirSync(raw(path), { withFileTypes: true, encoding: 'buffer' }), fromBytes);
  });
}

/** Node's directory entries as nox's. */
export function entriesOf<N extends string | Buffer>(entries: ReadonlyArray<fs.Dirent<N>>, nameOf: (name: N) => string): Entry[] {
  return entries.map((entry) => ({ name: nameOf(entry.name), type: typeOf(entry) }));
}

/** Like {@link readDirectory}, or `null` where there is no such directory. */
export function readDirectoryIfAny(path: string): Entry[] | null {
  try {
    return readDirectory(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** The text of a symlink, exact. */
export function readLink(path: string): string {
  return step('read link', path, () => {
    const text = fs.readlinkSync(raw(path));
    return mayBeLossy(text) ? fromBytes(fs.readlinkSync(raw(path), 'buffer')) : text;
  });
}

/** The text of a symlink, or `null` when there is no symlink at `path`. */
export function readLinkIfAny(path: string): string | null {
  try {
    return readLink(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return null;
    throw error;
  }
}

/** What is known of an entry without following it. `mode` holds the permission bits only. */
export interface Status {
  readonly type: EntryType;
  readonly mode: number;
  readonly size: number;
  readonly uid: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Bytes that the file system spends on it. */
  readonly allocated: number;
}

/** Node's status of an entry as nox's. */
export function statusOf(stats: fs.Stats): Status {
  const { size, uid, dev, ino, nlink, mtimeMs, ctimeMs } = stats;
  return { type: typeOf(stats), mode: stats.mode & 0o7777, size, uid, dev, ino, nlink, mtimeMs, ctimeMs, allocated: stats.blocks * 512 };
}

/** lstat, or `null` when nothing is there. */
export function status(path: string): Status | null {
  return step('look at', path, () => {
    try {
      return statusOf(fs.lstatSync(raw(path)));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
      throw error;
    }
  });
}

/** stat (following symlinks), or `null` when it leads nowhere. */
export function statusFollowed(path: string): Status | null {
  return step('look at', path, () => {
    try {
      return statusOf(fs.statSync(raw(path)));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
      throw error;
    }
  });
}

/** The physical path, or `null` when it leads nowhere. */
export function realPath(path: string): string | null {
  return step('resolve', path, () => {
    try {
      return fromBytes(fs.realpathSync.native(raw(path), 'buffer'));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
      throw error;
    }
  });
}

/**
 * The bytes of a regular file of at most `limit` bytes, or `null` when there is no file. Never blocks on a FIFO and
 * never reads a device; with `follow: false` a symlink is refused too.
 */
export function readFileCapped(path: string, limit: number, options: { readonly follow: boolean }): Buffer | 'too-large' | 'not-a-file' | null {
  return step('read', path, () => {
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
    let fd: number;
    try {
      fd = fs.openSync(raw(path), O_RDONLY | O_NONBLOCK | (options.follow ? 0 : O_NOFOLLOW));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
      if (hasErrno(error, 'ELOOP', 'ENXIO')) return 'not-a-file';
      throw error;
    }
    try {
      const stats = fs.fstatSync(fd);
      return stats.isFile() ? readUpTo(fd, limit, stats.size) : 'not-a-file';
    } catch (error) {
      // A file of /proc whose process ended meanwhile.
      if (hasErrno(error, 'ESRCH')) return null;
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** All of standard input, be it a pipe or a file; waits for as long as somebody may still write to it. */
export const readStandardInput = (limit: number): Buffer | 'too-large' => step('read', 'standard input', () => readUpTo(0, limit, 0));

/** All of an open file. The size is a hint only: files of /proc say 0. */
function readUpTo(fd: number, limit: number, size: number): Buffer | 'too-large' {
  let buffer = Buffer.allocUnsafe(Math.min(limit, Math.max(size, 4095)) + 1);
  let length = 0;
  for (;;) {
    const got = readSome(fd, buffer, length);
    if (got === 0) return buffer.subarray(0, length);
    length += got;
    if (length > limit) return 'too-large';
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(limit, 2 * length) + 1);
  }
}

/** Milliseconds until a pipe is asked again that others have told not to block. */
const PAUSE = 5;

function readSome(fd: number, buffer: Buffer, from: number): number {
  for (;;) {
    try {
      return fs.readSync(fd, buffer, from, buffer.length - from, null);
    } catch (error) {
      if (!hasErrno(error, 'EAGAIN')) throw error;
      waitNow(PAUSE);
    }
  }
}

/** True when the calling user may write entries in this directory (by access(2), so read-only mounts count). */
export function isWritable(path: string): boolean {
  return writableOrWhy(path) === true;
}

/** The deepest directory that is there on the way to a path, or the path itself. */
export function existingAbove(path: string): string {
  return path === '/' || status(path) !== null ? path : existingAbove(path.slice(0, path.lastIndexOf('/')) || '/');
}

/** Like {@link isWritable}; or why it cannot be said: the question fails, or an owner is refused what the mode allows. */
export function writableOrWhy(path: string): boolean | string {
  try {
    step('look at', path, () => fs.accessSync(raw(path), fs.constants.W_OK | fs.constants.X_OK));
    return true;
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    if (hasErrno(error.cause, 'EROFS', 'ENOENT', 'ENOTDIR')) return false;
    const found = hasErrno(error.cause, 'EACCES', 'EPERM') ? orNull(() => status(path)) : null;
    return found !== null && (found.uid !== process.getuid?.() || (found.mode & 0o300) !== 0o300) ? false : error.message;
  }
}

/** An open regular file. */
interface OpenFile {
  /** Fills the buffer from `position` on as far as the file goes; the number of bytes read. */
  read(buffer: Buffer, position: number): number;
  close(): void;
}

/** Opens a regular file without blocking and without following a link; `null` when it is something else. */
export function openForReading(path: string): OpenFile | null {
  return step('open', path, () => {
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
    const fd = fs.openSync(raw(path), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (!fs.fstatSync(fd).isFile()) {
      fs.closeSync(fd);
      return null;
    }
    return { read: (buffer, position) => step('read', path, () => readFully(fd, buffer, position)), close: () => fs.closeSync(fd) };
  });
}

function readFully(fd: number, buffer: Buffer, position: number): number {
  let length = 0;
  while (length < buffer.length) {
    const got = fs.readSync(fd, buffer, length, buffer.length - length, position + length);
    if (got === 0) break;
    length += got;
  }
  return length;
}

/** Blocks until somebody writes to a FIFO and closes it; returns at once when there is no FIFO at `path`. */
export function waitForFifo(path: string): void {
  step('wait at', path, () => {
    if (fs.lstatSync(raw(path), { throwIfNoEntry: false })?.isFIFO() === true) fs.readFileSync(raw(path));
  });
}
