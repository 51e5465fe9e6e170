/** SHA-256 of files, of any size in bounded memory, as a call for `drain`. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { fileSystemError } from '../errors.js';
import { raw } from './bytes.js';
import { type Status, statusOf } from './disk.js';
import type { Call } from './drain.js';

/** What a file was found to be while it was read. */
interface HashedFile {
  /** Of the file that was opened; `size` is what was read. */
  readonly status: Status;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A file to hash; a symlink is not followed, and anything else than a regular file fails. `take` gets an error of nox like a result. */
export interface HashRequest {
  readonly path: string;
  readonly take: (result: HashedFile | Error) => void;
}

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
const CHUNK = 256 << 10;
const shared = Buffer.allocUnsafe(CHUNK);

/** Hashes files. What cannot be read is told to its request and stops nothing. */
export const hashFileCall: Call<HashRequest> = {
  now({ path, take }) {
    let result: HashedFile | Error;
    try {
      result = hashNow(path);
    } catch (error) {
      result = fileSystemError('read', path, error) as Error;
    }
    take(result);
  },
  begin({ path, take }, done) {
    const end = (result: HashedFile | Error): void => {
      take(result);
      done();
    };
    const failed = (error: Error): void => end(fileSystemError('read', path, error) as Error);
    fs.open(raw(path), O_RDONLY | O_NONBLOCK | O_NOFOLLOW, (error, fd) => {
      if (error !== null) return failed(error);
      const close = (problem: Error | null, result?: HashedFile): void => fs.close(fd, () => (problem === null && result !== undefined ? end(result) : failed(problem ?? new Error('no result'))));
      fs.fstat(fd, (problem, stats) => (problem !== null ? close(problem) : hashLater(fd, statusOf(stats), close)));
    });
  },
};

function hashNow(path: string): HashedFile {
  const fd = fs.openSync(raw(path), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const status = statusOf(fs.fstatSync(fd));
    const hash = createHash('sha256');
    let size = 0;
    while (size < status.size) {
      const got = fs.readSync(fd, shared, 0, CHUNK, null);
      if (got === 0) break;
      hash.update(shared.subarray(0, got));
      size += got;
    }
    return { status: { ...status, size }, sha256: hash.digest('hex') };
  } finally {
    fs.closeSync(fd);
  }
}

function hashLater(fd: number, status: Status, done: (problem: Error | null, result?: HashedFile) => void): void {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(status.size, 4096)));
  let size = 0;
  const next = (): void => fs.read(fd, buffer, 0, buffer.length, size, (error, got) => {
    if (error !== null) return done(error);
    hash.update(buffer.subarray(0, got));
    size += got;
    if (got > 0 && size < status.size) return next();
    done(null, { status: { ...status, size }, sha256: hash.digest('hex') });
  });
  next();
}
