import type { Package } from '../package.js';
import type { Literal, Question, Rule } from './solver.js';
import { type Demand, demandOf, type Task } from './task.js';
import { matchesOf, problemOf, relationsOf } from './universe.js';

/** Where a rule of the search comes from. */
export type Why =
  | { readonly kind: 'requested'; readonly demand: Demand }
  | { readonly kind: 'depends'; readonly pkg: Package; readonly demand: Demand }
  | { readonly kind: 'same-name'; readonly pkg: Package; readonly other: Package }
  | { readonly kind: 'conflicts'; readonly pkg: Package; readonly text: string; readonly other: Package }
  | { readonly kind: 'pinned'; readonly pkg: Package; readonly other: Package }
  | { readonly kind: 'deleted'; readonly pkg: Package; readonly other: Package };

/** A task as a question to the solver, with the package that each of its choices stands for. */
interface PackageQuestion extends Question<Why> {
  readonly packageOf: (choice: number) => Package;
}

/** Far more than any choice among real packages takes, and few enough to end in seconds. */
const BUDGET = 80_000_000;

/** Puts a task as a question: demands in order of preference, and what may not be chosen, or not together. */
export function questionOf(task: Task): PackageQuestion {
  const packages: Package[] = [];
  const numbers = new Map<Package, number>();
  const choice = (pkg: Package): number => {
    const known = numbers.get(pkg);
    if (known !== undefined) return known;
    numbers.set(pkg, packages.push(pkg));
    return packages.length;
  };
  const rules = (pkg: Package): readonly Rule<Why>[] => [...dependencyRules(pkg), ...exclusionRules(task, pkg, choice)];
  const dependencyRules = (pkg: Package): readonly Rule<Why>[] =>
    relationsOf(task.universe, pkg).depends.flatMap((dependency) => {
      if (matchesOf(task.universe, dependency).includes(pkg)) return [];
      const demand = demandOf(task, dependency);
      const literals = [-choice(pkg), ...demand.candidates.map(choice)];
      return [{ literals, demand: true, why: { kind: 'depends', pkg, demand } }];
    });
  return {
    roots: [...barredRules(task, choice), ...[...task.asked, ...task.kept].map((demand) => requestedRule(demand, choice))],
    rulesOf: (v) => rules(packages[v - 1] as Package),
    packageOf: (v) => packages[v - 1] as Package,
    budget: task.problem.budget ?? BUDGET,
  };
}

type Choice = (pkg: Package) => Literal;

function requestedRule(demand: Demand, choice: Choice): Rule<Why> {
  return { literals: demand.candidates.map(choice), demand: true, why: { kind: 'requested', demand } };
}

/** One package of a name, and conflicts. Those that others declare against this one come with the others. */
function exclusionRules({ universe }: Task, pkg: Package, choice: Choice): readonly Rule<Why>[] {
  const never = (other: Package, why: Why): Rule<Why> => ({ literals: [-choice(pkg), -choice(other)], demand: false, why });
  const namesakes = (universe.names.get(pkg.name) ?? [])
    .filter((other) => other !== pkg && problemOf(universe, other) === null)
    .map((other) => never(other, { kind: 'same-name', pkg, other }));
  const conflicts = relationsOf(universe, pkg).conflicts.flatMap((conflict) =>
    matchesOf(universe, conflict)
      .filter((other) => other !== pkg && other.name !== pkg.name && problemOf(universe, other) === null)
      .map((other) => never(other, { kind: 'conflicts', pkg, text: conflict.text, other })),
  );
  return [...namesakes, ...conflicts];
}

/** Namesakes of pinned packages; deleted packages, and their namesakes unless one is asked for. */
function barredRules(task: Task, choice: Choice): readonly Rule<Why>[] {
  const { installed, deleted, asked } = task;
  const askedNames = new Set(asked.map((demand) => demand.name));
  const bar = (other: Package, why: Why): Rule<Why> => ({ literals: [-choice(other)], demand: false, why });
  const pins = [...installed.values()]
    .filter((entry) => entry.pinned && !deleted.has(entry.pkg))
    .flatMap(({ pkg }) => namesakesOf(task, pkg).map((other) => bar(other, { kind: 'pinned', pkg, other })));
  const gone = [...deleted].flatMap((pkg) =>
    [pkg, ...(askedNames.has(pkg.name) ? [] : namesakesOf(task, pkg))].map((other) =>
      bar(other, { kind: 'deleted', pkg, other }),
    ),
  );
  return [...pins, ...gone];
}

function namesakesOf({ universe }: Task, pkg: Package): readonly Package[] {
  return (universe.names.get(pkg.name) ?? []).filter((other) => other !== pkg);
}
