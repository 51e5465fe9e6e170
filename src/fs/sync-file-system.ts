import { spawnSync } from 'node:child_process';
import { raw } from './bytes.js';

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
