const LONGEST = 1000;
const MOST_DEEP = 2;
const MOST_STARS = 4;

/** What a pattern tests: `[PACKAGE:]GLOB` as its owner and the glob relative to the profile's root. */
export function readHidePattern(pattern: string): { readonly owner: string | null; readonly glob: string } {
  const colon = pattern.indexOf(':');
  return { owner: colon < 0 ? null : pattern.slice(0, colon), glob: relative(pattern.slice(colon + 1)) };
}

/** A glob without what stands for the profile's root before it. */
export const relative = (glob: string): string => glob.replace(/^\.?\/+/, '');

/**
 * Why a pattern of `--hide` is refused, or `null`. Wildcards are `*`, `?`, `[…]`, `{a,b}` and `**`, and a backslash takes
 * their meaning away; groups and long runs of `*` are left out, since matching those may take for ever.
 */
export function hideProblem(pattern: string): string | null {
  if (pattern.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  if (readHidePattern(pattern).glob === '') return 'it names no path';
  const bare = pattern.replaceAll(/\\./gs, '_');
  if (/[()]/.test(bare)) return 'groups in "(" and ")" are not supported';
  const segments = bare.split('/');
  if (segments.filter((segment) => segment === '**').length > MOST_DEEP) return `it has more than ${MOST_DEEP} "**"`;
  if (segments.some((segment) => segment.replaceAll(/\*+/g, '*').split('*').length > MOST_STARS)) return `a part of it has more than ${MOST_STARS - 1} "*"`;
  return null;
}
