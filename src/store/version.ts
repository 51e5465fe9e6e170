import { byName } from '../fs/bytes.js';

/** One number, word or mark of a version; `text` is lower case, a number has no leading zeros and zero is empty. */
interface Part {
  readonly rank: number;
  readonly text: string;
}

/** A version taken apart; made by {@link readVersion}, compared by {@link compareKeys} and {@link leads}. */
export interface VersionKey {
  /** Every part as written. */
  readonly written: readonly Part[];
  /** Without the zeros that end a run of numbers: `6.30` and `6.30.00` have the same value. */
  readonly value: readonly Part[];
  /** How many zeros the end of `value` lost. */
  readonly zeros: number;
}

/** What sorts before the release, the end of the version itself, and what sorts after it, in order. */
const TILDE = 0;
const BEFORE: ReadonlyMap<string, number> = new Map([['dev', 1], ['alpha', 2], ['beta', 3], ['pre', 4], ['rc', 5]]);
const END = 6;
const DASH = 7;
const WORD = 8;
const PLUS = 9;
const NUMBER = 10;

const PARTS = /[0-9]+|[^0-9._:+~-]+|[+~-]/g;

/**
 * Takes a version apart, in linear time; every text is a version. Numbers and words are read from left to right,
 * a leading `v` before a number is dropped, `_` and `:` separate as `.` does. `~` and the words alpha, beta, rc, pre
 * and dev stand before the release, `-N`, any other word and `+` after it, in this order, and a further number last:
 * `1.2~x`, `1.2-rc1`, `1.2`, `1.2-7`, `1.2a`, `1.2+dfsg`, `1.2.1`. How a word is joined (`1.2rc1`, `1.2.rc1`,
 * `1.2-rc1`, `1.2~rc1`) makes no difference, save for `+`, after which every word is a plain one.
 */
export function readVersion(text: string): VersionKey {
  const tokens = text.replace(/^v(?=[0-9])/i, '').match(PARTS) ?? [];
  const written: Part[] = [];
  tokens.forEach((token, at) => {
    const part = readPart(token, tokens[at - 1], tokens[at + 1]);
    if (part !== null) written.push(part);
  });
  return keyOf(written);
}

function readPart(token: string, before: string | undefined, after: string | undefined): Part | null {
  if (isDigit(token)) return { rank: NUMBER, text: token.replace(/^0+/, '') };
  if (token === '-') return isDigit(after) ? { rank: DASH, text: '' } : null;
  if (token === '~') return BEFORE.has(after?.toLowerCase() ?? '') ? null : { rank: TILDE, text: '' };
  if (token === '+') return { rank: PLUS, text: '' };
  const word = token.toLowerCase();
  return { rank: (before === '+' ? undefined : BEFORE.get(word)) ?? WORD, text: word };
}

function isDigit(token: string | undefined): boolean {
  return token !== undefined && token >= '0' && token < ':';
}

function keyOf(written: readonly Part[]): VersionKey {
  const value: Part[] = [];
  let zeros = 0;
  for (const part of written) {
    if (part.rank === NUMBER && part.text === '') {
      zeros += 1;
      continue;
    }
    if (part.rank === NUMBER) for (; zeros > 0; zeros -= 1) value.push({ rank: NUMBER, text: '' });
    zeros = 0;
    value.push(part);
  }
  return { written, value, zeros };
}

/** Order by value alone: zero for `6.30.02` and `v6_30_2`. A total preorder. */
export function compareKeys(a: VersionKey, b: VersionKey): number {
  const length = Math.max(a.value.length, b.value.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareParts(a.value[at], b.value[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: Part | undefined, b: Part | undefined): number {
  const rank = (a?.rank ?? END) - (b?.rank ?? END);
  if (rank !== 0 || a === undefined || b === undefined) return rank;
  if (a.rank === NUMBER && a.text.length !== b.text.length) return a.text.length - b.text.length;
  return byName(a.text, b.text);
}

/**
 * A total order of versions (reflexive, antisymmetric, transitive): by value, and where values are equal by text.
 * See {@link readVersion} for the rules.
 */
export function compareVersions(a: string, b: string): number {
  return compareKeys(readVersion(a), readVersion(b)) || byName(a, b);
}

/** True when what follows the numbers of the release stands before it: `6.30.00-rc1`, `1.2~beta3`; not `1.2-1~bpo12`. */
export function isPrerelease(version: string): boolean {
  return isPrereleaseKey(readVersion(version));
}

/** As {@link isPrerelease}. */
export function isPrereleaseKey(key: VersionKey): boolean {
  const first = key.value.find((part) => part.rank !== NUMBER);
  return first !== undefined && first.rank < END;
}

/** True when two prereleases are of one release: `6.30-rc1` and `6.30.00-rc2`. */
export function sameRelease(a: VersionKey, b: VersionKey): boolean {
  return compareKeys(keyOf(leadingNumbers(a)), keyOf(leadingNumbers(b))) === 0;
}

/**
 * True when `key` begins with all components of `prefix`: `6.30` leads `6.30.02` and `v6_30_02`, not `6.3` nor
 * `6.301`. Numbers that a version does not have count as zero: `1.3.0` leads `1.3`.
 */
export function leads(prefix: VersionKey, key: VersionKey): boolean {
  const length = prefix.value.length;
  for (let at = 0; at < length; at += 1) {
    if (key.value[at] === undefined || compareParts(prefix.value[at], key.value[at]) !== 0) return false;
  }
  for (let at = length; at < length + prefix.zeros; at += 1) {
    const part = key.value[at];
    if (part === undefined || part.rank !== NUMBER) return true;
    if (part.text !== '') return false;
  }
  return true;
}

/** The first `count` of the leading numbers as a version of its own; of a version that begins with a word, that word. */
export function truncate(key: VersionKey, count: number): VersionKey {
  const numbers = leadingNumbers(key);
  return keyOf(numbers.length === 0 ? key.written.slice(0, 1) : numbers.slice(0, count));
}

/** How many leading numbers stay the same under semver's `^`: up to the first that is not zero, else all. */
export function compatibleLength(key: VersionKey): number {
  const numbers = leadingNumbers(key);
  const first = numbers.findIndex((part) => part.text !== '');
  return first < 0 ? numbers.length : first + 1;
}

function leadingNumbers(key: VersionKey): readonly Part[] {
  const end = key.written.findIndex((part) => part.rank !== NUMBER);
  return end < 0 ? key.written : key.written.slice(0, end);
}

/** Order of versions in which any prerelease comes before any release, and no version at all before both. */
export function compareReleases(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return Number(isPrerelease(b)) - Number(isPrerelease(a)) || compareVersions(a, b);
}
