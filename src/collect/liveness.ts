import type { Package } from '../store/package.js';
import type { Hold, Holder } from './survey.js';

/** What a path leads to. */
export interface Trail {
  /** The path itself, normalized, and where each link on the way leads, the last one without links as far as it exists. */
  readonly passed: readonly string[];
  /** True when a directory on the way cannot be searched. */
  readonly closed: boolean;
}

/** What resolves paths for {@link findHolders}; injected, since it looks at the disk. */
interface Resolver {
  follow(path: string): Trail;
  /** The inode at the path, links followed; `null` when there is none to be seen. */
  inode(path: string): string | null;
}

interface Holders {
  /** By the package's path (`store/id` as scanned). */
  readonly byPackage: ReadonlyMap<string, readonly Holder[]>;
  /** Links that lead into closed directories, and so nobody knows where. */
  readonly unresolved: readonly Extract<Hold, { kind: 'path' }>[];
}

/**
 * Who holds each package of some stores. A package is held by its store and identifier; through an alias; by any path that lies in
 * it, above it in its store, or passes through it by links. The same store may be mounted in two places, and the name that a profile
 * has for it may lead elsewhere here, or nowhere: so an identifier also holds every package of it that has the inode of what the
 * profile means, and where that is not here, every one.
 */
export function findHolders(packages: readonly Package[], holds: readonly Hold[], resolver: Resolver): Holders {
  const index = indexOf(packages, resolver);
  const holders = new Map<string, Map<string, Holder>>();
  const named = new Map<string, readonly Package[]>();
  const unresolved: Extract<Hold, { kind: 'path' }>[] = [];
  for (const hold of holds) for (const pkg of held(hold)) note(pkg, hold.holder);
  return { byPackage: new Map([...holders].map(([path, found]) => [path, [...found.values()]])), unresolved };

  function held(hold: Hold): Iterable<Package> {
    if (hold.kind === 'package') return heldByName(hold.store, hold.id);
    const { passed, closed } = resolver.follow(hold.path);
    const found = passed.flatMap(index.touching);
    if (closed && found.length === 0) unresolved.push(hold);
    return found.length > 0 || closed ? found : passed.flatMap(index.namedIn).filter(({ pkg, path }) => mayBe(pkg, path)).map(({ pkg }) => pkg);
  }

  function mayBe(pkg: Package, path: string): boolean {
    const inode = resolver.inode(path);
    return inode === null || inode === resolver.inode(pkg.path);
  }

  function heldByName(store: string, id: string): readonly Package[] {
    const key = `${store}\0${id}`;
    const known = named.get(key);
    if (known !== undefined) return known;
    const { passed, closed } = resolver.follow(store);
    const found = [...passed.map((root) => `${root}/${id}`), ...resolver.follow(`${store}/${id}`).passed].flatMap(index.touching);
    const others = [...(index.byId.get(id) ?? [])].filter((pkg) => !found.includes(pkg) && (closed || mayBe(pkg, `${store}/${id}`)));
    const all = [...new Set([...found, ...others])];
    named.set(key, all);
    return all;
  }

  function note(pkg: Package, holder: Holder): void {
    const own = holders.get(pkg.path) ?? new Map<string, Holder>();
    const key = `${holder.why}\0${holder.profile}\0${holder.generation ?? ''}`;
    if (own.has(key)) return;
    own.set(key, holder);
    holders.set(pkg.path, own);
    const target = index.targetOf(pkg);
    if (target !== undefined) note(target, holder);
  }
}

interface Index {
  readonly byId: ReadonlyMap<string, ReadonlySet<Package>>;
  /** The packages that a path is, lies in, or has below it in their store. */
  readonly touching: (path: string) => readonly Package[];
  /** The packages whose identifiers a path holds, each with the part of the path that ends with it. */
  readonly namedIn: (path: string) => ReadonlyArray<{ readonly pkg: Package; readonly path: string }>;
  readonly targetOf: (alias: Package) => Package | undefined;
}

function indexOf(packages: readonly Package[], resolver: Resolver): Index {
  const [byPath, above, byId] = [new Map<string, Set<Package>>(), new Map<string, Set<Package>>(), new Map<string, Set<Package>>()];
  const add = (map: Map<string, Set<Package>>, key: string, pkg: Package): void => void map.set(key, (map.get(key) ?? new Set()).add(pkg));
  for (const pkg of packages) {
    add(byId, pkg.id, pkg);
    const stores = [pkg.store, physical(pkg.store)];
    const own = pkg.aliasOf === null ? [pkg.path, physical(pkg.path)] : [pkg.path];
    for (const path of [...stores.map((store) => `${store}/${pkg.id}`), ...own]) add(byPath, path, pkg);
    for (const store of stores) {
      add(above, store, pkg);
      for (let end = pkg.id.indexOf('/'); end > 0; end = pkg.id.indexOf('/', end + 1)) add(above, `${store}/${pkg.id.slice(0, end)}`, pkg);
    }
  }
  const targets = new Map(packages.filter((pkg) => pkg.aliasOf === null).map((pkg) => [`${pkg.store}\0${pkg.id}`, pkg]));
  const heads = new Set(packages.map((pkg) => pkg.id.split('/', 1)[0] as string));
  const touchings = new Map<string, readonly Package[]>();
  return { byId, touching, namedIn, targetOf: (alias) => (alias.aliasOf === null ? undefined : targets.get(`${alias.store}\0${alias.aliasOf}`)) };

  function physical(path: string): string {
    return resolver.follow(path).passed.at(-1) ?? path;
  }

  function touching(path: string): readonly Package[] {
    let found = touchings.get(path);
    if (found === undefined) {
      const inside: Package[] = [];
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) inside.push(...(byPath.get(path.slice(0, end)) ?? []));
      touchings.set(path, (found = [...inside, ...(above.get(path) ?? [])]));
    }
    return found;
  }

  function namedIn(path: string): Array<{ readonly pkg: Package; readonly path: string }> {
    const parts = path.split('/');
    // Asked for each link that leads out of all packages: most of their parts begin no identifier.
    return parts.flatMap((part, from) => (!heads.has(part) ? [] : parts.slice(from).flatMap((__, to) => {
      const end = from + to + 1;
      return [...(byId.get(parts.slice(from, end).join('/')) ?? [])].map((pkg) => ({ pkg, path: parts.slice(0, end).join('/') }));
    })));
  }
}
