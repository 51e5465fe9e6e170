/** What a Debian package says of itself in nox's own terms. */
import { debianDeclarations } from '../debian-remedies.js';
import { type PartialMetadata, requestProblem } from '../metadata.js';
import { parseRange, satisfies } from '../range.js';
import type { Control, Relation } from './control.js';
import { conflictRange, dependencyRange, furtherReadings } from './ranges.js';
import { epochOf, holdsDebian, withoutEpoch } from './version.js';

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
 * `conflicts`. Epochs are left out. The text allows more than Debian does, never less: see {@link dependencyRange}.
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
    depends: unique(depends.filter(({ name: other }) => other !== name).map((relation) => dependencyText(relation, { control, around }))),
    conflicts: unique(control.conflicts.filter(({ name: other }) => other !== name).flatMap((relation) => conflictText(relation, { control, around }))),
    provides: unique([...furtherReadings(version).map((reading) => `${name}@${reading}`), ...control.provides.flatMap(provisionTexts)]),
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

function textOf({ name, operator, version }: Relation, rangeFor: (operator: string, version: string) => string | null): string | null {
  if (operator === null || version === null) return name;
  const range = rangeFor(operator, version);
  const text = `${name}@${range ?? ''}`;
  return range === null || requestProblem({ depends: [text] }) !== null ? null : text;
}

interface Describing {
  readonly control: Control;
  readonly around: Surroundings;
}

/** The name alone also where a package that may be there would be refused: one of an older nox, or of a later epoch. */
function dependencyText(relation: Relation, describing: Describing): string {
  const text = textOf(relation, dependencyRange);
  if (text === null || text === relation.name) return relation.name;
  const refused = versionsOf(relation, describing).some(({ isMeant, readings }) => isMeant && !readings.some(within(text)));
  return refused ? relation.name : text;
}

/** No text either where it would keep out what may be there. */
function conflictText(relation: Relation, describing: Describing): string[] {
  const text = textOf(relation, conflictRange);
  if (text === null || text === relation.name) return text === null ? [] : [text];
  const keptOut = versionsOf(relation, describing).some(({ isMeant, readings }) => !isMeant && readings.some(within(text)));
  return keptOut ? [] : [text];
}

function within(text: string): (version: string) => boolean {
  const range = parseRange(text.slice(text.indexOf('@') + 1));
  return (version) => satisfies(version, range);
}

/**
 * The versions that a name has: whether Debian means each, and what it is to be taken for. The version of the package itself is among them, for
 * the other may be of the same source: `liferea` 1.14.4-3 needs `liferea-data (<< 1.14.4.0~)`.
 */
function versionsOf(relation: Relation, { control, around }: Describing): ReadonlyArray<{ readonly isMeant: boolean; readonly readings: readonly string[] }> {
  const others = around.providers(relation.name).filter((provider) => provider.package !== control.name);
  const stored = new Set(others.flatMap(({ version, isStored }) => (isStored ? [version] : [])));
  const sibling = { package: relation.name, version: control.version, isStored: false };
  return [...(epochOf(control.version) === epochOf(relation.version ?? '') ? [sibling] : []), ...others].flatMap((provider) => {
    const { version, isStored } = provider;
    if (version === null) return [];
    return [{ isMeant: holds(relation, provider), readings: readingsOf(version).filter((reading, at) => at === 0 || !isStored || stored.has(reading)) }];
  });
}

const readingsOf = (version: string): readonly string[] => [withoutEpoch(version), ...furtherReadings(version)];

/** A provided name, once for each version that it is to be taken for. */
function provisionTexts({ name, version }: Relation): string[] {
  return version === null ? [name] : readingsOf(version).map((reading) => `${name}@${reading}`);
}
