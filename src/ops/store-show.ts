import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Package } from '../store/package.js';
import type { Dependency } from '../store/request.js';
import { indexUniverse, matchesOf, problemOf, readWant, relationsOf, seenOf } from '../store/resolve/universe.js';
import { readStores } from './read-stores.js';

/** A dependency as written, and the package that the stores have for it. */
interface ShownDependency {
  readonly request: string;
  readonly satisfiedBy: Package | null;
}

export interface ShownPackage {
  readonly package: Package;
  readonly dependencies: readonly ShownDependency[];
  /** Other identifiers of it in its store. */
  readonly aliases: readonly string[];
  /** The same identifier in later stores. */
  readonly shadows: readonly Package[];
  /** What else the request could mean; for an identifier, other packages of its name. */
  readonly others: readonly Package[];
}

/** `show PKG`: the package that an identifier, a name, or a name with a range means. @throws `no-such-package`. */
export async function showPackage(context: Context, flags: PlaceFlags, request: string): Promise<ShownPackage> {
  const stores = await readStores(context, flags);
  const universe = indexUniverse(stores, []);
  const meant = matchesOf(universe, readWant(universe, request));
  const [pkg] = meant;
  if (pkg === undefined) {
    const names = [...universe.ids.keys(), ...universe.names.keys()];
    throw new NoxError('no-such-package', { requests: [{ request, nearest: nearest(request, names) }], stores: stores.map(({ path }) => path) });
  }
  const usable = (dependency: Dependency): Package | null => matchesOf(universe, dependency).find((found) => problemOf(universe, found) === null) ?? null;
  const all = stores.flatMap(({ packages }) => packages);
  return {
    package: pkg,
    dependencies: relationsOf(universe, pkg).depends.map((dependency) => ({ request: dependency.text, satisfiedBy: usable(dependency) })),
    aliases: all.filter((other) => other.store === pkg.store && other.aliasOf === pkg.id).map(({ id }) => id),
    shadows: all.filter((other) => other.id === pkg.id && other.store !== pkg.store),
    others: [...new Set([...meant, ...seenOf(universe, pkg.name)])].filter((other) => other !== pkg),
  };
}
