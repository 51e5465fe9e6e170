import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoxError } from '../../../../src/errors.js';
import type { Package, StorePath } from '../../../../src/store/package.js';
import { satisfies } from '../../../../src/store/range.js';
import { parseDependency, parseProvision } from '../../../../src/store/request.js';
import { type InstalledPackage, type ResolveProblem, type Resolution, resolve } from '../../../../src/store/resolve/resolve.js';
import { makePackage, makeStore } from '../../../support/packages.js';
import { least, runs } from '../../../support/runs.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const [OWN, CENTRAL] = ['/own', '/central'];

// Small universes: six names, versions 1 to 3, two stores, and texts dense enough that many problems have no answer.
const version = fc.integer({ min: 1, max: 3 });
const wanted = fc.constantFrom(...NAMES, 'v', 'w');
const range = fc.tuple(fc.constantFrom('', '^', '>=', '<', '<='), version).map((pair) => pair.join(''));
const byName = fc.oneof(wanted, fc.tuple(wanted, range).map((pair) => pair.join('@')));
const byId = fc.tuple(fc.constantFrom(...NAMES), version).map((pair) => `id:${pair.join('-')}`);
const dependency = fc.oneof({ weight: 5, arbitrary: byName }, { weight: 1, arbitrary: byId });
const provision = fc.oneof(fc.constantFrom('v', 'w', 'a'), fc.tuple(fc.constantFrom('v', 'w'), version).map((pair) => pair.join('@')));
const rarely = (text: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: fc.array(text, { maxLength: 1 }) });
const traits = fc.record({
  depends: fc.array(dependency, { maxLength: 2 }),
  conflicts: rarely(dependency),
  provides: rarely(provision),
  problem: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant('it is broken') }),
});
const packagesIn = (store: string): fc.Arbitrary<Package[]> =>
  fc
    .uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), version, traits }), {
      selector: (p) => `${p.name}-${p.version}`,
      minLength: 2,
      maxLength: 11,
    })
    .map((all) =>
      all.map(({ name, version: v, traits: { problem, ...rest } }) =>
        makePackage(store, `${name}-${v}`, problem === null ? rest : { ...rest, problem }),
      ),
    );
const universe: fc.Arbitrary<StorePath> = fc
  .tuple(fc.oneof(fc.constant([]), packagesIn(OWN)), packagesIn(CENTRAL))
  .map(([own, central]) => [makeStore(OWN, own), makeStore(CENTRAL, central)]);
const request = fc.oneof({ weight: 4, arbitrary: byName }, { weight: 1, arbitrary: byId.map((text) => text.slice('id:'.length)) });

const nothing: ResolveProblem = { profile: 'default', installed: [], add: [], del: [], upgrade: [] };

type Outcome = { readonly packages: Resolution['packages'] } | { readonly code: string };

function outcome(stores: StorePath, problem: ResolveProblem): Outcome {
  try {
    return resolve(stores, problem);
  } catch (error) {
    if (error instanceof NoxError) return { code: error.code };
    throw error;
  }
}

function stateOf(resolution: Resolution): InstalledPackage[] {
  return resolution.packages.map(({ pkg, requested, pinned }) => ({ pkg, requested, pinned }));
}

// An independent reading of the rules.

function candidatesOf(stores: StorePath, installed: readonly Package[]): Package[] {
  const offered = new Map<string, Package>();
  for (const store of stores) for (const pkg of store.packages) if (!offered.has(pkg.id)) offered.set(pkg.id, pkg);
  const all = [...offered.values()];
  const leftOver = installed.filter((pkg) => !all.some((other) => other.id === pkg.id && other.store === pkg.store));
  return [...all.filter((pkg) => pkg.problem === null || installed.includes(pkg)), ...leftOver];
}

function matches(pkg: Package, text: string): boolean {
  const want = parseDependency(text);
  if (want.kind === 'id') return pkg.id === want.id;
  const offers = [{ name: pkg.name, version: pkg.version }, ...pkg.metadata.provides.map(parseProvision)];
  return offers.some((offer) => offer.name === want.name && (want.range === null || satisfies(offer.version, want.range)));
}

