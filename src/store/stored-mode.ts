/** Modes in a store: nobody writes, and what is closed to others in its source stays closed to them. */

/** Mode of a file: who could read it reads it, and executes it where anybody could. Giving the result again gives the same. */
export function storedMode(mode: number): number {
  const readable = 0o400 | (mode & 0o044);
  return (mode & 0o111) === 0 ? readable : readable | (readable >> 2) | (mode & 0o111);
}

/** Mode of a directory, of the usual one what the classes have that could list and enter it; of others, they keep what they could do. */
export function storedDirectoryMode(mode: number, usual: number): number {
  // Archives made by programs that do not care have directories that nobody could enter, which tells nothing.
  const meant = (mode & 0o100) === 0 ? mode | ((mode & 0o444) >> 2) : mode;
  const group = (meant & 0o050) === 0o050 ? 0o070 : meant & 0o050;
  const others = (meant & 0o005) === 0o005 ? 0o007 : meant & 0o005;
  return usual & (0o700 | group | others);
}

/** The mode of an entry that everybody may read, and execute or enter where its owner may. */
export const openMode = (type: string, mode: number): number => mode | (type === 'directory' ? 0o555 : (mode & 0o100) === 0 ? 0o444 : 0o555);

/** Bits that somebody who is not the owner needs to make anything of an entry. */
const OPEN = { file: 0o044, directory: 0o055 };

/** True for an entry of this mode that is closed to some or all but its owner. */
export const isClosed = (type: keyof typeof OPEN, mode: number): boolean => (mode & OPEN[type]) !== OPEN[type];
