import { readDirectoryIfAny } from '../../fs/disk.js';
import { orNull } from '../../errors.js';
import { generations, profileStates } from '../../layout.js';
import { parseProfileName, type ProfileName } from '../name.js';

/** Names of the profiles that a home has: what nox cannot have made there, as what NFS leaves of a file in use (`.nfs…`), is none. */
export function profilesIn(home: string): ProfileName[] {
  return (readDirectoryIfAny(profileStates(home)) ?? []).flatMap(({ name }) => orNull(() => parseProfileName(name)) ?? []);
}

/** Numbers of the generations that exist, ascending. Nobody makes a thousand million; what is longer was not put there by nox. */
export function existingGenerations({ home, name }: { readonly home: string; readonly name: string }): number[] {
  const entries = readDirectoryIfAny(generations(home, name)) ?? [];
  return entries.filter((entry) => /^(?:0|[1-9]\d{0,8})$/.test(entry.name)).map((entry) => Number(entry.name)).sort((a, b) => a - b);
}
