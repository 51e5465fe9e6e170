import { isNoxError } from '../../errors.js';
import { statusFollowed } from '../../fs/disk.js';
import { type ManifestPackage, packagePath } from '../manifest.js';

/** Whether a package of a profile is in its store, as far as the system lets that be seen. */
export function presenceOf(pkg: ManifestPackage): 'there' | 'gone' | 'unreadable' {
  try {
    return statusFollowed(packagePath(pkg)) === null ? 'gone' : 'there';
  } catch (error) {
    if (!isNoxError(error, 'not-permitted') && !isNoxError(error, 'file-system')) throw error;
    return 'unreadable';
  }
}
