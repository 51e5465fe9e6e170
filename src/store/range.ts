import { NoxError } from '../errors.js';
import {
  compareKeys,
  compatibleLength,
  isPrereleaseKey,
  leads,
  readVersion,
  sameRelease,
  truncate,
  type VersionKey,
} from './version.js';

/** A set of versions; made by {@link parseRange}. */
export interface Range {
  /** As written. */
  readonly text: string;
  /** One of these must hold; in each, every comparator. No comparator at all means any release. */
  readonly alternatives: ReadonlyArray<readonly Comparator[]>;
}

type Comparator =
  | { readonly kind: 'none' }
  | { readonly kind: 'at-least' | 'at-most' | 'above' | 'below' | 'within'; readonly bound: VersionKey };

/** Longest range text, in UTF-16 units. */
const LONGEST = 256;

const COMPARATOR = /\s*(\^|~>?|>=?|<=?|=)?\s*([0-9A-Za-z*][0-9A-Za-z._+~:*-]*)(?=\s|$)/y;
const HYPHEN = /^(\S+)\s+-\s+(\S+)$/;

/**
 * Reads a range in semver's grammar: `^ ~ > >= < <= =`, hyphen ranges, x-ranges (`6.x`, `6.*`, `*`), `||`, and white
 * space for "and". What differs from semver, on purpose:
 *
 * - versions are those of {@link readVersion}: any number of components, `-N` and `+x` after the release, not before it
 *   and not ignored;
 * - a version stands for all versions that it leads, whole components at a time: `6.30` is semver's `6.30.x`, and
 *   `=1.1.1` and `<=1.1.1` take in 1.1.1w and 1.1.1-7, which `>1.1.1` leaves out;
 * - `^` and `~` hold the leading components; there is no upper bound that a prerelease of the next release could meet.
 *
 * Throws `invalid-range` for anything else, and for texts over 256 characters.
 */
export function parseRange(text: string): Range {
  if (text.length > LONGEST) {
    throw new NoxError('invalid-range', { range: text.slice(0, LONGEST), problem: `it is longer than ${LONGEST} characters` });
  }
  return { text, alternatives: text.split('||').map((part) => parseAlternative(part.trim(), text)) };
}

function parseAlternative(part: string, text: string): readonly Comparator[] {
  const hyphen = HYPHEN.exec(part);
  if (hyphen !== null) return [hyphen[1], hyphen[2]].flatMap((end, at) => parseOne(`${at === 0 ? '>=' : '<='}${end}`, text));
  return parseOne(part, text);
}

function parseOne(part: string, text: string): readonly Comparator[] {
  const comparators: Comparator[] = [];
  for (let at = 0; at < part.length; ) {
    COMPARATOR.lastIndex = at;
    const match = COMPARATOR.exec(part);
    if (match === null) {
      throw new NoxError('invalid-range', { range: text, problem: `it cannot be read from "${part.slice(at)}" on` });
    }
    comparators.push(...expand(match[1] ?? '=', boundOf(match[2] as string, text)));
    at = COMPARATOR.lastIndex;
  }
  return comparators;
}

/** The version before the first wildcard component; `null` when there is nothing before it. */
function boundOf(version: string, text: string): VersionKey | null {
  const wildcard = /(?:^|[._])[xX*](?=$|[._])/.exec(version);
  const fixed = wildcard === null ? version : version.slice(0, wildcard.index);
  if (fixed.includes('*')) throw new NoxError('invalid-range', { range: text, problem: '"*" stands for whole components only' });
  return fixed === '' ? null : readVersion(fixed);
}

function expand(operator: string, bound: VersionKey | null): readonly Comparator[] {
  if (bound === null) return operator === '>' || operator === '<' ? [{ kind: 'none' }] : [];
  const atLeast: Comparator = { kind: 'at-least', bound };
  switch (operator) {
    case '^':
      return [atLeast, { kind: 'within', bound: truncate(bound, compatibleLength(bound)) }];
    case '~':
    case '~>':
      return [atLeast, { kind: 'within', bound: truncate(bound, 2) }];
    case '>=':
      return [atLeast];
    case '>':
      return [{ kind: 'above', bound }];
    case '<':
      return [{ kind: 'below', bound }];
    case '<=':
      return [{ kind: 'at-most', bound }];
    default:
      return [{ kind: 'within', bound }];
  }
}

/**
 * True when the version lies in the range. A prerelease does only when some comparator of the alternative that holds
 * is a prerelease of the same release, as in semver. A package without a version (`null`) satisfies only `*`.
 */
export function satisfies(version: string | null, range: Range): boolean {
  if (version === null) return range.alternatives.some((comparators) => comparators.length === 0);
  const key = readVersion(version);
  const prerelease = isPrereleaseKey(key);
  return range.alternatives.some(
    (comparators) =>
      comparators.every((comparator) => holds(comparator, key)) && (!prerelease || comparators.some((c) => names(c, key))),
  );
}

function holds(comparator: Comparator, key: VersionKey): boolean {
  switch (comparator.kind) {
    case 'none':
      return false;
    case 'at-least':
      return compareKeys(key, comparator.bound) >= 0;
    case 'below':
      return compareKeys(key, comparator.bound) < 0;
    case 'within':
      return leads(comparator.bound, key);
    case 'at-most':
      return compareKeys(key, comparator.bound) <= 0 || leads(comparator.bound, key);
    case 'above':
      return compareKeys(key, comparator.bound) > 0 && !leads(comparator.bound, key);
  }
}

function names(comparator: Comparator, prerelease: VersionKey): boolean {
  return comparator.kind !== 'none' && isPrereleaseKey(comparator.bound) && sameRelease(comparator.bound, prerelease);
}
