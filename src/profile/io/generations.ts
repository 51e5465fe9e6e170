import { readDirectoryIfAny } from '../../fs/disk.js';
import { generations } from '../../layout.js';

/** Numbers of the generations that exist, ascending. Nobody makes a thousand million; what is longer was not put there by nox. */
export function existingGenerations({ home, name }: { readonly home: string; readonly name: string }): number[] {
  const entries = readDirectoryIfAny(generations(home, name)) ?? [];
  return entries.filter((entry) => /^(?:0|[1-9]\d{0,8})$/.test(entry.name)).map((entry) => Number(entry.name)).sort((a, b) => a - b);
}
