import type { Package, StorePath } from './package.js';

/** A package of a store path, and whether a request can reach it. */
export interface Standing {
  readonly package: Package;
  /** The earlier store that has the same identifier; `null` when this one counts. */
  readonly shadowedBy: string | null;
}

/** All packages of a store path in its order, each with the store that shadows it: the earliest one with that identifier. */
export function effective(stores: StorePath): readonly Standing[] {
  const first = new Map<string, string>();
  return stores.flatMap(({ path, packages }) => packages.map((pkg) => {
    const winner = first.get(pkg.id) ?? path;
    first.set(pkg.id, winner);
    return { package: pkg, shadowedBy: winner === path ? null : winner };
  }));
}
