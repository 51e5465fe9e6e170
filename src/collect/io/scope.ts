import { realPath, status } from '../../fs/disk.js';
import type { ScannedStore } from '../../store/io/scan.js';
import { accounts } from './accounts.js';

/**
 * `private` when the store says so, or when it lies in its owner's home and some directory on the way, the home itself or
 * below it, lets nobody else through; else `shared`.
 */
export function scopeOf({ path, config }: Pick<ScannedStore, 'path' | 'config'>): 'private' | 'shared' {
  if (config.scope !== null) return config.scope;
  const physical = realPath(path);
  const uid = physical === null ? undefined : status(physical)?.uid;
  if (physical === null || uid === undefined) return 'shared';
  const home = accounts().filter((account) => account.uid === uid).map((account) => realPath(account.home)).find((dir) => dir !== null && dir !== '/' && physical.startsWith(`${dir}/`));
  if (home === undefined || home === null) return 'shared';
  for (let at = physical; at.length >= home.length; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = status(at);
    if (found?.uid === uid && (found.mode & 0o011) === 0) return 'private';
  }
  return 'shared';
}
