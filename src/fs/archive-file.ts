/** Archives at paths that users name: large files that appear whole, whatever they replace. */
import { posix } from 'node:path';
import { failedWith, NoxError, orNull } from '../errors.js';
import type { Pause } from '../interrupt.js';
import { archiveDraft, draftOwner } from '../layout.js';
import { rename, syncDirectory, syncFile } from './change.js';
import { readDirectoryIfAny, readLinkIfAny, realPath, status } from './disk.js';
import { removeQuietly } from './draft.js';
import { isGone, ownedName, ownerOfName, thisProcess } from './owner.js';

/** As many links as Linux follows. */
const LINKS = 40;

/**
 * The file that a path means: where a link is, that which it leads to, be it there or not; its directory is physical.
 * @throws `no-such-file` for a missing directory, `usage` for what is there and no regular file.
 */
export function archiveTarget(path: string): string {
  let at = path;
  for (let left = LINKS; left > 0; left -= 1) {
    const named = posix.dirname(at);
    const directory = realPath(named);
    if (directory === null) throw new NoxError('no-such-file', { path: named });
    const target = `${directory === '/' ? '' : directory}/${posix.basename(at)}`;
    const text = readLinkIfAny(target);
    if (text === null) {
      if ((status(target)?.type ?? 'file') !== 'file') throw new NoxError('usage', { problem: `"${path}" is there and no regular file`, command: null });
      return target;
    }
    at = text.startsWith('/') ? text : `${directory}/${text}`;
  }
  throw new NoxError('no-such-file', { path });
}

/**
 * Puts an archive in place of whatever file {@link archiveTarget} told. `make` writes all of it to a new file beside the target, which is forced to
 * disk and renamed, after a last pause. Drafts beside it that killed commands left are removed first. When this throws the target is as it was, unless
 * all that failed is to force its new name to disk.
 * @throws `not-permitted`, `file-system`; what `make` and `pause` throw.
 */
export async function publishArchive<T>({ target, pause }: { readonly target: string; readonly pause: Pause }, make: (draft: string) => Promise<T>): Promise<T> {
  const directory = posix.dirname(target);
  clearArchiveDrafts(directory);
  const draft = archiveDraft(directory, ownedName(thisProcess()));
  let made: T;
  try {
    made = await make(draft);
    syncFile(draft);
    await pause();
    rename(draft, target);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
  try {
    syncDirectory(directory);
  } catch (error) {
    // A directory that one may write and not read.
    if (!failedWith(error, 'EACCES')) throw error;
  }
  return made;
}

/** Removes what killed commands left beside archives; what resists stays. */
function clearArchiveDrafts(directory: string): void {
  for (const { name, type } of orNull(() => readDirectoryIfAny(directory)) ?? []) {
    const owner = type === 'file' ? ownerOfName(draftOwner(name)) : null;
    if (owner !== null && isGone(owner)) removeQuietly(`${directory}/${name}`);
  }
}
