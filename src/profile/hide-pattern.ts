import { globProblem, relative } from '../glob.js';

/** What a pattern of `--hide` or `--copy` tests: `[PACKAGE:]GLOB` as its owner and the glob relative to the profile's root. */
export function readHidePattern(pattern: string): { readonly owner: string | null; readonly glob: string } {
  const colon = pattern.indexOf(':');
  return { owner: colon < 0 ? null : pattern.slice(0, colon), glob: relative(pattern.slice(colon + 1)) };
}

/** Why such a pattern is refused, or `null`; see `globProblem`. */
export function hideProblem(pattern: string): string | null {
  if (readHidePattern(pattern).glob === '') return 'it names no path';
  return globProblem(pattern);
}
