/** The calls with which nox changes the file system, one at a time; see disk.ts. */
import fs from 'node:fs';
import { failedWith, step } from '../errors.js';
import { raw } from './bytes.js';
import { readDirectory, status, statusFollowed } from './disk.js';
import { hasErrno } from './errno.js';

/** Creates one directory; fails when something is there. */
export function makeDirectory(path: string, mode = 0o777): void {
  step('create directory', path, () => fs.mkdirSync(raw(path), mode));
}

/**
 * Creates a directory and its missing parents, on disk when this returns unless they need not last; content with one that exists. One by
 * one: Node's own recursive form takes a used-up quota for a missing directory.
 */
export function makeDirectories(path: string, { lasting = true }: { readonly lasting?: boolean } = {}): void {
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/';
  try {
    if (!makeIfNew(path)) return;
  } catch (error) {
    if (!failedWith(error, 'ENOENT') || parent === path) throw error;
    makeDirectories(parent, { lasting });
    if (!makeIfNew(path)) return;
  }
  if (!lasting) return;
  try {
    syncDirectory(parent);
  } catch (error) {
    // A directory that one may write and not read.
    if (!failedWith(error, 'EACCES')) throw error;
  }
}

/** False where there is a directory already. */
function makeIfNew(path: string): boolean {
  try {
    makeDirectory(path);
    return true;
  } catch (error) {
    if (!failedWith(error, 'EEXIST') || statusFollowed(path)?.type !== 'directory') throw error;
    return false;
  }
}

/** Creates a symlink at `path` with exactly this text; fails when something is there. */
export function makeSymlink(text: string, path: string): void {
  step('create link', path, () => fs.symlinkSync(raw(text), raw(path)));
}

/** Hard link to the entry itself (a symlink is linked, not followed). */
export function makeHardLink(existing: string, path: string): void {
  step('create hard link', path, () => fs.linkSync(raw(existing), raw(path)));
}

/** rename(2). */
export function rename(from: string, to: string): void {
  step('rename to', to, () => fs.renameSync(raw(from), raw(to)));
}

/** Unlinks one entry that is not a directory; content when it is gone already. */
export function removeEntry(path: string): void {
  step('remove', path, () => {
    try {
      fs.unlinkSync(raw(path));
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  });
}

/** Removes a tree of the caller's own, where nobody else can race. Makes its directories writable where it must. */
export function removeTree(path: string): void {
  const found = status(path);
  if (found === null) return;
  if (found.type !== 'directory') return removeEntry(path);
  if ((found.mode & 0o700) !== 0o700) setMode(path, found.mode | 0o700);
  for (const entry of readDirectory(path)) {
    const child = `${path}/${entry.name}`;
    if (entry.type === 'directory') removeTree(child);
    else step('remove', child, () => fs.unlinkSync(raw(child)));
  }
  step('remove', path, () => fs.rmdirSync(raw(path)));
}

/** Removes a directory when nothing is in it; false when something is, or it is not there. */
export function removeEmptyDirectory(path: string): boolean {
  return step('remove', path, () => {
    try {
      fs.rmdirSync(raw(path));
      return true;
    } catch (error) {
      if (hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY')) return false;
      throw error;
    }
  });
}

/** chmod of a file or directory (never of a symlink). */
export function setMode(path: string, mode: number): void {
  step('change the mode of', path, () => fs.chmodSync(raw(path), mode));
}

/** Sets the time of the last change, in milliseconds since 1970; that of the last access becomes the same. */
export function setModified(path: string, mtimeMs: number): void {
  step('set the time of', path, () => fs.utimesSync(raw(path), mtimeMs / 1000, mtimeMs / 1000));
}

const COPY_CHUNK = 1 << 20;

/**
 * Copies a regular file; fails when something is there, and when `from` is a link by now. The permission bits are those
 * of `mask`; set-user-id and the like are never copied, since the copy may belong to somebody else.
 */
export function copyFile(from: string, to: string, mask = 0o777): void {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const source = step('read', from, () => fs.openSync(raw(from), O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  step('copy to', to, () => {
    try {
      const target = fs.openSync(raw(to), 'wx', 0o600);
      try {
        const buffer = Buffer.allocUnsafe(COPY_CHUNK);
        for (let length = fs.readSync(source, buffer); length > 0; length = fs.readSync(source, buffer)) fs.writeFileSync(target, buffer.subarray(0, length));
        fs.fchmodSync(target, fs.fstatSync(source).mode & mask & 0o777);
        fs.fsyncSync(target);
      } finally {
        fs.closeSync(target);
      }
    } finally {
      fs.closeSync(source);
    }
  });
}

/** Creates a file with this content and forces it to disk; fails when something is there, and leaves nothing half-written then. */
export function writeNewFile(path: string, content: string | Buffer, mode = 0o666): void {
  writeFile(path, { content, mode, sync: true });
}

/** Creates a file with this content; fails when something is there. It is for the caller to force it to disk. */
export function writeUnsynced(path: string, content: string | Buffer, mode = 0o666): void {
  writeFile(path, { content, mode, sync: false });
}

function writeFile(path: string, { content, mode, sync }: { readonly content: string | Buffer; readonly mode: number; readonly sync: boolean }): void {
  step('write', path, () => {
    const fd = fs.openSync(raw(path), 'wx', mode);
    try {
      fs.writeFileSync(fd, content);
      if (sync) fs.fsyncSync(fd);
    } catch (error) {
      unlinkQuietly(path);
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** Forces a file's content to disk. */
export function syncFile(path: string): void {
  step('force to disk', path, () => {
    const fd = fs.openSync(raw(path), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}

function unlinkQuietly(path: string): void {
  try {
    fs.unlinkSync(raw(path));
  } catch {
    // What failed before is what is told.
  }
}

/** Forces a directory's entries to disk. A file system that cannot (EINVAL) is tolerated: false. */
export function syncDirectory(path: string): boolean {
  return step('force to disk', path, () => {
    const fd = fs.openSync(raw(path), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      fs.fsyncSync(fd);
      return true;
    } catch (error) {
      if (!hasErrno(error, 'EINVAL', 'ENOTSUP')) throw error;
      return false;
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** Writes to an open descriptor, at once; what cannot be written is lost. */
export function writeTo(fd: number, text: string): void {
  try {
    fs.writeSync(fd, text);
  } catch {
    // Nobody is left to be told.
  }
}
