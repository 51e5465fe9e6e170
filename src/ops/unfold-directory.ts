import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { type EditRequest, type EditResult, editProfile } from './edit-profile.js';
import { openProfile } from './find-profile.js';

/** `unfold DIR`: makes a folded directory real in a new generation. @throws `not-a-directory-of-profile`. */
export async function unfoldDirectory(context: Context, request: EditRequest, directory: string): Promise<EditResult> {
  const state = openProfile(context, request.selection);
  const { folded } = readShownFarm(state);
  const wanted = directory.startsWith(`${state.path}/`) ? directory.slice(state.path.length + 1) : directory;
  const path = wanted.replace(/\/+$/, '');
  if (!folded.some((whole) => path === whole || path.startsWith(`${whole}/`))) {
    throw new NoxError('not-a-directory-of-profile', { profile: selectorOf(state.ref), directory, folded });
  }
  // A folded directory above the wanted one must become real as well, and whatever lies between.
  const parts = path.split('/');
  const unfold = parts.map((_, at) => parts.slice(0, at + 1).join('/')).filter((part) => part.includes('/'));
  return editProfile(context, { ...request, unfold });
}
