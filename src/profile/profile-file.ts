/** A profile written down: what its user wants of it, as a file that people read, edit and keep beside their code. */
import { NoxError } from '../errors.js';
import { type FieldType, flag, isMap, oneOf, readFields, text, textList, type YamlValue } from '../store/fields.js';
import { yamlList, yamlScalar } from '../store/yaml-text.js';
import { hideProblem, recordedPattern } from './hide-pattern.js';
import type { Composition } from './manifest.js';
import { parseProfileName } from './name.js';

/** The choices of a profile: all of its composition but the packages. */
export type Choices = Omit<Composition, 'packages'>;

/** What a profile file says. */
export interface ProfileFile extends Choices {
  /** The profile that is meant when a command names none. */
  readonly name: string | null;
  /** Requests as typed. */
  readonly packages: readonly string[];
  /** Identifiers of packages that are to be these and no others of their names. */
  readonly pins: readonly string[];
}

/** The choices as a profile of packages with these names records them. */
export function recordedChoices({ layout, withLibc, unfold, omit, prefer, hide, copy }: Choices, names: ReadonlySet<string>): Choices {
  return { layout, withLibc, unfold, omit, prefer: prefer.filter((name) => names.has(name)), hide: hide.map(recordedPattern), copy: copy.map(recordedPattern) };
}

/** A field that cannot be used, or `null` for the whole document. */
export interface FieldProblem {
  readonly field: string | null;
  readonly problem: string;
}

export const PROFILE_FILE_VERSION = 1;

/** The keys of choices as they are written. */
export interface WrittenChoices {
  readonly layout: 'full' | 'folded';
  readonly 'with-libc': boolean;
  readonly omit: readonly string[];
  readonly prefer: readonly string[];
  readonly hide: readonly string[];
  readonly copy: readonly string[];
  readonly unfold: readonly string[];
}

const listOf = (words: string, isOne: (value: string) => boolean): FieldType<readonly string[]> => ({
  words,
  read: (value) => (textList.read(value)?.every(isOne) === true ? (value as readonly string[]) : undefined),
});

const isVariable = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
const isInside = (path: string): boolean => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** How the choices of a profile are read, in files of people and in locks. */
export const CHOICE_FIELDS: { readonly [K in keyof WrittenChoices]: FieldType<WrittenChoices[K]> } = {
  layout: oneOf('full', 'folded'),
  'with-libc': flag,
  omit: listOf('a list of names of variables', isVariable),
  prefer: textList,
  hide: listOf('a list of patterns as --hide takes them', (pattern) => hideProblem(pattern) === null),
  copy: listOf('a list of patterns as --copy takes them', (pattern) => hideProblem(pattern) === null),
  unfold: listOf('a list of paths inside the profile', isInside),
};

const profileName: FieldType<string> = {
  words: 'a name for a profile',
  read: (value) => (typeof value === 'string' && isName(value) ? value : undefined),
};

function isName(value: string): boolean {
  try {
    return parseProfileName(value) === value;
  } catch (error) {
    if (error instanceof NoxError) return false;
    throw error;
  }
}

interface Fields extends WrittenChoices {
  readonly 'nox-profile': string;
  readonly name: string;
  readonly packages: readonly string[];
  readonly pins: readonly string[];
}

const FIELDS = { 'nox-profile': text, name: profileName, packages: textList, pins: textList, ...CHOICE_FIELDS };

/** The format version that a document says it has; `null` when it is none, so that no other YAML is taken for such a file. */
export function writtenVersion(value: YamlValue, marker: string): number | null {
  const version = isMap(value) ? value[marker] : undefined;
  return typeof version === 'string' && /^[1-9][0-9]{0,8}$/.test(version) ? Number(version) : null;
}

/** Choices as read; what is absent is what a new profile has without any configuration. */
export function choicesOf(values: { readonly [K in keyof WrittenChoices]?: WrittenChoices[K] | null }): Choices {
  const once = (list: readonly string[] | null | undefined): readonly string[] => [...new Set(list ?? [])];
  return {
    layout: values.layout ?? 'full', withLibc: values['with-libc'] ?? false,
    omit: once(values.omit), prefer: once(values.prefer), hide: once(values.hide), copy: once(values.copy), unfold: once(values.unfold),
  };
}

/**
 * Reads the document of a profile file of this format version. Unknown keys are refused: a choice misspelt would be a choice lost.
 * The inverse of {@link formatProfileFile}.
 */
export function parseProfileFile(value: YamlValue): ProfileFile | FieldProblem {
  if (!isMap(value)) return { field: null, problem: 'it must be a map of fields' };
  const { values, unknown, problems } = readFields<Fields>(value, FIELDS);
  if (problems[0] !== undefined) return problems[0];
  if (unknown[0] !== undefined) return { field: unknown[0], problem: 'there is no such field' };
  const once = (list: readonly string[] | null | undefined): readonly string[] => [...new Set(list ?? [])];
  return { name: values.name ?? null, ...choicesOf(values), packages: once(values.packages), pins: once(values.pins) };
}

/** The lines of the choices. */
export function choiceLines({ layout, withLibc, omit, prefer, hide, copy, unfold }: Choices): string[] {
  return [
    `layout: ${layout}`, `with-libc: ${withLibc}`,
    ...yamlList('omit', omit), ...yamlList('prefer', prefer), ...yamlList('hide', hide), ...yamlList('copy', copy), ...yamlList('unfold', unfold),
  ];
}

/** The text of a profile file, its fields always in the same order. */
export function formatProfileFile(file: ProfileFile): string {
  const lines = [
    '# A profile of nox; to make it: nox-profile apply FILE',
    `nox-profile: ${PROFILE_FILE_VERSION}`,
    ...(file.name === null ? [] : [`name: ${yamlScalar(file.name)}`]),
    ...yamlList('packages', file.packages), ...yamlList('pins', file.pins), ...choiceLines(file),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a profile of that composition says when it is written down. */
export function profileFileOf(name: string, { packages, ...choices }: Composition): ProfileFile {
  const { layout, withLibc, unfold, omit, prefer, hide, copy } = choices;
  return {
    name, layout, withLibc, unfold, omit, prefer, hide, copy,
    packages: packages.flatMap(({ requested }) => requested ?? []),
    pins: packages.flatMap(({ id, pinned }) => (pinned ? [id] : [])),
  };
}
