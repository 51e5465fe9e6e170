/** The calls that are made in large numbers, for `drain`: each does the same as the function of disk.ts or change.ts that it stands beside. */
import fs from 'node:fs';
import { fileSystemError, orNull, step } from '../errors.js';
import { fromBytes, mayBeLossy, raw } from './bytes.js';
import { makeDirectory, syncDirectory } from './change.js';
import { type Entry, entriesOf, readDirectory, readFileCapped, readLinkIfAny, type Status, status, statusFollowed, statusOf } from './disk.js';
import type { Call } from './drain.js';
import { hasErrno } from './errno.js';
import { makeLinkWith, NO_SHARING } from './worker-loop.js';

/** Called back by Node: with an error, or with the result. */
type Callback<R> = (error: NodeJS.ErrnoException | null, result: R) => void;

/** Hands a result on, or the error as one of nox. */
function ending<R>(what: string, path: string, ends: { readonly done: (error?: unknown) => void; readonly with: (result: R) => void }): Callback<R> {
  return (error, result) => {
    if (error !== null) return ends.done(fileSystemError(what, path, error));
    try {
      ends.with(result);
    } catch (failure) {
      return ends.done(failure);
    }
    ends.done();
  };
}

/** Creates directories, whose parents must be there. */
export const makeDirectoryCall: Call<string> = {
  now: (path) => makeDirectory(path),
  begin: (path, done) => fs.mkdir(raw(path), (error) => done(error === null ? null : fileSystemError('create directory', path, error))),
};

/** Forces directories to disk. */
export const syncDirectoryCall: Call<string> = {
  now: syncDirectory,
  begin(path, done) {
    const failed = (error: Error | null): boolean => error !== null && !hasErrno(error, 'EINVAL', 'ENOTSUP');
    fs.open(raw(path), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY, (error, fd) => {
      if (error !== null) return done(fileSystemError('force to disk', path, error));
      fs.fsync(fd, (problem) => fs.close(fd, (other) => {
        const first = failed(problem) ? problem : other;
        done(first ? fileSystemError('force to disk', path, first) : null);
      }));
    });
  },
};

/** A symlink to make. */
export interface NewLink {
  readonly path: string;
  readonly text: string;
  /** A symlink of the same text, of the caller's own, that may become one with it; `null` for none. */
  readonly like: string | null;
}

/** Makes symlinks; those that are like another by a hard link to that, which costs neither an inode nor a block, where that is possible. */
export const makeLinkCall: Call<NewLink> = {
  now: ({ path, text, like }) => step('create link', path, () => makeLinkWith(fs, { path: raw(path), text: raw(text), like: like === null ? null : raw(like) }, NO_SHARING)),
  begin({ path, text, like }, done) {
    const make = (): void => fs.symlink(raw(text), raw(path), (error) => done(error === null ? null : fileSystemError('create link', path, error)));
    if (like === null) return make();
    fs.link(raw(like), raw(path), (error) => (error === null ? done() : hasErrno(error, ...NO_SHARING) ? make() : done(fileSystemError('create link', path, error))));
  },
};

/** Something to look at; `take` gets what is there, `null` for nothing. */
export interface Look {
  readonly path: string;
  readonly take: (found: Status | null) => void;
}

/** Looks at entries without following them. */
export const statusCall: Call<Look> = {
  now: ({ path, take }) => take(status(path)),
  begin: ({ path, take }, done) => fs.lstat(raw(path), (error, stats) => {
    if (error !== null && hasErrno(error, 'ENOENT', 'ENOTDIR')) take(null);
    else if (error !== null) return done(fileSystemError('look at', path, error));
    else take(statusOf(stats));
    done();
  }),
};

/** A directory to read; `take` gets its entries, `fail` what the system said instead. */
export interface Listing {
  readonly path: string;
  readonly take: (entries: readonly Entry[]) => void;
  readonly fail: (error: unknown) => void;
}

