import { display, toBytes } from './fs/bytes.js';

const SAFE = /^[A-Za-z0-9_./:+@%=,^-]+$/;

/**
 * A word for a command line that a user may read in a terminal and paste into a POSIX shell: as it is where that is
 * safe, else in quotes; where it holds what could steer a terminal, or bytes that are not UTF-8, written by `printf`.
 */
export function shellWord(text: string): string {
  if (SAFE.test(text)) return text;
  const visible = text.replaceAll('\\', '/');
  if (display(visible) === visible) return singleQuoted(text);
  return `"$(printf '${[...toBytes(text)].map(octal).join('')}')"`;
}

/** A word for a script that a POSIX shell reads, whatever it holds but NUL. */
export const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** For the format of `printf`, where `%` and a leading `-` would mean something. */
function octal(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
