import { basename, dirname } from 'node:path';
import { orNull } from '../../errors.js';
import { realPath } from '../../fs/disk.js';

/**
 * Whether two absolute paths name one profile: the same text, or the same name in homes that are one, as where /home is a link. What the profiles
 * show does not count, since one may link to another.
 */
export function isSameProfile(one: string, other: string): boolean {
  if (one === other) return true;
  if (one === '' || basename(one) !== basename(other)) return false;
  const home = orNull(() => realPath(dirname(one)));
  return home !== null && home === orNull(() => realPath(dirname(other)));
}
