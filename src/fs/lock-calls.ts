import fs from 'node:fs';

type LockCalls = Pick<typeof fs, 'mkdir' | 'rmdir' | 'rmdirSync' | 'stat' | 'utimes'>;

/**
 * The `fs` that proper-lockfile works with. Once `isOver`, a look at the lock that is still on its way is not answered: the library would
 * take an error of it (a stale handle of the lock just removed) for one of a lock that it holds, and fail outside of any call.
 */
export function lockCalls(isOver: () => boolean): LockCalls {
  const stat = (path: fs.PathLike, done: (error: NodeJS.ErrnoException | null, stats: fs.Stats) => void): void => fs.stat(path, (error, stats) => {
    if (!isOver()) done(error, stats);
  });
  // Named one by one: a copy of all of `fs` would have Node load its streams.
  const { mkdir, rmdir, rmdirSync, utimes } = fs;
  return { mkdir, rmdir, rmdirSync, utimes, stat: stat as typeof fs.stat };
}
