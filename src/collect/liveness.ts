import type { Package } from '../store/package.js';
import type { Hold, Holder } from './survey.js';

/** What resolves paths for {@link findHolders}; injected, since it looks at the disk. */
export interface Resolver {
  /** The physical path, or `null`. */
  realPath(path: string): string | null;
}

/**
 * Who holds each package of some stores, by the package's path (`store/id` as scanned). A package is held by its store and
 * identifier, through an alias, and by any path that lies in it, as written and with links resolved.
 */
export function findHolders(packages: readonly Package[], holds: readonly Hold[], { realPath }: Resolver): ReadonlyMap<string, readonly Holder[]> {
  const physicalOf = remembered(realPath);
  const byPath = new Map<string, Package[]>();
  for (const pkg of packages) {
    const physicalStore = physicalOf(pkg.store) ?? pkg.store;
    for (const path of new Set([pkg.path, `${physicalStore}/${pkg.id}`, ...(pkg.aliasOf === null ? [physicalOf(pkg.path)] : [])])) {
      if (path !== null) byPath.set(path, [...(byPath.get(path) ?? []), pkg]);
    }
  }
  const targets = new Map(packages.filter((pkg) => pkg.aliasOf === null).map((pkg) => [`${pkg.store}\0${pkg.id}`, pkg]));
  const holders = new Map<string, Map<string, Holder>>();

  for (const hold of holds) for (const pkg of held(hold)) note(pkg, hold.holder);
  return new Map([...holders].map(([path, found]) => [path, [...found.values()]]));

  function held(hold: Hold): Package[] {
    const path = hold.kind === 'path' ? hold.path : `${hold.store}/${hold.id}`;
    const physical = physicalOf(path);
    const viaStore = hold.kind === 'package' ? [`${physicalOf(hold.store) ?? hold.store}/${hold.id}`] : [];
    return [path, ...viaStore, ...(physical === null ? [] : [physical])].flatMap(containing);
  }

  /** The packages that a path lies in, or is. */
  function containing(path: string): Package[] {
    const found: Package[] = [];
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) found.push(...(byPath.get(path.slice(0, end)) ?? []));
    return found;
  }

  function note(pkg: Package, holder: Holder): void {
    const own = holders.get(pkg.path) ?? new Map<string, Holder>();
    own.set(`${holder.why}\0${holder.profile}\0${holder.generation ?? ''}`, holder);
    holders.set(pkg.path, own);
    const target = pkg.aliasOf === null ? undefined : targets.get(`${pkg.store}\0${pkg.aliasOf}`);
    if (target !== undefined && holders.get(target.path)?.has(`${holder.why}\0${holder.profile}\0${holder.generation ?? ''}`) !== true) note(target, holder);
  }
}

function remembered(realPath: (path: string) => string | null): (path: string) => string | null {
  const known = new Map<string, string | null>();
  return (path) => {
    let physical = known.get(path);
    if (physical === undefined) known.set(path, (physical = realPath(path)));
    return physical;
  };
}