/** Reads directories. What cannot be read is told to the listing and stops nothing. */
export const readDirectoryCall: Call<Listing> = {
  now(listing) {
    let entries: readonly Entry[];
    try {
      entries = readDirectory(listing.path);
    } catch (error) {
      return listing.fail(error);
    }
    listing.take(entries);
  },
  begin(listing, done) {
    const { path } = listing;
    const failed = (error: unknown): void => {
      listing.fail(error);
      done();
    };
    fs.readdir(raw(path), { withFileTypes: true }, (error, entries) => {
      if (error !== null) return failed(fileSystemError('read directory', path, error));
      if (!entries.some((entry) => mayBeLossy(entry.name))) return ending<Entry[]>('read directory', path, { done, with: (found) => listing.take(found) })(null, entriesOf(entries, (name) => name));
      fs.readdir(raw(path), { withFileTypes: true, encoding: 'buffer' }, (again, exact) => {
        if (again !== null) return failed(fileSystemError('read directory', path, again));
        ending<Entry[]>('read directory', path, { done, with: (found) => listing.take(found) })(null, entriesOf(exact, fromBytes));
      });
    });
  },
};

/** A symlink to read; `take` gets its text, `null` where there is none any longer. */
export interface LinkRead {
  readonly path: string;
  readonly take: (text: string | null) => void;
}

/** Reads symlinks. */
export const readLinkCall: Call<LinkRead> = {
  now: ({ path, take }) => take(readLinkIfAny(path)),
  begin: ({ path, take }, done) => fs.readlink(raw(path), 'buffer', (error, text) => {
    if (error !== null && !hasErrno(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return done(fileSystemError('read link', path, error));
    take(error === null ? fromBytes(text) : null);
    done();
  }),
};

/** Looks at what entries lead to; `take` gets `null` where they lead nowhere or cannot be looked at. */
export const followedStatusCall: Call<Look> = {
  now({ path, take }) {
    take(orNull(() => statusFollowed(path)));
  },
  begin: ({ path, take }, done) => fs.stat(raw(path), (error, stats) => {
    take(error === null ? statusOf(stats) : null);
    done();
  }),
};

/** What reading a file gave. */
export type FileReading = Buffer | 'too-large' | 'not-a-file' | 'leads-out' | null | Error;

/** A file to read as `readFileCapped` does without following; an error of nox is handed over like a content. */
export interface FileRead {
  readonly path: string;
  readonly limit: number;
  readonly take: (reading: FileReading) => void;
}

/** Reads files; a symlink is not a file. */
export const readFileCall: Call<FileRead> = {
  now({ path, limit, take }) {
    let reading: FileReading;
    try {
      reading = readFileCapped(path, limit, { follow: false });
    } catch (error) {
      reading = error as Error;
    }
    take(reading);
  },
  begin(read, done) {
    const { path } = read;
    const end = (reading: FileReading): void => {
      read.take(reading);
      done();
    };
    const failed = (error: Error): void => end(fileSystemError('read', path, error) as Error);
    fs.open(raw(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW, (error, fd) => {
      if (error !== null) return hasErrno(error, 'ENOENT', 'ENOTDIR') ? end(null) : hasErrno(error, 'ENXIO', 'ELOOP') ? end('not-a-file') : failed(error);
      const close = (reading: FileReading): void => fs.close(fd, () => end(reading));
      fs.fstat(fd, (problem, stats) => {
        if (problem !== null) return close(fileSystemError('read', path, problem) as Error);
        if (!stats.isFile()) return close('not-a-file');
        if (stats.size > read.limit) return close('too-large');
        const buffer = Buffer.allocUnsafe(stats.size);
        readWhole(fd, buffer, (bad) => close(bad === null ? buffer : (fileSystemError('read', path, bad) as Error)));
      });
    });
  },
};

/** Fills the buffer from the start of a file; what the file has lost meanwhile stays empty. */
function readWhole(fd: number, buffer: Buffer, done: (error: Error | null) => void, at = 0): void {
  if (at === buffer.length) return done(null);
  fs.read(fd, buffer, at, buffer.length - at, at, (error, got) => {
    if (error !== null) return done(error);
    if (got === 0) buffer.fill(0, at);
    readWhole(fd, buffer, done, got === 0 ? buffer.length : at + got);
  });
}
