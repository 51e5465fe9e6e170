import { byName } from '../../fs/bytes.js';
import type { EnvSpec } from '../spec.js';

/** What the ready scripts of one generation are made of. */
export interface ReadyInput {
  /** Name of the profile. */
  readonly name: string;
  /** Absolute path of the profile home. */
  readonly home: string;
  /** Absolute path of the profile's link. */
  readonly path: string;
  readonly generation: number;
  /** The journal entry that first shows the generation, or an earlier one. */
  readonly sequence: number;
  /** Absolute path of the generation's tree. */
  readonly generationPath: string;
  readonly spec: EnvSpec;
  /** Variables that this profile leaves alone. */
  readonly omit: readonly string[];
}

/** A text in which `null` stands for the root: the profile's path, or the generation's when pinned. */
export type Pieces = ReadonlyArray<string | null>;

/** One variable as the scripts bake it in. */
export interface Baked {
  readonly name: string;
  readonly set: Pieces | null;
  readonly before: Pieces;
  readonly after: Pieces;
}

/** The variables of the profile, sorted by name, without those it leaves alone. */
export function bakedVariables({ spec, omit }: Pick<ReadyInput, 'spec' | 'omit'>): Baked[] {
  const { set, prepend, append } = spec;
  const names = new Set([...Object.keys(set), ...Object.keys(prepend), ...Object.keys(append)]);
  for (const name of omit) names.delete(name);
  return [...names].sort(byName).map((name) => ({
    name,
    set: set[name] === undefined ? null : pieces(set[name]),
    before: set[name] === undefined ? pieces((prepend[name] ?? []).join(':')) : [],
    after: set[name] === undefined ? pieces((append[name] ?? []).join(':')) : [],
  }));
}

function pieces(text: string): Pieces {
  return text.split('${profile}').flatMap((part, at) => (at === 0 ? [part] : [null, part])).filter((part) => part !== '');
}
