import { NoxError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Package, StorePath } from '../store/package.js';
import { indexUniverse, matchesOf, readWant } from '../store/resolve/universe.js';

/** The packages that requests mean, each once, in their order. @throws `no-such-package` naming all that mean none. */
export function selectPackages(stores: StorePath, requests: readonly string[]): Package[] {
  const universe = indexUniverse(stores, []);
  const found = requests.map((request) => ({ request, pkg: matchesOf(universe, readWant(universe, request))[0] }));
  const missing = found.filter(({ pkg }) => pkg === undefined);
  if (missing.length > 0) {
    const names = [...universe.ids.keys(), ...universe.names.keys()];
    throw new NoxError('no-such-package', { requests: missing.map(({ request }) => ({ request, nearest: nearest(request, names) })), stores: stores.map(({ path }) => path) });
  }
  return [...new Set(found.flatMap(({ pkg }) => pkg ?? []))];
}
