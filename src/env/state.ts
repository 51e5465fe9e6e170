/**
 * What nox remembers in the environment itself, so that any shell can undo it without asking anybody. `NOX_DEPTH` is the
 * number of active layers; layer k (1 is the lowest) has
 *
 *     NOX_<k>_VARS       names of the variables it changed, separated by colons
 *     NOX_<k>_PRE_<V>    elements put before the value of V, joined by colons
 *     NOX_<k>_POST_<V>   elements put after it
 *     NOX_<k>_WAS_<V>    `unset` or `empty` when V was; absent when V had a value (which still is in V)
 *     NOX_<k>_SET_<V>    the whole value given to V
 *     NOX_<k>_OLD_<V>    the value that this replaced; absent when V was unset
 *
 * `NOX_PROFILE`, `NOX_GENERATION` and `NOX_JOB` are themselves variables that a layer sets.
 */

export type Environment = Readonly<Record<string, string>>;
/** An environment under change. */
export type Variables = Map<string, string>;

/** What a layer does to one variable; elements are joined by colons. */
export type Contribution = { readonly set: string } | { readonly before: string; readonly after: string };

export const DEPTH = 'NOX_DEPTH';
export const recordOf = (layer: number, kind: 'PRE' | 'POST' | 'WAS' | 'SET' | 'OLD', name: string): string => `NOX_${layer}_${kind}_${name}`;
export const namesOf = (layer: number): string => `NOX_${layer}_VARS`;

/** Number of active layers; what nox did not write counts as none. */
export function depthOf(variables: Variables): number {
  const text = variables.get(DEPTH) ?? '';
  return /^[1-9][0-9]?$/.test(text) ? Number(text) : 0;
}

/** Names of the variables that a layer changed, in the order recorded. */
export function changedBy(variables: Variables, layer: number): string[] {
  return (variables.get(namesOf(layer)) ?? '').split(':').filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
}

/** What a layer recorded for a variable, or `null` when it did not change it. */
export function recorded(variables: Variables, layer: number, name: string): Contribution | null {
  const set = variables.get(recordOf(layer, 'SET', name));
  if (set !== undefined) return { set };
  const before = variables.get(recordOf(layer, 'PRE', name)) ?? '';
  const after = variables.get(recordOf(layer, 'POST', name)) ?? '';
  return before + after === '' ? null : { before, after };
}

/** The uppermost layer as it was recorded. */
interface Active {
  /** Absolute path of its profile. */
  readonly profile: string;
  /** The generation that it is pinned to. */
  readonly generation: number | null;
  /** The batch job that it is pinned for; `null` when pinned by hand or not at all. */
  readonly job: string | null;
}

/** The layers that are active, the lowest first. */
export function activeLayers(environment: Environment): Active[] {
  const variables: Variables = new Map(Object.entries(environment));
  return Array.from({ length: depthOf(variables) }, (_, at) => {
    const value = (name: string): string => variables.get(recordOf(at + 1, 'SET', name)) ?? '';
    const generation = /^\d{1,9}$/.test(value('NOX_GENERATION')) ? Number(value('NOX_GENERATION')) : null;
    return { profile: value('NOX_PROFILE'), generation, job: value('NOX_JOB') || null };
  });
}
