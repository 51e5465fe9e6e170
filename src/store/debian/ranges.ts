/**
 * Relations of Debian as ranges of nox, which orders versions by other rules and does not take prereleases where a range names none. A range of a
 * dependency takes all that Debian takes, one of a conflict takes nothing that Debian does not: more is allowed than Debian does, never less, in
 * any order of imports. A lower bound holds by what {@link furtherReadings} tells of the other package's version.
 *
 * No range can tell what nox's versions do not: epochs, and zeros at the end (5-1 comes before 5.0 for Debian). Nor can one of a conflict tell a
 * version of Debian's with two hyphens, or with a word after a point.
 */
import { isPrerelease } from '../version.js';
import { withoutEpoch } from './version.js';

interface Bound {
  /** The numbers that the version begins with, which both orders compare alike. */
  readonly numbers: string;
  readonly rest: string;
  /** The numbers of the revision, where one comes next and is all that there is besides what follows in `mark`. */
  readonly revision: string | null;
  /** What follows the revision. */
  readonly mark: string;
}

function readBound(version: string): Bound | null {
  const match = /^(\d+(?:\.\d+)*)(.*)$/.exec(withoutEpoch(version));
  if (match === null) return null;
  const [, numbers, rest] = match as unknown as [string, string, string];
  const after = /^-(\d+(?:\.\d+)*)([^-]*)$/.exec(rest);
  // Where zeros end it, nox takes no notice of them, and Debian does.
  const revision = after === null || /(?:^|\.)0+$/.test(after[1] as string) ? null : (after[1] as string);
  return { numbers, rest, revision, mark: revision === null ? '' : (after?.[2] as string) };
}

/** The next after all that begin with these numbers. */
const next = (numbers: string): string => numbers.replace(/\d+$/, (last) => String(BigInt(last) + 1n));

/** What a dependency asks for; `null`: the name alone. */
export function dependencyRange(operator: string, version: string): string | null {
  if (operator === '=') return `=${withoutEpoch(version).replace(/-0+$/, '')}`;
  const bound = readBound(version);
  if (bound === null) return null;
  return operator.startsWith('>') ? `>=${bound.numbers}` : upperBound(bound, operator !== '<<');
}

function upperBound({ numbers, rest, revision, mark }: Bound, inclusive: boolean): string {
  if (rest === '' && inclusive) return `<=${numbers}`;
  if (rest === '~') return `<${numbers}~`;
  // The last of the prereleases, so that this names them.
  if (rest === '' || rest.startsWith('~')) return `<=${numbers}-rc`;
  if (revision !== null) return mark === '' || mark.startsWith('~') ? `<${inclusive && mark === '' ? '=' : ''}${numbers}-${revision}` : `<${numbers}-${next(revision)}`;
  // Every revision of it, and no later one.
  if (/^-[^-]*$/.test(rest)) return `<${numbers}+`;
  return rest.startsWith('.') ? `<${next(numbers)}` : `<${numbers}.1`;
}

/** What a conflict keeps out; `null`: nothing. */
export function conflictRange(operator: string, version: string): string | null {
  const bound = readBound(version);
  // A range cannot mean one version and not its rebuilds.
  if (bound === null || operator === '=') return null;
  const { numbers, rest, revision, mark } = bound;
  if (operator.startsWith('>')) return rest.startsWith('.') ? null : `>${numbers}`;
  return `<${numbers}${revision === null ? '' : `-${revision}`}${mark.startsWith('~') ? '~' : ''}`;
}

/**
 * What else a version of Debian is to be taken for, so that lower bounds hold where nox's order would set it before what it comes after for Debian:
 * `2.0~dfsg-1` is 2.0 as well, `1.0rc1-1` is 1.0+rc1-1, and `1.2.dfsg-1`, which is after every 1.2.N, is 1.3.
 */
export function furtherReadings(version: string): readonly string[] {
  const bound = readBound(version);
  if (bound === null) return [];
  const { numbers, rest } = bound;
  return [
    ...(!isPrerelease(withoutEpoch(version)) ? [] : [rest.startsWith('~') ? numbers : `${numbers}+${rest.replace(/^[.-]+/, '')}`]),
    ...(/^\.(?:\D|$)/.test(rest) ? [next(numbers)] : []),
  ];
}
