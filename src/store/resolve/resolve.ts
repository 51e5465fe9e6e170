import { NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import type { Package, StorePath } from '../package.js';
import { unsatisfiable } from './explain.js';
import { questionOf, type Why } from './question.js';
import { solve } from './solver.js';
import { readTask, type ResolveProblem, type Task } from './task.js';
import { indexUniverse, matchesOf, relationsOf } from './universe.js';

export type { InstalledPackage, ResolveProblem } from './task.js';

/** A package of the profile to be. */
export interface ResolvedPackage {
  readonly pkg: Package;
  readonly requested: string | null;
  readonly pinned: boolean;
  /** The packages of the same profile that satisfy its dependencies, in their order, each once, itself left out. */
  readonly dependsOn: readonly Package[];
}

export interface Resolution {
  /** Sorted by name; one package of a name. */
  readonly packages: readonly ResolvedPackage[];
}

/**
 * The packages of a profile after a change. All constraints of the whole profile hold: requests (also earlier ones, as
 * typed), dependencies, conflicts both ways, one package of a name, pins. If any choice satisfies them, one is found.
 *
 * Preferred, in this order: for what is added, in the order of the command, the earlier store, then the higher version
 * (releases before prereleases); for what is installed, to stay as it is, or with `upgrade` as for what is added; for
 * dependencies, what is installed, then as above, and packages of the name before packages that provide it. Requests
 * that the profile already satisfies change nothing but `requested`. What came only as a dependency leaves when
 * nothing needs it.
 *
 * With `exact` the profile becomes what is added with its dependencies, and nothing else; then what an earlier request of the same
 * words brought comes first.
 *
 * Throws `invalid-request`, `invalid-range`, `no-such-package`, `package-unusable`, `two-of-one-name`,
 * `not-installed`, `still-needed`, `unsatisfiable`, and `resolution-too-hard` when the budget of steps is spent.
 */
export function resolve(stores: StorePath, problem: ResolveProblem): Resolution {
  const universe = indexUniverse(stores, problem.installed.map((entry) => entry.pkg));
  const task = readTask(universe, problem);
  const upgrades = problem.upgrade.length > 0;
  if (problem.exact === true) return assemble(task, holdsTogether(task) ? new Set(task.installed.keys()) : search(task));
  if (!upgrades && task.deleted.size === 0 && isSatisfied(task)) return keepAll(task);
  if (!upgrades && task.asked.length === 0) return assemble(task, withoutDeleted(task));
  return assemble(task, search(task));
}

function isSatisfied({ asked, universe }: Task): boolean {
  return asked.every((demand) => demand.candidates.some((pkg) => universe.installed.has(pkg)));
}

/** True when what is installed satisfies all that is asked and all that its packages say of each other. */
function holdsTogether(task: Task): boolean {
  const { universe } = task;
  const members = new Set(task.installed.keys());
  const names = new Set([...members].map((pkg) => pkg.name));
  if (names.size < members.size || !isSatisfied(task)) return false;
  return [...members].every((pkg) => {
    const conflicts = relationsOf(universe, pkg).conflicts.flatMap((conflict) => matchesOf(universe, conflict));
    const clashes = conflicts.some((other) => other !== pkg && other.name !== pkg.name && members.has(other));
    return !clashes && satisfiers(task, pkg, members).every(({ satisfier }) => satisfier !== null);
  });
}

/** The profile as it is, with what is asked for recorded. */
function keepAll(task: Task): Resolution {
  const chosen = new Set(task.installed.keys());
  const requested = requestedTexts(task, chosen);
  for (const entry of task.installed.values()) {
    if (entry.requested !== null && !requested.has(entry.pkg)) requested.set(entry.pkg, entry.requested);
  }
  return describe(task, chosen, requested);
}

/** What stays when packages are deleted and nothing else is asked; nothing is exchanged for them. */
function withoutDeleted(task: Task): ReadonlySet<Package> {
  const { stays, neededBy } = closureWithoutDeleted(task);
  if (neededBy.size > 0) throw stillNeeded(task, neededBy);
  return stays;
}

type NeededBy = ReadonlyMap<Package, readonly string[]>;

/** What earlier requests that stand reach among what is not deleted, and what of the deleted they need. */
function closureWithoutDeleted(task: Task): { readonly stays: ReadonlySet<Package>; readonly neededBy: NeededBy } {
  const left = new Set([...task.installed.keys()].filter((pkg) => !task.deleted.has(pkg)));
  const stays = new Set(task.kept.flatMap((demand) => demand.candidates.find((pkg) => left.has(pkg)) ?? []));
  const neededBy = new Map<Package, readonly string[]>();
  for (const pkg of stays) {
    for (const { candidates, satisfier } of satisfiers(task, pkg, left)) {
      if (satisfier !== null) stays.add(satisfier);
      const gone = satisfier === null ? candidates.find((candidate) => task.deleted.has(candidate)) : undefined;
      if (gone !== undefined) neededBy.set(gone, [...new Set([...(neededBy.get(gone) ?? []), pkg.id])].sort(byName));
    }
  }
  return { stays, neededBy };
}

function stillNeeded(task: Task, neededBy: NeededBy): NoxError {
  const packages = [...neededBy].map(([pkg, by]) => ({ id: pkg.id, neededBy: by })).sort((a, b) => byName(a.id, b.id));
  const all = [...withDependents(task, neededBy)].sort(byName);
  return new NoxError('still-needed', { packages, all, profile: task.problem.profile });
}

/** The identifiers of what is to be deleted with all that needs it, directly or not. */
function withDependents(task: Task, neededBy: NeededBy): ReadonlySet<string> {
  const dependents = new Set([...neededBy.values()].flat());
  const deleted = new Set([...task.installed.keys()].filter((pkg) => task.deleted.has(pkg) || dependents.has(pkg.id)));
  const further = closureWithoutDeleted({ ...task, deleted }).neededBy;
  return further.size === 0 ? new Set([...deleted].map((pkg) => pkg.id)) : withDependents({ ...task, deleted }, further);
}

/** A choice that satisfies everything. */
function search(task: Task): ReadonlySet<Package> {
  const question = questionOf(task);
  const solution = solve<Why>(question);
  switch (solution.kind) {
    case 'too-hard':
      throw new NoxError('resolution-too-hard', {
        steps: question.budget,
        reason: 'the constraints of its packages are too entangled',
      });
    case 'refuted': {
      const { neededBy } = closureWithoutDeleted(task);
      const byDeletion = neededBy.size > 0 && solution.core.some((why) => why.kind === 'deleted');
      throw byDeletion ? stillNeeded(task, neededBy) : unsatisfiable(task, solution.core);
    }
    case 'chosen': {
      const chosen = new Set(solution.choices.map(question.packageOf));
      refuseEvasion(task, chosen);
      return chosen;
    }
  }
}

/** A deletion may not be got round by exchanging what needs the deleted package for something that was not asked for. */
function refuseEvasion(task: Task, chosen: ReadonlySet<Package>): void {
  if (task.deleted.size === 0) return;
  const { neededBy } = closureWithoutDeleted(task);
  const names = new Set([...chosen].map((pkg) => pkg.name));
  const asked = new Set(task.asked.map((demand) => demand.name));
  const exchanged = [...task.installed.keys()].some(
    (pkg) => !chosen.has(pkg) && names.has(pkg.name) && !asked.has(pkg.name) && !task.upgrading.has(pkg),
  );
  if (neededBy.size > 0 && exchanged) throw stillNeeded(task, neededBy);
}

interface Satisfied {
  readonly candidates: readonly Package[];
  readonly satisfier: Package | null;
}

/**
 * For each dependency that `pkg` does not satisfy itself: its candidates, and the first of them in `among`. The order
 * is that of the universe, whatever is installed, so that the answer for a profile does not depend on its past.
 */
function satisfiers({ universe }: Task, pkg: Package, among: ReadonlySet<Package>): readonly Satisfied[] {
  return relationsOf(universe, pkg)
    .depends.map((dependency) => matchesOf(universe, dependency))
    .filter((candidates) => !candidates.includes(pkg))
    .map((candidates) => ({ candidates, satisfier: candidates.find((candidate) => among.has(candidate)) ?? null }));
}

/** The profile of what requests reach among the chosen. */
function assemble(task: Task, chosen: ReadonlySet<Package>): Resolution {
  const requested = requestedTexts(task, chosen);
  const reached = new Set(requested.keys());
  for (const pkg of reached) {
    for (const { satisfier } of satisfiers(task, pkg, chosen)) if (satisfier !== null) reached.add(satisfier);
  }
  return describe(task, reached, requested);
}

/** Each chosen package that satisfies a request, with its text; one that asks for the package's own name goes first. */
function requestedTexts({ asked, kept }: Task, chosen: ReadonlySet<Package>): Map<Package, string> {
  const texts = new Map<Package, { readonly text: string; readonly own: boolean }>();
  for (const { text, name, candidates } of [...asked, ...kept]) {
    const pkg = candidates.find((candidate) => chosen.has(candidate));
    if (pkg === undefined) continue;
    const earlier = texts.get(pkg);
    if (earlier === undefined || (!earlier.own && name === pkg.name)) texts.set(pkg, { text, own: name === pkg.name });
  }
  return new Map([...texts].map(([pkg, { text }]) => [pkg, text]));
}

function describe(task: Task, members: ReadonlySet<Package>, requested: ReadonlyMap<Package, string>): Resolution {
  const packages = [...members].map((pkg) => {
    const dependsOn = [...new Set(satisfiers(task, pkg, members).flatMap(({ satisfier }) => satisfier ?? []))];
    return { pkg, requested: requested.get(pkg) ?? null, pinned: task.installed.get(pkg)?.pinned === true, dependsOn };
  });
  return { packages: packages.sort((a, b) => byName(a.pkg.name, b.pkg.name)) };
}
