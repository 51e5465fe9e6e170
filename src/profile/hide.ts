import picomatch from 'picomatch';
import type { FarmPackage } from './farm/request.js';
import { readHidePattern, relative } from './hide-pattern.js';

/**
 * A test for paths left out by patterns of the form `[PACKAGE:]GLOB`: with a package (its name or identifier) only of
 * that one. A pattern that matches a directory leaves out all of it. Assumes patterns that `hideProblem` accepts.
 */
export function hiding(patterns: readonly string[]): (path: string, pkg: FarmPackage) => boolean {
  if (patterns.length === 0) return () => false;
  const tests = patterns.map((pattern) => {
    const { owner, glob } = readHidePattern(pattern);
    // A colon may as well be part of a name, as in share/man/man3/Foo::Bar.3.
    const [matches, isWhole] = [matcher(glob), owner === null ? () => false : matcher(relative(pattern))];
    return (path: string, pkg: FarmPackage): boolean => ((owner === null || owner === pkg.name || owner === pkg.id) && matches(path)) || isWhole(path);
  });
  return (path, pkg) => tests.some((test) => test(path, pkg));
}

function matcher(glob: string): (path: string) => boolean {
  return picomatch(glob, { dot: true, noextglob: true, nonegate: true, regex: false });
}