function asksFor(stores: StorePath, text: string): (pkg: Package) => boolean {
  const identifier = stores.some((store) => store.packages.some((pkg) => pkg.id === text));
  return (pkg) => matches(pkg, identifier ? `id:${text}` : text);
}

function isConsistent(chosen: readonly Package[]): boolean {
  return (
    new Set(chosen.map((pkg) => pkg.name)).size === chosen.length &&
    chosen.every(
      (pkg) =>
        pkg.metadata.depends.every((text) => chosen.some((other) => matches(other, text))) &&
        !pkg.metadata.conflicts.some((text) => chosen.some((other) => other !== pkg && matches(other, text))),
    )
  );
}

function someChoice(packages: readonly Package[], accept: (chosen: readonly Package[]) => boolean): boolean {
  const groups = [...new Set(packages.map((pkg) => pkg.name))].map((name) => packages.filter((pkg) => pkg.name === name));
  const extend = (at: number, chosen: readonly Package[]): boolean => {
    const group = groups[at];
    if (group === undefined) return accept(chosen);
    return extend(at + 1, chosen) || group.some((pkg) => extend(at + 1, [...chosen, pkg]));
  };
  return extend(0, []);
}

const REFUSALS = ['unsatisfiable', 'no-such-package', 'package-unusable'];

test('a profile made from nothing satisfies every constraint, and a refused one is impossible', () => {
  const seen = { made: 0, refused: 0 };
  fc.assert(
    fc.property(universe, fc.uniqueArray(request, { minLength: 1, maxLength: 3 }), (stores, add) => {
      const result = outcome(stores, { ...nothing, add });
      if ('code' in result) {
        if (result.code === 'two-of-one-name') return;
        expect(REFUSALS).toContain(result.code);
        seen.refused += 1;
        const asked = add.map((text) => asksFor(stores, text));
        expect(someChoice(candidatesOf(stores, []), (c) => asked.every((test) => c.some(test)) && isConsistent(c))).toBe(false);
        return;
      }
      seen.made += 1;
      const chosen = result.packages.map(({ pkg }) => pkg);
      expect(isConsistent(chosen)).toBe(true);
      expect(candidatesOf(stores, [])).toEqual(expect.arrayContaining(chosen));
      for (const text of add) expect(chosen.some(asksFor(stores, text))).toBe(true);
      expect(unreached(result)).toEqual([]);
    }),
    { numRuns: runs(4000) },
  );
  expect(seen.made).toBeGreaterThan(least(500));
  expect(seen.refused).toBeGreaterThan(least(500));
});

test('so does a profile that is changed, whose earlier requests stand', () => {
  const seen = { made: 0, refused: 0 };
  const change = fc.record({
    add: fc.uniqueArray(request, { minLength: 1, maxLength: 2 }),
    upgrade: fc.oneof(fc.constant([] as string[]), fc.constant('all' as const)),
    pinned: fc.boolean(),
  });
  fc.assert(
    fc.property(universe, fc.uniqueArray(request, { minLength: 1, maxLength: 3 }), fc.oneof(fc.constant(null), universe), change, (before, first, changed, second) => {
      const after = changed ?? before;
      const made = outcome(before, { ...nothing, add: first });
      if ('code' in made) return;
      const installed = stateOf(made).map((entry, at) => ({ ...entry, pinned: second.pinned && at === 0 }));
      const result = outcome(after, { ...nothing, installed, add: second.add, upgrade: second.upgrade });
      if (!('code' in result)) {
        // What is there already is not looked at again, even where its metadata has changed.
        if (second.upgrade.length === 0 && satisfied(after, installed, second.add)) return;
        seen.made += 1;
        expect(standsAfter(after, installed, second.add, result.packages.map(({ pkg }) => pkg))).toBe(true);
        expect(unreached(result)).toEqual([]);
      } else if (result.code === 'unsatisfiable') {
        seen.refused += 1;
        const candidates = candidatesOf(after, installed.map(({ pkg }) => pkg));
        expect(someChoice(candidates, (c) => standsAfter(after, installed, second.add, c))).toBe(false);
      }
    }),
    { numRuns: runs(4000) },
  );
  expect(seen.made).toBeGreaterThan(least(100));
  expect(seen.refused).toBeGreaterThan(least(100));
});

