/** Versions of Debian packages, compared as dpkg does: see deb-version(7). */

/** The order of two versions by Debian's rules: negative, zero or positive. */
export function compareDebian(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  return one.epoch - other.epoch || comparePart(one.upstream, other.upstream) || comparePart(one.revision, other.revision);
}

function split(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const rest = withoutEpoch(version);
  const dash = rest.lastIndexOf('-');
  return { epoch: epochOf(version), upstream: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '' : rest.slice(dash + 1) };
}

/** Runs of other characters and runs of digits in turn; letters before other characters, `~` before everything, even the end. */
function comparePart(a: string, b: string): number {
  const [one, other]: [string[], string[]] = [[...(a.match(/\d+|\D+/g) ?? [])], [...(b.match(/\d+|\D+/g) ?? [])]];
  // Each list begins with a run that is no number, empty where there is none.
  if (/^\d/.test(a)) one.unshift('');
  if (/^\d/.test(b)) other.unshift('');
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [left, right] = [one[at] ?? '', other[at] ?? ''];
    const order = at % 2 === 0 ? compareWords(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function compareWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = weight(a[at]) - weight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function weight(char: string | undefined): number {
  if (char === undefined) return 0;
  if (char === '~') return -1;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

/** True when a version stands in a relation (`<<`, `<=`, `=`, `>=`, `>>`) to another. */
export function holdsDebian(version: string, operator: string, other: string): boolean {
  const order = compareDebian(version, other);
  switch (operator) {
    case '<<':
      return order < 0;
    case '<=':
    case '<':
      return order <= 0;
    case '>=':
    case '>':
      return order >= 0;
    case '>>':
      return order > 0;
    default:
      return order === 0;
  }
}

/** The version without its epoch, which orders versions of Debian only, and whose colon cannot be in a path. */
export const withoutEpoch = (version: string): string => version.replace(/^\d+:/, '');

/** Its epoch, which is 0 where none is written. */
export const epochOf = (version: string): number => Number(/^(\d+):/.exec(version)?.[1] ?? 0);
