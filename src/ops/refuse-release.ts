import { isNoxError, NoxError } from '../errors.js';
import { status } from '../fs/disk.js';
import { existingGenerations } from '../profile/io/generations.js';
import { nameOf, type ProfileState, selectorOf } from '../profile/io/read-profile.js';

/** @throws `release-is-immutable` when the profile is a release. A profile that links to one may change. */
export function refuseRelease(state: ProfileState): void {
  const { ref, path, generation } = state;
  if (generation !== null && isRelease(state)) throw new NoxError('release-is-immutable', { name: nameOf(ref), profile: selectorOf(ref), path });
}

/** Of a damaged generation its mode tells, where there is no other one: a release is closed when it is made, and all that it has. */
function isRelease(state: ProfileState): boolean {
  try {
    return state.manifest.kind === 'release';
  } catch (error) {
    if (!isNoxError(error, 'generation-damaged')) throw error;
    const tree = status(state.tree);
    return tree !== null && (tree.mode & 0o222) === 0 && existingGenerations(state.ref).length === 1;
  }
}
