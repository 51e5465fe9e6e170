import { spawnSync } from 'node:child_process';
import { raw } from './bytes.js';

/** Files and directories beyond which the whole file system is forced to disk by one call instead of each by its own: that call may wait for what others write. */
const MANY = 48;

/** True when so many files and directories are forced to disk better by {@link syncFileSystem}. */
export const areMany = (count: number): boolean => count > MANY;

/**
 * Forces all that was written to the file system of a directory to disk, by syncfs(2), which Node does not have and GNU's `sync -f` is.
 * False where that program is not to be had, does not know the flag, or reports a failure: then nothing is promised.
 */
export function syncFileSystem(directory: string): boolean {
  // Words of a child are text: a path of other bytes is named by the caller's own descriptors elsewhere, and not worth it here.
  if (typeof raw(directory) !== 'string') return false;
  const { status, error } = spawnSync('sync', ['-f', '--', directory], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  return error === undefined && status === 0;
}
