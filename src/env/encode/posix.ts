import { toBytes } from '../../fs/bytes.js';
import type { Change } from '../transition.js';

/**
 * Changes as one line for `eval $(…)` in dash, bash, zsh, ksh and busybox, unquoted: what it holds comes through word
 * splitting and globbing as it is, and it does nothing when cut short, because the group is not closed then. Empty when
 * nothing changes.
 */
export function encodePosix(changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  return `{ ${changes.map(({ name, value }) => (value === null ? `unset ${name};` : assignment(name, value))).join(' ')} }`;
}

/** True for a value that every shell of the family takes as it is, unquoted. */
export function isPlain(value: string): boolean {
  return /^[A-Za-z0-9_./:+@%][A-Za-z0-9_./:+@%-]*$/.test(value);
}

function assignment(name: string, value: string): string {
  if (isPlain(value)) return `${name}=${value}; export ${name};`;
  if (/^[!-~ ]+$/.test(value) && !/[{},*?[\]]/.test(value)) return `${name}=${value.replaceAll(/[^A-Za-z0-9_./:+@%-]|^-/g, (c) => `\\${c}`)}; export ${name};`;
  if (!value.endsWith('\n')) return `${name}="\`printf '${octal(value)}'\`"; export ${name};`;
  return `${name}="\`printf '${octal(value)}.'\`"; ${name}="\${${name}%.}"; export ${name};`;
}

/** Bytes as `printf` reads them: octal but for the plainest. */
function octal(value: string): string {
  return [...toBytes(value)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_./:+@]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}
