import { toBytes } from '../../fs/bytes.js';
import type { Change } from '../transition.js';

/** Changes as one line for `| source` in fish; a block that is cut short does nothing. Empty when nothing changes. */
export function encodeFish(changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  return `begin; ${changes.map(({ name, value }) => (value === null ? `set -eg ${name};` : `set -gx ${name} ${fishWord(value)};`)).join(' ')} end`;
}

/** One word of fish: quoted where printable, `\Xhh` for every other byte. `%self` would be its own process. */
export function fishWord(text: string): string {
  if (/^[A-Za-z0-9_./:+@][A-Za-z0-9_./:+@%-]*$/.test(text)) return text;
  if (text === '') return "''";
  let word = '';
  let quoted = '';
  const close = (): void => {
    if (quoted !== '') word += `'${quoted}'`;
    quoted = '';
  };
  for (const byte of toBytes(text)) {
    if (byte >= 0x20 && byte < 0x7f) {
      const char = String.fromCharCode(byte);
      quoted += char === '\\' || char === "'" ? `\\${char}` : char;
    } else {
      close();
      word += `\\X${byte.toString(16).padStart(2, '0')}`;
    }
  }
  close();
  return word;
}
