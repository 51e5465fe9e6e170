import { NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import type { Package, StorePath } from '../package.js';
import { satisfies } from '../range.js';
import { type Dependency, followAliases, parseDependency, parseProvision, parseRequest, type Provision } from '../request.js';
import { compareReleases } from '../version.js';

/** All packages that may be chosen, indexed; made by {@link indexUniverse}. Packages are compared by reference. */
export interface Universe {
  readonly stores: StorePath;
  /** What the profile has now. */
  readonly installed: ReadonlySet<Package>;
  /** Installed packages that are in no store any more, or are shadowed: nobody else is offered them. */
  readonly leftOver: ReadonlySet<Package>;
  readonly ids: ReadonlyMap<string, Package>;
  /** By name, in no order. */
  readonly names: ReadonlyMap<string, readonly Package[]>;
  /** By provided name, in no order. */
  readonly providers: ReadonlyMap<string, ReadonlyArray<{ readonly pkg: Package; readonly version: string | null }>>;
  readonly precedence: ReadonlyMap<string, number>;
  /** Filled as it is asked. */
  readonly known: { readonly matches: Map<string, readonly Package[]>; readonly relations: Map<Package, Relations> };
}

/** What a package says of others, parsed. */
interface Relations {
  readonly depends: readonly Dependency[];
  readonly conflicts: readonly Dependency[];
  readonly provides: readonly Provision[];
  /** Why the package cannot be chosen, in words. */
  readonly problem: string | null;
}

/**
 * Indexes stores and installed packages in one pass. Not offered are aliases (their identifier means their target) and
 * packages shadowed by an earlier store. An installed package that a store still has is that store's package value,
 * unless that cannot be used now.
 */
export function indexUniverse(stores: StorePath, installed: readonly Package[]): Universe {
  const ids = new Map<string, Package>();
  for (const store of stores) for (const pkg of store.packages) if (!ids.has(pkg.id)) ids.set(pkg.id, pkg);
  const offered = [...ids].flatMap(([id, pkg]) => (followAliases(id, (i) => ids.get(i)) === pkg ? [pkg] : []));
  const now = installed.map((pkg) => {
    const found = ids.get(pkg.id);
    return found !== undefined && found.store === pkg.store && found.aliasOf === null && found.problem === null ? found : pkg;
  });
  const offers = new Set(offered);
  const leftOver = new Set(now.filter((pkg) => !offers.has(pkg)));
  for (const pkg of leftOver) if (!ids.has(pkg.id)) ids.set(pkg.id, pkg);
  const universe = {
    stores,
    installed: new Set(now),
    leftOver,
    ids,
    names: new Map<string, Package[]>(),
    providers: new Map<string, Array<{ pkg: Package; version: string | null }>>(),
    precedence: new Map([...stores].reverse().map((store, at) => [store.path, stores.length - 1 - at])),
    known: { matches: new Map(), relations: new Map() },
  };
  for (const pkg of [...offered, ...leftOver]) {
    push(universe.names, pkg.name, pkg);
    if (pkg.metadata.provides.length === 0) continue;
    for (const { name, version } of relationsOf(universe, pkg).provides) push(universe.providers, name, { pkg, version });
  }
  return universe;
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** The package value by which the universe knows an installed package. */
export function inUniverse(universe: Universe, pkg: Package): Package {
  const found = universe.ids.get(pkg.id);
  return found !== undefined && universe.installed.has(found) && found.store === pkg.store ? found : pkg;
}

/**
 * What a user's text asks for: an identifier as written is tried first (an alias means its target, in the first store
 * that has it), then a name. Throws as {@link parseRequest}.
 */
export function readWant(universe: Universe, text: string): Dependency {
  const pkg = followAliases(text, (id) => universe.ids.get(id));
  return pkg === null ? parseRequest(text) : { kind: 'id', id: pkg.id, text };
}

/**
 * The packages that satisfy a dependency, unusable ones included, by preference: those of the name before those that
 * only provide it; in each, the earlier store, then releases before prereleases, then the higher version; what is left
 * over of an installed profile comes last.
 */
export function matchesOf(universe: Universe, dependency: Dependency): readonly Package[] {
  const key = dependency.kind === 'id' ? `id:${dependency.id}` : `name:${dependency.text}`;
  const known = universe.known.matches.get(key);
  if (known !== undefined) return known;
  const matches = findMatches(universe, dependency);
  universe.known.matches.set(key, matches);
  return matches;
}

function findMatches(universe: Universe, dependency: Dependency): readonly Package[] {
  const order = (a: Package, b: Package): number => comparePreference(universe, a, b);
  if (dependency.kind === 'id') {
    const offered = followAliases(dependency.id, (id) => universe.ids.get(id));
    const id = offered?.id ?? dependency.id;
    return [...new Set([...(offered === null ? [] : [offered]), ...[...universe.leftOver].filter((pkg) => pkg.id === id)])];
  }
  const { name, range } = dependency;
  const accepts = (version: string | null): boolean => range === null || satisfies(version, range);
  const named = (universe.names.get(name) ?? []).filter((pkg) => accepts(pkg.version)).sort(order);
  const providers = (universe.providers.get(name) ?? []).filter((offer) => accepts(offer.version)).map((offer) => offer.pkg);
  return [...new Set([...named, ...providers.sort(order)])];
}

function comparePreference(universe: Universe, a: Package, b: Package): number {
  const rank = (pkg: Package): number =>
    universe.leftOver.has(pkg) ? universe.stores.length : (universe.precedence.get(pkg.store) ?? universe.stores.length);
  return rank(a) - rank(b) || compareReleases(b.version, a.version) || byName(a.id, b.id) || byName(a.store, b.store);
}

/** All packages of a name, and those that provide it, by preference, unusable ones included. */
export function seenOf(universe: Universe, name: string): readonly Package[] {
  return matchesOf(universe, { kind: 'name', name, range: null, text: name });
}

/** What a package says of others. A text that cannot be read is left out and makes the package's problem. */
export function relationsOf(universe: Universe, pkg: Package): Relations {
  const known = universe.known.relations.get(pkg);
  if (known !== undefined) return known;
  let problem = pkg.problem;
  const parsed = <T>(texts: readonly string[], parse: (text: string) => T): readonly T[] =>
    texts.flatMap((text) => {
      try {
        return [parse(text)];
      } catch (error) {
        if (!(error instanceof NoxError)) throw error;
        problem ??= error.message;
        return [];
      }
    });
  const { metadata } = pkg;
  const [depends, conflicts] = [parsed(metadata.depends, parseDependency), parsed(metadata.conflicts, parseDependency)];
  const relations = { depends, conflicts, provides: parsed(metadata.provides, parseProvision), problem };
  universe.known.relations.set(pkg, relations);
  return relations;
}

/** Why a package cannot be chosen, in words, or `null`. What is installed may always stay. */
export function problemOf(universe: Universe, pkg: Package): string | null {
  return universe.installed.has(pkg) ? null : relationsOf(universe, pkg).problem;
}
