import { NoxError } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import type { Change } from '../transition.js';

/** The most characters of a word of csh as BSD has it, which takes 4096, and of what comes of one, which may be twice as long. tcsh has no such limits. */
const LONGEST = { part: 3000, word: 3800, value: 8000 };

/**
 * Changes as one line for eval in tcsh. What is done is a single quoted word, so that a line cut short is an unmatched quote. Where printf(1) is
 * needed and not found nothing is done, and eval fails. Empty when nothing changes. @throws `csh-newline` for a value that holds a newline.
 */
export function encodeTcsh(changes: readonly Change[]): string {
  const { statements, needsPrintf } = statementsOf(changes);
  if (statements.length === 0) return '';
  return needsPrintf ? inParts([statements.join(' ')], needsPrintf) : `eval '${statements.join(' ')}'`;
}

/**
 * Like {@link encodeTcsh}, also for the csh of BSD: what would be too long a word for it is put together from several. Where a value is longer than it
 * takes at all, nothing is done there, and eval fails for want of the variable that every tcsh has.
 */
export function encodeCsh(changes: readonly Change[]): string {
  const whole = encodeTcsh(changes);
  if (whole.length <= LONGEST.word) return whole;
  const { statements, needsPrintf } = statementsOf(changes);
  const needsTcsh = changes.some(({ value }) => value !== null && toBytes(value).length > LONGEST.value);
  return inParts(joined(statements, ' ', LONGEST.word), needsPrintf, needsTcsh);
}

/** The parts are put into variables before any of them is done. */
function inParts(parts: readonly string[], needsPrintf: boolean, needsTcsh = false): string {
  const names = parts.map((_, at) => `_nox_${at}`);
  const done = [...(needsTcsh ? ['set _nox_v = $tcsh:q'] : []), ...(needsPrintf ? ['printf ""'] : []), ...names.map((name) => `eval $${name}:q`), `unset ${names.join(' ')}`];
  return `${parts.map((part, at) => `set ${names[at]} = '${part}';`).join(' ')} eval '${done.join(' && ')}'`;
}

function statementsOf(changes: readonly Change[]): { readonly statements: readonly string[]; readonly needsPrintf: boolean } {
  let needsPrintf = false;
  const statements = changes.flatMap(({ name, value }) => {
    if (value === null) return [`unsetenv ${name};`];
    if (value.includes('\n')) throw new NoxError('csh-newline', { variable: name.replace(/^NOX_\d+_(?:PRE|POST|SET|OLD)_/, '') });
    const isPlain = /^[A-Za-z0-9_./:+@%][A-Za-z0-9_./:+@%-]*$/.test(value);
    needsPrintf ||= !isPlain && value !== '';
    const octalOf = isPlain ? (byte: number): string => String.fromCharCode(byte) : octalUnlessPlain;
    const words = joined([...toBytes(value)].map(octalOf), '', LONGEST.part).map((piece) => (isPlain ? piece : `"\`printf '\\''${piece}'\\''\`"`));
    if (words.length < 2) return [`setenv ${name} ${words[0] ?? '""'};`];
    return [`set _nox_v = ${words[0]};`, ...words.slice(1).map((word) => `set _nox_w = ${word}; set _nox_v = $_nox_v:q$_nox_w:q;`), `setenv ${name} $_nox_v:q; unset _nox_v _nox_w;`];
  });
  return { statements, needsPrintf };
}

/** The texts joined to as few as may be that are not longer than that. */
function joined(texts: readonly string[], by: string, longest: number): string[] {
  const found: string[] = [];
  let room = 0;
  for (const text of texts) {
    if (by.length + text.length <= room) found.push(`${found.pop() ?? ''}${by}${text}`);
    else found.push(text);
    room = longest - (found.at(-1) ?? '').length;
  }
  return found;
}

function octalUnlessPlain(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./:+@]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
