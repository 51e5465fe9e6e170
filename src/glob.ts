import picomatch from 'picomatch';

const LONGEST = 1000;
const MOST_DEEP = 2;
const MOST_STARS = 4;

/** A glob as paths of a tree are written: nothing before it for the root, no slash at its end, none twice, no part `.`. */
export const relative = (glob: string): string => glob.split('/').filter((part) => part !== '' && part !== '.').join('/');

/**
 * Why a glob is refused, or `null`. Wildcards are `*`, `?`, `[…]`, `{a,b}` and `**`, and a backslash takes their meaning
 * away; groups and long runs of `*` are left out, since matching those may take for ever.
 */
export function globProblem(glob: string): string | null {
  if (glob.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  if (relative(glob) === '') return 'it names no path';
  const bare = glob.replaceAll(/\\./gs, '_');
  if (/[()]/.test(bare)) return 'groups in "(" and ")" are not supported';
  const segments = bare.split('/');
  if (segments.filter((segment) => segment === '**').length > MOST_DEEP) return `it has more than ${MOST_DEEP} "**"`;
  if (segments.some((segment) => segment.replaceAll(/\*+/g, '*').split('*').length > MOST_STARS)) return `a part of it has more than ${MOST_STARS - 1} "*"`;
  return null;
}

/** A test for paths of a glob that {@link globProblem} accepts. */
export function matcher(glob: string): (path: string) => boolean {
  return picomatch(glob, { dot: true, noextglob: true, nonegate: true, regex: false });
}

/** The glob that matches this path only. What two backslashes mean to picomatch depends on what follows, so one stands in a class. */
export const literally = (path: string): string => path.replaceAll(/[*?[\]{}()!|"$^\\]/g, (one) => (one === '\\' ? '[\\\\]' : `\\${one}`));

/** The directory, '' for the root, in which everything lies that the glob can match. */
export function baseOfGlob(glob: string): string {
  const { base, isGlob } = picomatch.scan(relative(glob), { noext: true });
  if (!isGlob && !/[\\{}]/.test(glob)) return base.slice(0, Math.max(0, base.lastIndexOf('/')));
  return /[\\{}]/.test(base) || base === '.' ? '' : base;
}
