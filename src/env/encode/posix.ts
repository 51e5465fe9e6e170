import { toBytes } from '../../fs/bytes.js';
import type { Change } from '../transition.js';

/**
 * Changes as one line for `eval $(…)` in dash, bash, zsh, ksh and busybox, unquoted: what it holds comes through word
 * splitting and globbing as it is, and it does nothing when cut short, because the group is not closed then. Where printf, which not every shell
 * has built in, is needed and fails, nothing is done, and eval fails. Empty when nothing changes.
 */
export function encodePosix(changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  const printed = changes.flatMap(({ value }) => (value === null || isPlain(value) || isEscapable(value) ? [] : [value]));
  const prepared = [...new Set(printed)].map((value, at): [string, string] => [value, `_nox_${at}`]);
  const names = new Map(prepared);
  const word = (value: string): string => names.has(value) ? `"$${names.get(value)}"` : value.replaceAll(/[^A-Za-z0-9_./:+@%-]|^-/g, (c) => `\\${c}`);
  const done = changes.map(({ name, value }) => (value === null ? `unset ${name};` : `${name}=${word(value)}; export ${name};`)).join(' ');
  if (prepared.length === 0) return `{ ${done} }`;
  return `{ ${prepared.map(([value, name]) => printedInto(name, value)).join(' && ')} && { ${done} unset ${[...names.values()].join(' ')}; }; }`;
}

/** True for a value that every shell of the family takes as it is, unquoted. */
export function isPlain(value: string): boolean {
  return /^[A-Za-z0-9_./:+@%][A-Za-z0-9_./:+@%-]*$/.test(value);
}

/** True for a value that may be said with backslashes: blanks and braces would not come through unquoted. */
function isEscapable(value: string): boolean {
  return value === '' || (/^[!-~ ]+$/.test(value) && !/[{},*?[\]]/.test(value));
}

/** Characters of a word for a printf that is a program: the kernel takes 128 KiB. */
const LONGEST = 100_000;

/** Assignments whose status is that of printf. A newline at the end of what printf prints would be lost. */
function printedInto(name: string, value: string): string {
  const pieces: string[] = [];
  for (const byte of octal(value)) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length < LONGEST) pieces[pieces.length - 1] = last + byte;
    else pieces.push(byte);
  }
  return pieces.flatMap((piece, at) => {
    const before = at === 0 ? '' : `"$${name}"`;
    return piece.endsWith('\\012') ? [`${name}=${before}"\`printf '${piece}.'\`"`, `${name}="\${${name}%.}"`] : [`${name}=${before}"\`printf '${piece}'\`"`];
  }).join(' && ');
}

/** Bytes as `printf` reads them: octal but for the plainest. */
function octal(value: string): string[] {
  return [...toBytes(value)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_./:+@]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
}
