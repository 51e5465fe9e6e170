import { NoxError } from '../errors.js';
import { globProblem } from '../glob.js';
import { nearest } from '../nearest.js';
import { type FieldType, isMap, mapOf, integer, readFields, text, textList, type YamlValue } from './fields.js';
import type { EnvDeclaration, Metadata, Remedies } from './package.js';
import { parseDependency, parseProvision } from './request.js';

/** What one source says of a package: a field that it does not give is absent. */
export type PartialMetadata = Partial<Metadata>;

/** Metadata of one source, and why it cannot be used. */
export interface MetadataReading {
  readonly metadata: PartialMetadata;
  readonly problem: string | null;
  /** Keys that no field has, and that look like a field's misspelt. */
  readonly misspelt: readonly string[];
}

/** What a package without any metadata says. */
export const NO_METADATA: Metadata = {
  name: null,
  version: null,
  description: null,
  homepage: null,
  license: null,
  platform: null,
  depends: [],
  conflicts: [],
  provides: [],
  priority: null,
  env: null,
  prefix: null,
  remedies: null,
};

/** Bytes of a variable's value at most: Linux starts no program while one is longer than 128 KiB (MAX_ARG_STRLEN, execve(2)), and profiles join what several packages give. */
const VALUE_LIMIT = 64 << 10;

const isValue = (text: string): boolean => !text.includes('\0') && Buffer.byteLength(text) <= VALUE_LIMIT;
const oneOrMore = (value: YamlValue): readonly string[] | undefined => (typeof value === 'string' ? [value] : textList.read(value));
const paths = mapOf('', (value) => {
  const list = oneOrMore(value);
  return list === undefined || isValue(list.join(':')) ? list : undefined;
});
const whole = mapOf('', (value) => {
  const joined = oneOrMore(value)?.join(':');
  return joined === undefined || isValue(joined) ? joined : undefined;
});

const env: FieldType<EnvDeclaration> = {
  words: 'a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB',
  read(value) {
    if (!isMap(value)) return undefined;
    const { values, unknown, problems } = readFields<EnvDeclaration>(value, { set: whole, prepend: paths, append: paths });
    if (unknown.length > 0 || problems.length > 0) return undefined;
    return { set: values.set ?? {}, prepend: values.prepend ?? {}, append: values.append ?? {} };
  },
};

const globs: FieldType<readonly string[]> = {
  words: '',
  read: (value) => oneOrMore(value)?.every((glob) => glob !== '' && globProblem(glob) === null) === true ? oneOrMore(value) : undefined,
};

/** A map whose keys are globs. */
function byGlob<T>(convert: (value: YamlValue) => T | undefined): FieldType<Readonly<Record<string, T>>> {
  const map = mapOf('', convert);
  return {
    words: '',
    read(value) {
      const read = map.read(value);
      return read === undefined || Object.keys(read).some((glob) => globProblem(glob) !== null) ? undefined : read;
    },
  };
}

const replacements = mapOf('', (value) => (value === null ? '' : typeof value === 'string' && !value.includes('\0') ? value : undefined));

const remedies: FieldType<Remedies> = {
  words: 'a map of "copy", a list of globs, "wrap", a map of globs to what "env" may be, and "rewrite", a map of globs to maps of texts to texts',
  read(value) {
    if (!isMap(value)) return undefined;
    const { values, unknown, problems } = readFields<Remedies>(value, { copy: globs, wrap: byGlob((entry) => env.read(entry)), rewrite: byGlob((entry) => replacements.read(entry)) });
    if (unknown.length > 0 || problems.length > 0) return undefined;
    return { copy: values.copy ?? [], wrap: values.wrap ?? {}, rewrite: values.rewrite ?? {} };
  },
};

const name: FieldType<string> = {
  words: 'a text without spaces, "/", "@" and "|"',
  read: (value) => (typeof value === 'string' && /^[^\s/@|]+$/.test(value) && !value.startsWith('id:') ? text.read(value) : undefined),
};

type Known = { readonly [K in keyof Metadata]-?: NonNullable<Metadata[K]> };

const FIELDS: { readonly [K in keyof Known]: FieldType<Known[K]> } = {
  name,
  version: text,
  description: text,
  homepage: text,
  license: text,
  platform: text,
  depends: textList,
  conflicts: textList,
  provides: textList,
  priority: integer,
  env,
  prefix: text,
  remedies,
};

/**
 * The metadata of a YAML document (`nox-package.yaml`, or an entry of `packages:` in `nox-store.yaml`). Unknown keys are
 * left to other programs, and named where they look like a slip; a field given as nothing (`depends:`) is given and empty.
 */
export function parseMetadata(value: YamlValue): MetadataReading {
  if (value === null) return { metadata: {}, problem: null, misspelt: [] };
  if (!isMap(value)) return { metadata: {}, problem: 'it must be a map of fields', misspelt: [] };
  const { values, unknown, problems } = readFields<Known>(value, FIELDS);
  const metadata: Record<string, unknown> = {};
  for (const [field, given] of Object.entries(values)) metadata[field] = given ?? NO_METADATA[field as keyof Metadata];
  const [first] = problems;
  return {
    metadata,
    problem: first === undefined ? requestProblem(metadata) : `${first.field}: ${first.problem}`,
    misspelt: unknown.filter((key) => fieldMeant(key) !== null),
  };
}

/** The field that a key which is none most likely means, or `null`. */
const fieldMeant = (key: string): string | null => nearest(key, Object.keys(FIELDS));

/** What is to be told of a misspelt key. */
export const misspeltText = (key: string): string => `unknown key "${key}" is ignored; did you mean "${fieldMeant(key) ?? ''}"?`;

/** Why a dependency, conflict or provision cannot be read, or `null`. */
export function requestProblem({ depends = [], conflicts = [], provides = [] }: PartialMetadata): string | null {
  try {
    depends.forEach(parseDependency);
    conflicts.forEach(parseDependency);
    provides.forEach(parseProvision);
    return null;
  } catch (error) {
    if (error instanceof NoxError) return error.message;
    throw error;
  }
}

/** Lays sources over each other, field by field; the first that gives a field wins. */
export function mergeMetadata(sources: readonly PartialMetadata[]): Metadata {
  return Object.assign({}, NO_METADATA, ...sources.toReversed()) as Metadata;
}
