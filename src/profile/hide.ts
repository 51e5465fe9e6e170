import picomatch from 'picomatch';
import type { FarmPackage } from './farm/plan.js';

/**
 * A test for paths left out by patterns of the form `[PACKAGE:]GLOB`: with a package (its name or identifier) only of
 * that one. A pattern that matches a directory leaves out all of it.
 */
export function hiding(patterns: readonly string[]): (path: string, pkg: FarmPackage) => boolean {
  if (patterns.length === 0) return () => false;
  const tests = patterns.map((pattern) => {
    const colon = pattern.indexOf(':');
    const owner = colon < 0 ? null : pattern.slice(0, colon);
    const matches = picomatch(pattern.slice(colon + 1).replace(/^\.?\/+/, ''), { dot: true });
    return (path: string, pkg: FarmPackage): boolean => (owner === null || owner === pkg.name || owner === pkg.id) && matches(path);
  });
  return (path, pkg) => tests.some((test) => test(path, pkg));
}
