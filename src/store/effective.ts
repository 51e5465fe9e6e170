import type { ListedPackage, Package, Store } from './package.js';

/** A package of a store path, and whether a request can reach it. */
export interface Standing<P extends ListedPackage = Package> {
  readonly package: P;
  /** The earlier store that has the same identifier; `null` when this one counts. */
  readonly shadowedBy: string | null;
}

/** All packages of a store path in its order, each with the store that shadows it: the earliest one with that identifier. */
export function effective<P extends ListedPackage>(stores: ReadonlyArray<Store<P>>): ReadonlyArray<Standing<P>> {
  if (stores.length === 1) return (stores[0] as Store<P>).packages.map((pkg) => ({ package: pkg, shadowedBy: null }));
  const first = new Map<string, string>();
  return stores.flatMap(({ path, packages }) => packages.map((pkg) => {
    const winner = first.get(pkg.id) ?? path;
    first.set(pkg.id, winner);
    return { package: pkg, shadowedBy: winner === path ? null : winner };
  }));
}
