/** A word for a command line that a user may paste into a POSIX shell: as it is where that is safe, else in quotes. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:+@%=,^-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
