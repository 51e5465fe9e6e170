/** What a Debian package says of itself in nox's own terms. */
import { debianDeclarations } from '../debian-remedies.js';
import { type PartialMetadata, requestProblem } from '../metadata.js';
import { parseRange, satisfies } from '../range.js';
import type { Control, Relation } from './control.js';
import { holdsDebian, withoutEpoch } from './version.js';

/** What else is known when a package is described: the packages that are imported with it, and those that the store has. */
export interface Surroundings {
  readonly providers: (name: string) => readonly Provider[];
}

/** A package that has or provides a name. */
export interface Provider {
  readonly package: string;
  /** The version that it has it in; `null` where that is not told. */
  readonly version: string | null;
  /** True of a package in the store, whose version is kept without an epoch: what is asked for is then compared without, too. */
  readonly isStored: boolean;
}

/** The identifier of a Debian package in a store. */
export const debianId = ({ name, version }: Pick<Control, 'name' | 'version'>): string => `${name}-${withoutEpoch(version)}`;

/**
 * `Depends` and `Pre-Depends` become `depends`: of alternatives the first that somebody provides, else the first. `Conflicts` and `Breaks` become
 * `conflicts`. Epochs are left out. Where our order of versions would refuse what Debian's takes, the name alone is asked for: the text allows
 * more than Debian does, never less.
 */
export function debianMetadata(control: Control, around: Surroundings): PartialMetadata {
  const { name, version, architecture, description, homepage } = control;
  const depends = control.depends.map((group) => group.find((relation) => isMet(relation, around)) ?? (group[0] as Relation));
  return {
    name,
    version: withoutEpoch(version),
    ...(description === null || description === '' ? {} : { description }),
    ...(homepage === null || homepage === '' ? {} : { homepage }),
    ...(architecture === null || architecture === 'all' ? {} : { platform: architecture }),
    depends: unique(depends.filter(({ name: other }) => other !== name).map((relation) => dependencyText(relation, around))),
    conflicts: unique(control.conflicts.filter(({ name: other }) => other !== name).flatMap((relation) => conflictText(relation, { control, around }))),
    provides: unique(control.provides.map((provided) => (provided.version === null ? provided.name : `${provided.name}@${withoutEpoch(provided.version)}`))),
    ...declared(name, architecture ?? 'all'),
  };
}

/** Debian's names of architectures, and of the directories of their libraries where these differ by more than an ending. */
const TRIPLETS: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu', armhf: 'arm-linux-gnueabihf', armel: 'arm-linux-gnueabi', ppc64el: 'powerpc64le-linux-gnu',
};

/** What its programs need to run from a profile. */
function declared(name: string, architecture: string): PartialMetadata {
  const { env, remedies } = debianDeclarations(name, TRIPLETS[architecture] ?? `${architecture}-linux-gnu`);
  return {
    ...(env === undefined ? {} : { env: { set: {}, prepend: {}, append: {}, ...env } }),
    ...(remedies === undefined ? {} : { remedies: { copy: [], wrap: {}, rewrite: {}, ...remedies } }),
  };
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

function isMet(relation: Relation, { providers }: Surroundings): boolean {
  return providers(relation.name).some((provider) => holds(relation, provider));
}

function holds({ operator, version }: Relation, { version: provided, isStored }: Provider): boolean {
  if (operator === null || version === null) return true;
  return provided !== null && holdsDebian(provided, operator, isStored ? withoutEpoch(version) : version);
}

const OPERATORS: Readonly<Record<string, string>> = { '<<': '<', '<': '<=', '<=': '<=', '=': '=', '>=': '>=', '>': '>=', '>>': '>' };

function requestText({ name, operator, version }: Relation): string {
  if (operator === null || version === null) return name;
  const text = `${name}@${OPERATORS[operator] ?? '='}${withoutEpoch(version)}`;
  return requestProblem({ depends: [text] }) === null ? text : name;
}

function dependencyText(relation: Relation, { providers }: Surroundings): string {
  const text = requestText(relation);
  const takes = (version: string | null): boolean => text === relation.name || satisfies(version === null ? null : withoutEpoch(version), rangeOf(text));
  const refused = providers(relation.name).some((provider) => holds(relation, provider) && !takes(provider.version));
  return refused ? relation.name : text;
}

/** No text where it would keep out what Debian lets stand beside the package. */
function conflictText(relation: Relation, { control, around }: { readonly control: Control; readonly around: Surroundings }): string[] {
  const text = requestText(relation);
  const versioned = text !== relation.name;
  if (!versioned && relation.operator !== null) return [];
  const others = around.providers(relation.name).filter((provider) => provider.package !== control.name);
  // A conflict with a version never means those that only provide the name without one.
  const keepsOut = others.some((provider) => !holds(relation, provider) && (!versioned || satisfies(provider.version === null ? null : withoutEpoch(provider.version), rangeOf(text))));
  return keepsOut ? [] : [text];
}

const rangeOf = (text: string): ReturnType<typeof parseRange> => parseRange(text.slice(text.indexOf('@') + 1));
