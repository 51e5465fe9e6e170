import { posix } from 'node:path';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { status, statusFollowed } from '../fs/disk.js';
import { readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { type EditRequest, type EditResult, editProfile } from './edit-profile.js';
import { openProfile } from './find-profile.js';

/** `unfold DIR`: makes a folded directory real in a new generation; one that is real already stays so. @throws `not-a-directory-of-profile`. */
export async function unfoldDirectory(context: Context, request: EditRequest, directory: string): Promise<EditResult> {
  const state = openProfile(context, request.selection);
  const { folded } = readShownFarm(state);
  const path = pathInside(directory, [state.path, state.tree]);
  const isPossible = path !== '' && !path.startsWith('/') && path.split('/')[0] !== '..' && isDirectory(state.tree, path, folded);
  if (!isPossible) {
    throw new NoxError('not-a-directory-of-profile', { profile: selectorOf(state.ref), directory, folded });
  }
  if (state.manifest.layout === 'full') return editProfile(context, request);
  // A folded directory above the wanted one must become real as well, and whatever lies between.
  const parts = path.split('/');
  const unfold = parts.map((_, at) => parts.slice(0, at + 1).join('/')).filter((part) => part.includes('/'));
  return editProfile(context, { ...request, unfold });
}

/** Whether there is a directory in a profile that is real, or is made real by unfolding: a link within a package stays one. */
function isDirectory(tree: string, path: string, folded: readonly string[]): boolean {
  if (folded.includes(path)) return statusFollowed(`${tree}/${path}`)?.type === 'directory';
  const above = folded.find((whole) => path.startsWith(`${whole}/`)) ?? '';
  const names = path.slice(above.length).split('/').filter((name) => name !== '');
  return names.every((_, at) => status([tree, ...(above === '' ? [] : [above]), ...names.slice(0, at + 1)].join('/'))?.type === 'directory');
}

/** The path in the profile, '' for its root; absolute, or beginning with `..`, for what is not inside. */
function pathInside(directory: string, roots: readonly string[]): string {
  const path = posix.normalize(`${directory}/`).slice(0, -1);
  const root = roots.find((one) => path === one || path.startsWith(`${one}/`));
  const inside = root === undefined ? path : path.slice(root.length + 1);
  return inside === '.' ? '' : inside;
}