/** What holds after a change: the new requests, the old ones that they do not replace, pins, and all that packages say. */
function standsAfter(stores: StorePath, installed: readonly InstalledPackage[], add: readonly string[], chosen: readonly Package[]): boolean {
  const names = add.map((text) => {
    const identifier = candidatesOf(stores, installed.map((e) => e.pkg)).find((pkg) => pkg.id === text);
    return identifier?.name ?? text.split('@')[0];
  });
  const stands = installed.filter(
    ({ pkg, requested }) => requested !== null && !names.includes(pkg.name) && !names.includes(requested.split('@')[0] as string),
  );
  return (
    isConsistent(chosen) &&
    add.every((text) => chosen.some((pkg) => asksFor(stores, text)(pkg) || matches(pkg, `id:${text}`))) &&
    stands.every(({ pkg, requested }) => chosen.some((c) => same(c, pkg) || asksFor(stores, requested as string)(c))) &&
    installed.every(({ pkg, pinned }) => !pinned || chosen.every((c) => c.name !== pkg.name || same(c, pkg)))
  );
}

function satisfied(stores: StorePath, installed: readonly InstalledPackage[], add: readonly string[]): boolean {
  const candidates = candidatesOf(stores, installed.map(({ pkg }) => pkg));
  const present = installed.map(({ pkg }) => candidates.find((candidate) => same(candidate, pkg)) ?? pkg);
  return add.every((text) => present.some((pkg) => asksFor(stores, text)(pkg) || matches(pkg, `id:${text}`)));
}

function same(a: Package, b: Package): boolean {
  return a.id === b.id && a.store === b.store;
}

/** Members that no request reaches through the dependencies given in the answer. */
function unreached(resolution: Resolution): string[] {
  const reached = new Set(resolution.packages.filter((entry) => entry.requested !== null).map((entry) => entry.pkg.path));
  for (const path of reached) {
    const entry = resolution.packages.find((e) => e.pkg.path === path);
    for (const { id, store } of entry?.dependsOn ?? []) reached.add(`${store}/${id}`);
  }
  return resolution.packages.map((entry) => entry.pkg.path).filter((path) => !reached.has(path));
}

test('asking again changes nothing, and asking for what is there changes only what is recorded as requested', () => {
  fc.assert(
    fc.property(universe, fc.uniqueArray(request, { minLength: 1, maxLength: 3 }), fc.nat(), (stores, add, which) => {
      const made = outcome(stores, { ...nothing, add });
      if ('code' in made) return;
      const installed = stateOf(made);
      expect(resolve(stores, { ...nothing, installed })).toEqual(made);
      expect(resolve(stores, { ...nothing, installed, add })).toEqual(made);
      const there = installed[which % installed.length] as InstalledPackage;
      const again = resolve(stores, { ...nothing, installed, add: [there.pkg.name] });
      expect(again.packages.map(({ pkg, dependsOn }) => ({ pkg, dependsOn }))).toEqual(
        made.packages.map(({ pkg, dependsOn }) => ({ pkg, dependsOn })),
      );
    }),
    { numRuns: runs(2000) },
  );
});

test('deleting takes away the package and what came only for it, or says who needs it', () => {
  const seen = { gone: 0, needed: 0 };
  fc.assert(
    fc.property(universe, fc.uniqueArray(request, { minLength: 1, maxLength: 3 }), fc.nat(), (stores, add, which) => {
      const made = outcome(stores, { ...nothing, add });
      if ('code' in made) return;
      const { pkg } = made.packages[which % made.packages.length] as { pkg: Package };
      const result = outcome(stores, { ...nothing, installed: stateOf(made), del: [pkg.id] });
      if ('code' in result) {
        expect(result.code).toBe('still-needed');
        seen.needed += 1;
        return;
      }
      seen.gone += 1;
      const left = result.packages.map((entry) => entry.pkg);
      expect(left).not.toContain(pkg);
      expect(made.packages.map((entry) => entry.pkg)).toEqual(expect.arrayContaining(left));
      expect(isConsistent(left)).toBe(true);
      expect(unreached(result)).toEqual([]);
    }),
    { numRuns: runs(2000) },
  );
  expect(Math.min(seen.gone, seen.needed)).toBeGreaterThan(least(10));
});
