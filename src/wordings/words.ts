/** Pieces that the wordings of errors are made of. */
import type { ChangeState, ErrorCode, ErrorData, ExitCode, FailedStep, SeenCandidates } from '../error-data.js';
import { display } from '../fs/bytes.js';
import { shellWord } from '../shell-word.js';

/** A name or path in a message: quoted and safe for a terminal. */
export const q = (text: string): string => `"${display(text)}"`;

/** A word of a command in a hint. */
export const word = shellWord;

/** What the user may have meant, as the end of a message. */
export const orRather = (...nearest: readonly (string | null)[]): string => {
  const known = nearest.filter((name) => name !== null);
  return known.length === 0 ? '' : `; did you mean ${known.map(q).join(', ')}?`;
};

/** Longest list in a message; the data has all. */
export const SHOWN = 8;

/** Which numbers there are, in few words. */
export function numbers(existing: readonly number[]): string {
  if (existing.length <= SHOWN) return existing.join(', ');
  return `${existing.length} between ${existing[0]} and ${existing.at(-1)}`;
}

/** How long ago something was, seconds given. */
export function ago(seconds: number): string {
  const [unit, size] = seconds < 5400 ? ['minute', 60] as const : seconds < 2 * 86_400 ? ['hour', 3600] as const : ['day', 86_400] as const;
  const count = Math.round(seconds / size);
  return count === 0 ? 'just now' : `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** Lines that tell what the stores have of one name. */
export function describeSeen(seen: SeenCandidates): readonly string[] {
  if (seen.packages.length === 0) return [`no store has ${q(seen.name)}`];
  const lines = seen.packages.slice(0, SHOWN).map(
    (p) => `  ${display(p.id)} in ${display(p.store)}${p.problem === null ? '' : ` (cannot be used: ${display(p.problem)})`}`,
  );
  const more = seen.packages.length - lines.length;
  return [`candidates for ${q(seen.name)}:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

const STATES: Readonly<Record<ChangeState, string>> = {
  unchanged: '; nothing was changed',
  made: '; the change itself is made',
  recorded: '; the change itself is made, and the profile shows it after the next one',
};

/** What could not be done, why, and what became of the change. */
export const failedStep = (d: FailedStep): string => `cannot ${d.step} ${q(d.path)}: ${d.reason}${d.state === null ? '' : STATES[d.state]}`;

/** The command that makes a profile show a change that is made. */
export const repairing = (d: FailedStep): string | null => (d.state === 'recorded' && d.profile !== null ? `nox-profile doctor ${word(d.profile)} --repair` : null);

/** How one error is told. */
interface Wording<D> {
  readonly exit: ExitCode;
  message(data: D): string;
  /** An exact command to run, or one sentence that says the way out. */
  hint?(data: D): string | null;
}

/** Code to wording and exit code. */
export type Wordings = { readonly [C in ErrorCode]: Wording<ErrorData[C]> };
