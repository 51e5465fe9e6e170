import { matcher, relative } from '../glob.js';
import type { FarmPackage } from './farm/request.js';
import { readHidePattern } from './hide-pattern.js';

/**
 * A test for paths by patterns of the form `[PACKAGE:]GLOB`: with a package (its name or identifier) only of that one. A pattern
 * that matches a directory is as good as one for all in it where a farm is planned from above. Assumes patterns that
 * `hideProblem` accepts.
 */
export function hiding(patterns: readonly string[]): (path: string, pkg: Pick<FarmPackage, 'id' | 'name'>) => boolean {
  if (patterns.length === 0) return () => false;
  const tests = patterns.map((pattern) => {
    const { owner, glob } = readHidePattern(pattern);
    // A colon may as well be part of a name, as in share/man/man3/Foo::Bar.3.
    const [matches, isWhole] = [matcher(glob), owner === null ? () => false : matcher(relative(pattern))];
    return (path: string, pkg: Pick<FarmPackage, 'id' | 'name'>): boolean => ((owner === null || owner === pkg.name || owner === pkg.id) && matches(path)) || isWhole(path);
  });
  return (path, pkg) => tests.some((test) => test(path, pkg));
}
