import { globProblem, relative } from '../glob.js';

/** What a pattern of `--hide` or `--copy` tests: `[PACKAGE:]GLOB` as its owner and the glob relative to the profile's root. */
export function readHidePattern(pattern: string): { readonly owner: string | null; readonly glob: string } {
  const colon = pattern.indexOf(':');
  return { owner: colon < 0 ? null : pattern.slice(0, colon), glob: relative(pattern.slice(colon + 1)) };
}

/** The form in which a pattern is recorded: `share/doc/` is the directory with all in it, as `share/doc` is. */
export const recordedPattern = (pattern: string): string => relative(pattern);

/** Why a pattern cannot be tested, or `null`; see `globProblem`. */
export function patternProblem(pattern: string): string | null {
  if (readHidePattern(pattern).glob === '') return 'it names no path';
  return globProblem(pattern);
}

/** Why a pattern that somebody gives is refused, or `null`: for what {@link patternProblem} says, or because it matches nothing that a profile could have. */
export function hideProblem(pattern: string): string | null {
  const { owner, glob } = readHidePattern(pattern);
  if (owner === '') return 'there is no package before ":"';
  if (glob.split('/').includes('..')) return 'a path in a profile has no ".."';
  return patternProblem(pattern);
}
