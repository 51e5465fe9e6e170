import { matcher, relative } from '../glob.js';
import type { FarmPackage } from './farm/request.js';
import { readHidePattern } from './hide-pattern.js';

type Owner = Pick<FarmPackage, 'id' | 'name'>;

/** What patterns match, and what not. */
interface Hiding {
  readonly isHidden: (path: string, pkg: Owner) => boolean;
  /** The patterns that have matched none of the paths asked about. */
  readonly idle: () => readonly string[];
}

/**
 * A test for paths by patterns of the form `[PACKAGE:]GLOB`: with a package (its name or identifier) only of that one. A pattern
 * that matches a directory is as good as one for all in it where a farm is planned from above. Assumes patterns that
 * `patternProblem` accepts.
 */
export function hiding(patterns: readonly string[]): Hiding {
  if (patterns.length === 0) return { isHidden: () => false, idle: () => [] };
  const idle = new Set(patterns);
  const tests = patterns.map((pattern) => {
    const { owner, glob } = readHidePattern(pattern);
    // A colon may as well be part of a name, as in share/man/man3/Foo::Bar.3.
    const [matches, isWhole] = [matcher(glob), owner === null ? () => false : matcher(relative(pattern))];
    const test = (path: string, pkg: Owner): boolean => ((owner === null || owner === pkg.name || owner === pkg.id) && matches(path)) || isWhole(path);
    return { pattern, test };
  });
  return {
    isHidden(path, pkg) {
      const found = tests.filter(({ test }) => test(path, pkg));
      for (const { pattern } of found) idle.delete(pattern);
      return found.length > 0;
    },
    idle: () => [...idle],
  };
}
