import fs from 'node:fs';

/**
 * The `fs` that proper-lockfile works with. Once `isOver`, a look at the lock that is still on its way is not answered: the library would
 * take an error of it (a stale handle of the lock just removed) for one of a lock that it holds, and fail outside of any call.
 */
export function lockCalls(isOver: () => boolean): typeof fs {
  const stat = (path: fs.PathLike, done: (error: NodeJS.ErrnoException | null, stats: fs.Stats) => void): void => fs.stat(path, (error, stats) => {
    if (!isOver()) done(error, stats);
  });
  return { ...fs, stat: stat as typeof fs.stat };
}
