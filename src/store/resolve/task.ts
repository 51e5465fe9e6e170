import { NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { nearest } from '../../nearest.js';
import type { Package } from '../package.js';
import type { Dependency } from '../request.js';
import { inUniverse, matchesOf, problemOf, readWant, seenOf, type Universe } from './universe.js';

/** A package of the profile as it is. */
export interface InstalledPackage {
  readonly pkg: Package;
  /** What the user typed to get it; `null` for one that came only as a dependency. It remains a constraint. */
  readonly requested: string | null;
  /** A pinned package is never exchanged for another of its name. */
  readonly pinned: boolean;
}

/** What is asked of a profile. */
export interface ResolveProblem {
  /** The profile's name, for messages. */
  readonly profile: string;
  readonly installed: readonly InstalledPackage[];
  /** Requests as typed. */
  readonly add: readonly string[];
  /** Names, identifiers or requests of installed packages. */
  readonly del: readonly string[];
  /** Installed packages that may move up; the others keep still. */
  readonly upgrade: 'all' | readonly string[];
  /** What is added is all that is wanted: earlier requests do not stand, and what is installed is only preferred. */
  readonly exact?: boolean;
  /** Steps that the search may take. */
  readonly budget?: number;
}

/** Something that one chosen package has to satisfy. */
export interface Demand {
  /** As the user or the package wrote it. */
  readonly text: string;
  /** The name that is wanted. */
  readonly name: string;
  /** The usable packages that satisfy it, by preference. */
  readonly candidates: readonly Package[];
}

/** A problem with its texts understood. */
export interface Task extends Setting {
  readonly asked: readonly Demand[];
  /** What earlier requests still demand, those of packages that may move up first, then by name. */
  readonly kept: readonly Demand[];
}

interface Setting {
  readonly problem: ResolveProblem;
  readonly universe: Universe;
  readonly installed: ReadonlyMap<Package, InstalledPackage>;
  readonly installedNames: ReadonlySet<string>;
  readonly deleted: ReadonlySet<Package>;
  readonly upgrading: ReadonlySet<Package>;
  /** Demands of dependencies by text; filled as it is asked. */
  readonly known: Map<string, Demand>;
}

/**
 * Understands a problem. Throws `invalid-request`, `invalid-range`, `no-such-package` for requests that nothing
 * matches, `package-unusable`, `two-of-one-name`, and `not-installed` for names to delete or upgrade.
 */
export function readTask(universe: Universe, problem: ResolveProblem): Task {
  const wants = distinctWants(universe, problem.add);
  refuseUnknown(universe, wants);
  const setting = readSetting(universe, problem);
  const asked = wants.map((want) => {
    return { text: want.text, name: nameOf(universe, want), candidates: orderFor(setting, want, 'asked') };
  });
  return { ...setting, asked, kept: keptDemands(setting, new Set(asked.map((demand) => demand.name))) };
}

function readSetting(universe: Universe, problem: ResolveProblem): Setting {
  const entries = problem.installed.map((entry) => ({ ...entry, pkg: inUniverse(universe, entry.pkg) }));
  const here = { universe, profile: problem.profile, entries };
  const find = (text: string): Package => findInstalled(here, text);
  const moving = problem.upgrade === 'all' ? entries : problem.upgrade.map((text) => ({ pkg: findInstalled({ ...here, isUpgrade: true }, text) }));
  const pinned = new Set(entries.flatMap((entry) => (entry.pinned ? [entry.pkg] : [])));
  return {
    problem,
    universe,
    installed: new Map(entries.map((entry) => [entry.pkg, entry])),
    installedNames: new Set(entries.map((entry) => entry.pkg.name)),
    deleted: new Set(problem.del.map(find)),
    upgrading: new Set(moving.flatMap(({ pkg }) => (pinned.has(pkg) ? [] : [pkg]))),
    known: new Map(),
  };
}

/** The demand that a dependency of a chosen package makes. */
export function demandOf(task: Task, dependency: Dependency): Demand {
  const { text } = dependency;
  const known = task.known.get(text);
  if (known !== undefined) return known;
  const demand = { text, name: nameOf(task.universe, dependency), candidates: orderFor(task, dependency, 'needed') };
  task.known.set(text, demand);
  return demand;
}

function nameOf(universe: Universe, want: Dependency): string {
  return want.kind === 'name' ? want.name : (matchesOf(universe, want)[0]?.name ?? want.id);
}

/** The wants without repetitions, an identifier rather than a name or range that it satisfies; two that would bring two packages of one name are refused. */
function distinctWants(universe: Universe, texts: readonly string[]): readonly Dependency[] {
  const wants = new Map<string, Dependency>();
  for (const text of texts) {
    const want = readWant(universe, text);
    const name = nameOf(universe, want);
    const earlier = wants.get(name);
    const both = earlier === undefined ? want : inOne(universe, earlier, want);
    if (both === null) throw new NoxError('two-of-one-name', { name, requests: [earlier?.text ?? '', text] });
    wants.set(name, both);
  }
  return [...wants.values()];
}

/** The want that says what both do; `null` when they would bring two packages. */
function inOne(universe: Universe, a: Dependency, b: Dependency): Dependency | null {
  if (a.kind === b.kind) return (a.kind === 'id' && b.kind === 'id' ? a.id === b.id : a.text === b.text) ? a : null;
  const [exact, other] = a.kind === 'id' ? [a, b] : [b, a];
  const matches = matchesOf(universe, exact);
  return matches.length > 0 && matches.every((pkg) => matchesOf(universe, other).includes(pkg)) ? exact : null;
}

function refuseUnknown(universe: Universe, wants: readonly Dependency[]): void {
  const unknown = wants.filter(
    (want) => matchesOf(universe, want).length === 0 && seenOf(universe, nameOf(universe, want)).length === 0,
  );
  if (unknown.length > 0) {
    const words = [...universe.names.keys(), ...universe.providers.keys(), ...universe.ids.keys()];
    const requests = unknown.map((want) => ({ request: want.text, nearest: nearest(nameOf(universe, want), words) }));
    throw new NoxError('no-such-package', { requests, stores: universe.stores.map((store) => store.path) });
  }
  for (const want of wants) {
    const matches = matchesOf(universe, want);
    const [first] = matches;
    if (first === undefined || matches.some((pkg) => problemOf(universe, pkg) === null)) continue;
    throw new NoxError('package-unusable', { id: first.id, store: first.store, problem: problemOf(universe, first) as string });
  }
}

interface Here {
  readonly universe: Universe;
  readonly profile: string;
  readonly entries: readonly InstalledPackage[];
  /** Whether another version would do, by `add`. */
  readonly isUpgrade?: boolean;
}

/** The installed package that a user means: by identifier, by name, as requested, or by a name with a range. */
function findInstalled({ universe, profile, entries, isUpgrade = false }: Here, text: string): Package {
  const by = (test: (entry: InstalledPackage) => boolean): Package | undefined => entries.find(test)?.pkg;
  const direct = by((e) => e.pkg.id === text) ?? by((e) => e.pkg.name === text) ?? by((e) => e.requested === text);
  if (direct !== undefined) return direct;
  const want = readWant(universe, text);
  const matches = new Set(matchesOf(universe, want).filter((pkg) => want.kind === 'id' || pkg.name === want.name));
  const matching = by((e) => matches.has(e.pkg));
  if (matching !== undefined) return matching;
  const other = by((e) => e.pkg.name === nameOf(universe, want));
  if (other !== undefined) {
    const add = isUpgrade && matchesOf(universe, want).some((pkg) => problemOf(universe, pkg) === null);
    throw new NoxError('not-installed', { request: text, profile, nearest: null, has: other.id, add });
  }
  const words = entries.flatMap((e) => [e.pkg.name, e.pkg.id]);
  throw new NoxError('not-installed', { request: text, profile, nearest: nearest(text, words) });
}

/**
 * The usable packages for a want. First comes what is installed and may stay: of the name itself, then requested, then
 * any. Next, unless the user asks for it now, comes whatever has the name of an installed package. Then the order of
 * the universe holds.
 */
function orderFor(setting: Setting, want: Dependency, by: 'asked' | 'needed'): readonly Package[] {
  const { universe, installed, installedNames, upgrading, deleted } = setting;
  const rank = (pkg: Package): number => {
    const entry = installed.get(pkg);
    if (entry !== undefined && !upgrading.has(pkg) && !deleted.has(pkg)) {
      if (setting.problem.exact === true && entry.requested === want.text) return -1;
      return want.kind === 'id' || pkg.name === want.name ? 0 : entry.requested === null ? 2 : 1;
    }
    return by === 'needed' && installedNames.has(pkg.name) ? 3 : 4;
  };
  const usable = matchesOf(universe, want).filter((pkg) => problemOf(universe, pkg) === null);
  return usable.map((pkg) => ({ pkg, rank: rank(pkg) })).sort((a, b) => a.rank - b.rank).map((entry) => entry.pkg);
}

/** The demands of earlier requests that stand: not deleted, and not replaced by a new request for the same name. */
function keptDemands(setting: Setting, askedNames: ReadonlySet<string>): readonly Demand[] {
  const demands = [];
  const { universe, installed, deleted, upgrading } = setting;
  if (setting.problem.exact === true) return [];
  for (const { pkg, requested } of installed.values()) {
    if (requested === null || deleted.has(pkg) || askedNames.has(pkg.name)) continue;
    const want = readKept(universe, requested);
    if (want?.kind === 'name' && askedNames.has(want.name)) continue;
    const matching = want === null ? [] : orderFor(setting, want, 'needed');
    const moves = upgrading.has(pkg);
    // What was accepted once may stay, whatever has become of the identifier or the metadata since.
    const candidates = moves ? new Set([...matching, pkg]) : new Set([pkg, ...matching]);
    demands.push({ moves, demand: { text: requested, name: pkg.name, candidates: [...candidates] } });
  }
  demands.sort((a, b) => Number(b.moves) - Number(a.moves) || byName(a.demand.name, b.demand.name));
  return demands.map((entry) => entry.demand);
}

function readKept(universe: Universe, text: string): Dependency | null {
  try {
    return readWant(universe, text);
  } catch (error) {
    if (error instanceof NoxError) return null;
    throw error;
  }
}
