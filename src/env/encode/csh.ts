import { NoxError } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import type { Change } from '../transition.js';

/**
 * Changes as one line for eval in csh and tcsh. All of it is a single quoted word, so that a line cut short is an
 * unmatched quote. Empty when nothing changes. @throws `csh-newline` for a value that holds a newline.
 */
export function encodeCsh(changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  return `eval '${changes.map(({ name, value }) => (value === null ? `unsetenv ${name};` : `setenv ${name} ${word(name, value)};`)).join(' ')}'`;
}

function word(name: string, value: string): string {
  if (value.includes('\n')) throw new NoxError('csh-newline', { variable: name });
  if (/^[A-Za-z0-9_./:+@%][A-Za-z0-9_./:+@%-]*$/.test(value)) return value;
  if (value === '') return '""';
  return `"\`printf '\\''${[...toBytes(value)].map(octalUnlessPlain).join('')}'\\''\`"`;
}

function octalUnlessPlain(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./:+@]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
