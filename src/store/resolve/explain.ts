import { NoxError } from '../../errors.js';
import type { Clash, SeenCandidates } from '../../error-data.js';
import { byName } from '../../fs/bytes.js';
import type { Package } from '../package.js';
import type { Why } from './question.js';
import type { Demand, Task } from './task.js';
import { problemOf, seenOf } from './universe.js';

type Demanding = Extract<Why, { kind: 'requested' | 'depends' }>;
type Chain = readonly string[];

interface NamedClash extends Clash {
  /** The names whose candidates the user wants to see. */
  readonly names: readonly string[];
}

interface Evidence {
  readonly core: readonly Why[];
  /** Each demand of the core with the chain that leads to it from a request, shortest first. */
  readonly chains: ReadonlyMap<Demanding, Chain>;
}

/** Most clashes in one error, and most sides of one: each alternative of a package may fail for its own reason. */
const CLASHES = 5;
const SIDES = 6;

/** The `unsatisfiable` error for a refutation: the chain of each side, and the candidates that were seen. */
export function unsatisfiable(task: Task, core: readonly Why[]): NoxError {
  const evidence = { core, chains: chainsOf(core, [...task.asked, ...task.kept]) };
  const found = [...missing(evidence), ...namesakes(evidence), ...conflicts(evidence), ...barred(evidence)];
  const clashes = distinct(found.length > 0 ? found : [everything(evidence)]).slice(0, CLASHES);
  const names = [...new Set(clashes.flatMap((clash) => clash.names))].sort(byName);
  const pinned = new Set(core.flatMap((why) => (why.kind === 'pinned' ? [why.pkg.name] : [])));
  return new NoxError('unsatisfiable', {
    clashes: clashes.map(({ sides }) => ({ sides })),
    candidates: names.map((name) => seen(task, name)),
    pinned: [...pinned].sort(byName),
    profile: task.problem.profile,
  });
}

function seen({ universe }: Task, name: string): SeenCandidates {
  const packages = seenOf(universe, name).map((pkg) => ({ id: pkg.id, store: pkg.store, problem: problemOf(universe, pkg) }));
  return { name, packages };
}

/** Breadth first from the requests in their order, through the candidates of each demand to what those depend on. */
function chainsOf(core: readonly Why[], requests: readonly Demand[]): ReadonlyMap<Demanding, Chain> {
  const roots = core.flatMap((why) => (why.kind === 'requested' ? [why] : []));
  roots.sort((a, b) => requests.indexOf(a.demand) - requests.indexOf(b.demand));
  const chains = new Map<Demanding, Chain>(roots.map((why) => [why, [`${why.demand.text} (requested)`]]));
  const waiting = new Map<Package, Demanding[]>();
  for (const why of core) if (why.kind === 'depends') waiting.set(why.pkg, [...(waiting.get(why.pkg) ?? []), why]);
  for (const [why, chain] of chains) {
    for (const pkg of why.demand.candidates) {
      for (const next of waiting.get(pkg) ?? []) if (!chains.has(next)) chains.set(next, [...chain, pkg.id, next.demand.text]);
    }
  }
  return chains;
}

/** The chains of all demands that satisfy a test, shortest first. */
function sidesWhere({ chains }: Evidence, test: (demand: Demand) => boolean): readonly Chain[] {
  return [...chains].filter(([why]) => test(why.demand)).map(([, chain]) => chain);
}

/** Demands that nothing satisfies. */
function missing(evidence: Evidence): readonly NamedClash[] {
  return [...evidence.chains]
    .filter(([why]) => why.demand.candidates.length === 0)
    .map(([why, chain]) => ({ sides: [chain], names: [why.demand.name] }));
}

/** Demands that want different packages of one name. */
function namesakes(evidence: Evidence): readonly NamedClash[] {
  const names = new Set(evidence.core.flatMap((why) => (why.kind === 'same-name' ? [why.pkg.name] : [])));
  return [...names].flatMap((name) => {
    const demands = [...evidence.chains].filter(([why]) => why.demand.candidates.some((pkg) => pkg.name === name));
    const apart = (a: Demand, b: Demand): boolean => !a.candidates.some((pkg) => b.candidates.includes(pkg));
    const sides = demands.filter(([a]) => demands.some(([b]) => apart(a.demand, b.demand))).map(([, chain]) => chain);
    return sides.length === 0 ? [] : [{ sides: sides.slice(0, SIDES), names: [name] }];
  });
}

/** Declared conflicts. */
function conflicts(evidence: Evidence): readonly NamedClash[] {
  return evidence.core.flatMap((why) => {
    if (why.kind !== 'conflicts') return [];
    const [declaring] = sidesWhere(evidence, (demand) => demand.candidates.includes(why.pkg));
    const [other] = sidesWhere(evidence, (demand) => demand.candidates.includes(why.other));
    if (declaring === undefined || other === undefined) return [];
    const sides = [[...declaring, why.pkg.id, `conflicts with ${why.text}`], [...other, why.other.id]];
    return [{ sides, names: [why.pkg.name, why.other.name] }];
  });
}

/** Demands against a pin, or against what is to be deleted. */
function barred(evidence: Evidence): readonly NamedClash[] {
  return evidence.core.flatMap((why) => {
    if (why.kind !== 'pinned' && why.kind !== 'deleted') return [];
    const spared = (demand: Demand): boolean => why.kind === 'pinned' && demand.candidates.includes(why.pkg);
    const sides = sidesWhere(evidence, (demand) => demand.candidates.includes(why.other) && !spared(demand));
    if (sides.length === 0) return [];
    const reason = `${why.pkg.id} (${why.kind === 'pinned' ? 'pinned' : 'to be deleted'})`;
    return [{ sides: [...sides.slice(0, SIDES), [reason]], names: [why.pkg.name] }];
  });
}

function everything(evidence: Evidence): NamedClash {
  const requested = [...evidence.chains].filter(([why]) => why.kind === 'requested');
  return { sides: requested.map(([, chain]) => chain).slice(0, SIDES), names: requested.map(([why]) => why.demand.name) };
}

function distinct(clashes: readonly NamedClash[]): readonly NamedClash[] {
  return [...new Map(clashes.map((clash) => [JSON.stringify(clash.sides), clash])).values()];
}
