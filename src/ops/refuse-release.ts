import { NoxError } from '../errors.js';
import { type ProfileState, selectorOf } from '../profile/io/read-profile.js';

/** @throws `release-is-immutable` when the profile is a release. A profile that links to one may change. */
export function refuseRelease({ ref, path, generation, manifest }: ProfileState): void {
  if (generation !== null && manifest.kind === 'release') throw new NoxError('release-is-immutable', { name: ref.name, profile: selectorOf(ref), path });
}
