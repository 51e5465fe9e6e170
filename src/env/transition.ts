/**
 * The one meaning of activating and deactivating; the ready scripts say the same in each shell's own words (see
 * scripts.ts), and a test holds both to the same outcome.
 */
import { byName } from '../fs/bytes.js';
import type { EnvSpec } from './spec.js';
import { changedBy, type Contribution, DEPTH, depthOf, type Environment, namesOf, recorded, recordOf, type Variables } from './state.js';

/** One profile as it is to be laid over an environment. */
export interface Layer {
  /** Absolute path of the profile. */
  readonly profile: string;
  /** The generation that its entries point at, `null` when they point at the profile's own path. */
  readonly generation: number | null;
  /** The batch job that it is pinned for. */
  readonly job: string | null;
  /** `${profile}` resolved, omitted variables left out; no variable in two ways. */
  readonly spec: EnvSpec;
}

/** A variable and its new value, `null` to unset it. */
export interface Change {
  readonly name: string;
  readonly value: string | null;
}

/** What a variable that was unset or empty counts as, before the elements of a profile meet it: without a default, no command of the system would be found. */
export const DEFAULTS: Readonly<Record<string, string>> = { PATH: '/usr/local/bin:/usr/bin:/bin', XDG_DATA_DIRS: '/usr/local/share:/usr/share' };
/** Variables whose empty trailing element stands for the system's own directories. */
export const KEEPS_SYSTEM: ReadonlySet<string> = new Set(['MANPATH', 'INFOPATH']);

/**
 * The changes that make `layer` the active profile: in place of all that is active, or with `stack` above it. What is
 * active already, and still as nox left it, stays untouched. `isSame` tells whether two paths name one profile.
 */
export function activate(environment: Environment, layer: Layer, { stack, isSame = Object.is }: { readonly stack: boolean; readonly isSame?: (one: string, other: string) => boolean }): Change[] {
  const variables: Variables = new Map(Object.entries(environment));
  const depth = depthOf(variables);
  if (stack) stackLayer(variables, layer, { depth, isSame });
  else if (depth === 1) refreshLayer(variables, 1, layer);
  else {
    undoFrom(variables, depth, 1);
    applyLayer(variables, { layer, at: 1, kept: new Set() });
  }
  return changesBetween(environment, variables);
}

/** The changes that undo the uppermost layer; none when nothing is active. */
export function deactivate(environment: Environment): Change[] {
  const variables: Variables = new Map(Object.entries(environment));
  const depth = depthOf(variables);
  if (depth > 0) undoFrom(variables, depth, depth);
  return changesBetween(environment, variables);
}

/** The environment after these changes. */
export function changed(environment: Environment, changes: readonly Change[]): Environment {
  const result: Record<string, string> = { ...environment };
  for (const { name, value } of changes) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = value;
  }
  return result;
}

/** Lays a profile over all that is active; one that is in the stack already moves up. */
function stackLayer(variables: Variables, layer: Layer, { depth, isSame }: { readonly depth: number; readonly isSame: (one: string, other: string) => boolean }): void {
  let at = depth;
  while (at > 0 && !isSame(variables.get(recordOf(at, 'SET', 'NOX_PROFILE')) ?? '', layer.profile)) at -= 1;
  if (at === 0) return applyLayer(variables, { layer, at: depth + 1, kept: new Set() });
  if (at === depth) return refreshLayer(variables, at, layer);
  const above = Array.from({ length: depth - at }, (_, index) => contributionsOf(variables, at + 1 + index));
  undoFrom(variables, depth, at);
  above.forEach((contributions, index) => applyContributions(variables, { contributions, at: at + index, kept: new Set() }));
  applyLayer(variables, { layer, at: depth, kept: new Set() });
}

function refreshLayer(variables: Variables, at: number, layer: Layer): void {
  const kept = new Set([...contributionsOfLayer(variables, layer, at)].filter(([name, wanted]) => stands(variables, at, { name, wanted })).map(([name]) => name));
  undoLayer(variables, at, kept);
  applyLayer(variables, { layer, at, kept });
}

/** True when the layer made this very contribution and all of it is still there. */
function stands(variables: Variables, at: number, { name, wanted }: { name: string; wanted: Contribution }): boolean {
  const made = changedBy(variables, at).includes(name) ? recorded(variables, at, name) : null;
  const current = variables.get(name);
  if (made === null || current === undefined) return false;
  if ('set' in wanted) return 'set' in made && made.set === wanted.set && current === wanted.set;
  if ('set' in made || made.before !== wanted.before || made.after !== wanted.after) return false;
  const elements = new Set(current.split(':'));
  return [...elementsOf(wanted.before), ...elementsOf(wanted.after)].every((element) => elements.has(element));
}

interface Application {
  readonly layer: Layer;
  readonly at: number;
  readonly kept: ReadonlySet<string>;
}

function applyLayer(variables: Variables, { layer, at, kept }: Application): void {
  applyContributions(variables, { contributions: contributionsOfLayer(variables, layer, at), at, kept });
}

function applyContributions(variables: Variables, { contributions, at, kept }: { contributions: ReadonlyMap<string, Contribution>; at: number; kept: ReadonlySet<string> }): void {
  for (const [name, contribution] of contributions) if (!kept.has(name)) applyOne(variables, at, { name, contribution });
  variables.set(namesOf(at), [...contributions.keys()].join(':'));
  variables.set(DEPTH, String(at));
}

