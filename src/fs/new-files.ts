/** Files of a new tree, written with mode, time and SHA-256 in one go. It is for the caller to force them to disk. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { fileSystemError, step } from '../errors.js';
import { raw } from './bytes.js';
import { syncFile } from './change.js';
import type { Call } from './drain.js';

/** A file to create; fails when something is there. */
export interface NewFile {
  readonly path: string;
  readonly content: Buffer;
  /** Exactly these permission bits, whatever the umask. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Gets the SHA-256 of the content. */
  readonly take: (sha256: string) => void;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Creates files of a size that fits into memory. */
export const newFileCall: Call<NewFile> = {
  now({ path, content, mode, mtime, take }) {
    step('write', path, () => {
      const fd = fs.openSync(raw(path), CREATE, mode);
      try {
        fs.writeFileSync(fd, content);
        fs.fchmodSync(fd, mode);
        fs.futimesSync(fd, mtime, mtime);
      } finally {
        fs.closeSync(fd);
      }
    });
    take(sha256(content));
  },
  begin({ path, content, mode, mtime, take }, done) {
    const failed = (error: Error): void => done(fileSystemError('write', path, error));
    fs.open(raw(path), CREATE, mode, (error, fd) => {
      if (error !== null) return failed(error);
      const close = (problem: Error | null): void => fs.close(fd, (other) => {
        const first = problem ?? other ?? null;
        if (first !== null) return failed(first);
        take(sha256(content));
        done();
      });
      const times = (problem: Error | null): void => (problem === null ? fs.futimes(fd, mtime, mtime, close) : close(problem));
      const chmod = (problem: Error | null): void => (problem === null ? fs.fchmod(fd, mode, times) : times(problem));
      fs.writeFile(fd, content, (problem) => chmod(problem));
    });
  },
};

/** Creates a file of any size from chunks, with the mode and time given, or as any new file is by the umask; errors name it as `shown`. @throws `file-system`, `not-permitted`; what the chunks throw. */
export async function writeStream(path: string, chunks: AsyncIterable<Buffer>, as: { readonly mode: number; readonly mtime?: number } | null, shown = path): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const fd = step('write', shown, () => fs.openSync(raw(path), CREATE, as?.mode ?? 0o666));
  try {
    for await (const chunk of chunks) {
      await new Promise<void>((resolve, reject) => {
        fs.writeFile(fd, chunk, (error) => {
          const failure = fileSystemError('write', shown, error);
          if (error === null) resolve();
          else reject(failure instanceof Error ? failure : error);
        });
        hash.update(chunk);
      });
      size += chunk.length;
    }
    step('write', shown, () => {
      if (as !== null) fs.fchmodSync(fd, as.mode);
      if (as?.mtime !== undefined) fs.futimesSync(fd, as.mtime, as.mtime);
    });
  } finally {
    fs.closeSync(fd);
  }
  return { sha256: hash.digest('hex'), size };
}

/** Sets the time of a directory, in seconds since 1970. */
export function setTime(path: string, mtime: number): void {
  step('set the time of', path, () => fs.utimesSync(raw(path), mtime, mtime));
}

/** Sets the time of a symlink itself; content where the file system cannot. */
export function setLinkTime(path: string, mtime: number): void {
  try {
    fs.lutimesSync(raw(path), mtime, mtime);
  } catch {
    // Nothing depends on it.
  }
}

/** Forces files to disk. */
export const syncFileCall: Call<string> = {
  now: syncFile,
  begin(path, done) {
    fs.open(raw(path), fs.constants.O_RDONLY | O_NOFOLLOW, (error, fd) => {
      if (error !== null) return done(fileSystemError('force to disk', path, error));
      fs.fsync(fd, (problem) => fs.close(fd, (other) => {
        const first = problem ?? other ?? null;
        done(first === null ? null : fileSystemError('force to disk', path, first));
      }));
    });
  },
};
