import { orNull } from '../../errors.js';
import { readDirectoryIfAny } from '../../fs/disk.js';
import { generations, parseNumber, profileStates } from '../../layout.js';
import { parseProfileName, type ProfileName } from '../name.js';

/** Names of the profiles that a home has: what nox cannot have made there, as what NFS leaves of a file in use (`.nfs…`), is none. */
export function profilesIn(home: string): ProfileName[] {
  return (readDirectoryIfAny(profileStates(home)) ?? []).flatMap(({ name }) => orNull(() => parseProfileName(name)) ?? []);
}

/** Numbers of the generations that exist, ascending. */
export function existingGenerations({ home, name }: { readonly home: string; readonly name: string }): number[] {
  return numbersIn(generations(home, name));
}

/** Numbers that entries of a directory have for their names, ascending; anything else in it is left out. */
export const numbersIn = (directory: string): number[] => (readDirectoryIfAny(directory) ?? []).flatMap((entry) => parseNumber(entry.name) ?? []).sort((a, b) => a - b);