/** Variable to contribution, in the order in which they are recorded. */
function contributionsOfLayer(variables: Variables, layer: Layer, at: number): Map<string, Contribution> {
  const contributions = new Map<string, Contribution>([['NOX_PROFILE', { set: layer.profile }]]);
  const pinnedBelow = at > 1 && variables.has(recordOf(at - 1, 'SET', 'NOX_GENERATION'));
  if (layer.generation !== null || pinnedBelow) contributions.set('NOX_GENERATION', { set: layer.generation === null ? '' : String(layer.generation) });
  if (layer.job !== null || pinnedBelow) contributions.set('NOX_JOB', { set: layer.job ?? '' });
  const { set, prepend, append } = layer.spec;
  for (const name of [...new Set([...Object.keys(set), ...Object.keys(prepend), ...Object.keys(append)])].sort(byName)) {
    const whole = set[name];
    contributions.set(name, whole !== undefined ? { set: whole } : { before: (prepend[name] ?? []).join(':'), after: (append[name] ?? []).join(':') });
  }
  return contributions;
}

function contributionsOf(variables: Variables, layer: number): Map<string, Contribution> {
  const contributions = new Map<string, Contribution>();
  for (const name of changedBy(variables, layer)) {
    const contribution = recorded(variables, layer, name);
    if (contribution !== null) contributions.set(name, contribution);
  }
  return contributions;
}

function applyOne(variables: Variables, at: number, { name, contribution }: { name: string; contribution: Contribution }): void {
  const current = variables.get(name);
  if ('set' in contribution) {
    if (current !== undefined) variables.set(recordOf(at, 'OLD', name), current);
    variables.set(recordOf(at, 'SET', name), contribution.set);
    variables.set(name, contribution.set);
    return;
  }
  const { before, after } = contribution;
  if (before !== '') variables.set(recordOf(at, 'PRE', name), before);
  if (after !== '') variables.set(recordOf(at, 'POST', name), after);
  if (current === undefined || current === '') {
    variables.set(recordOf(at, 'WAS', name), current === undefined ? 'unset' : 'empty');
    variables.set(name, fromNothing(name, contribution));
  } else {
    variables.set(name, joined(before, current, after));
  }
}

/** The value of a path variable that had none before. */
function fromNothing(name: string, { before, after }: { before: string; after: string }): string {
  const value = joined(before, DEFAULTS[name] ?? '', after);
  return KEEPS_SYSTEM.has(name) ? `${value}:` : value;
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(':');

/** Undoes the layers from `top` down to `bottom`. */
function undoFrom(variables: Variables, top: number, bottom: number): void {
  for (let layer = top; layer >= bottom; layer -= 1) undoLayer(variables, layer, new Set());
}

function undoLayer(variables: Variables, layer: number, kept: ReadonlySet<string>): void {
  for (const name of changedBy(variables, layer)) if (!kept.has(name)) undoOne(variables, layer, name);
  variables.delete(namesOf(layer));
  if (layer > 1) variables.set(DEPTH, String(layer - 1));
  else variables.delete(DEPTH);
}

function undoOne(variables: Variables, layer: number, name: string): void {
  const take = (kind: 'PRE' | 'POST' | 'WAS' | 'SET' | 'OLD'): string | undefined => {
    const value = variables.get(recordOf(layer, kind, name));
    variables.delete(recordOf(layer, kind, name));
    return value;
  };
  const [set, old, was, before, after] = [take('SET'), take('OLD'), take('WAS'), take('PRE') ?? '', take('POST') ?? ''];
  const current = variables.get(name);
  const restore = (value: string | undefined): void => {
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  };
  if (set !== undefined) {
    if (current === set) restore(old);
  } else if (current !== undefined) {
    const left = without(current, before, after);
    const isNothing = was !== undefined && (current === fromNothing(name, { before, after }) || isDefault(name, left));
    restore(left !== '' && !isNothing ? left : was === 'empty' ? '' : undefined);
  }
}

/** Whether a value is only what {@link fromNothing} adds to the elements of a profile: somebody may have put others around them, and taken them away again. */
function isDefault(name: string, value: string): boolean {
  return KEEPS_SYSTEM.has(name) ? /^:*$/.test(value) : value === DEFAULTS[name];
}

/** A path value without the first of each element put before, and without the last of each put after. */
function without(value: string, before: string, after: string): string {
  const elements = value.split(':');
  const drop = (at: number): void => {
    if (at >= 0) elements.splice(at, 1);
  };
  for (const element of elementsOf(before)) drop(elements.indexOf(element));
  for (const element of elementsOf(after).reverse()) drop(elements.lastIndexOf(element));
  return elements.join(':');
}

const elementsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));

function changesBetween(environment: Environment, variables: Variables): Change[] {
  return [...new Set([...Object.keys(environment), ...variables.keys()])]
    .map((name) => ({ name, value: variables.get(name) ?? null }))
    .filter(({ name, value }) => (environment[name] ?? null) !== value)
    .sort(inOrder);
}

/**
 * Order of changes: the records first, without which nothing could be undone where a shell refuses one of the variables; then unsettings, and last the variables
 * by which programs are found and loaded. For the same reason records are taken away after all that they tell of.
 */
export function inOrder(a: Change, b: Change): number {
  return rankOf(a) - rankOf(b) || byName(a.name, b.name);
}

function rankOf({ name, value }: Change): number {
  if (name.startsWith('NOX_')) return value === null ? 5 : 0;
  return name.startsWith('LD_') ? 4 : name === 'PATH' ? 3 : value === null ? 1 : 2;
}
