import { TREE_KINDS, type TreeKind } from './adoption.js';
import { type FieldType, isMap, oneOf, readFields, textList, type YamlValue } from './fields.js';
import { type MetadataReading, parseMetadata } from './metadata.js';

/** What a store says of itself in `nox-store.yaml`. */
export interface StoreConfig {
  /** Glob patterns of the packages, relative to the store; `null` for one level. */
  readonly patterns: readonly string[] | null;
  /** Metadata by identifier for trees that nobody may edit. */
  readonly packages: ReadonlyMap<string, MetadataReading>;
  readonly scope: 'private' | 'shared' | null;
  /** Another package manager whose tree it is: nox only reads it. */
  readonly adopted: TreeKind | null;
  /** Where the profile homes of a shared store are: globs, or one word; `null` when nobody said. */
  readonly survey: 'accounts' | 'records-only' | readonly string[] | null;
  /** Absolute path of the spool directory for root records; `null` for the store's own. */
  readonly roots: string | null;
  /** Directories of releases that use the store: absolute paths. */
  readonly releases: readonly string[];
  /** Seconds between marking and quarantine, of age before collection, and in quarantine; `null` for the default. */
  readonly settle: number | null;
  readonly minAge: number | null;
  readonly retention: number | null;
  /** Keys that this nox does not know: misspelt ones, or a newer one's. */
  readonly unknown: readonly string[];
}

export const PLAIN_STORE: StoreConfig = {
  patterns: null, packages: new Map(), scope: null, adopted: null, survey: null, roots: null, releases: [], settle: null, minAge: null, retention: null, unknown: [],
};

interface Fields {
  readonly survey: 'accounts' | 'records-only' | readonly string[];
  readonly roots: string;
  readonly releases: readonly string[];
  readonly settle: number;
  readonly 'min-age': number;
  readonly retention: number;
  readonly packages: readonly string[] | ReadonlyMap<string, MetadataReading>;
  readonly patterns: readonly string[];
  readonly scope: 'private' | 'shared';
  readonly adopted: TreeKind;
}

const patterns: FieldType<readonly string[]> = { ...textList, words: 'a list of glob patterns' };

const survey: FieldType<Fields['survey']> = {
  words: '"accounts", "records-only", or a list of absolute patterns',
  read(value) {
    if (value === 'accounts' || value === 'records-only') return value;
    const list = typeof value === 'string' ? [value] : textList.read(value);
    return list?.every((pattern) => pattern.startsWith('/')) ? list : undefined;
  },
};

const absolutePath: FieldType<string> = { words: 'an absolute path', read: (value) => (typeof value === 'string' && value.startsWith('/') ? value.replace(/(?<=.)\/+$/, '') : undefined) };
const absolutePaths: FieldType<readonly string[]> = {
  words: 'a list of absolute paths',
  read(value) {
    const list = textList.read(value);
    return list?.every((path) => path.startsWith('/')) ? list : undefined;
  },
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a length of time as written (`180`, `90s`, `30d`), or `null`. */
export function readDuration(text: string): number | null {
  const parts = /^(\d{1,9})([smhd]?)$/.exec(text);
  return parts === null ? null : Number(parts[1]) * (UNITS[parts[2] ?? ''] ?? 1);
}

const duration: FieldType<number> = { words: 'a length of time such as 180, 90s or 30d', read: (value) => (typeof value === 'string' ? (readDuration(value) ?? undefined) : undefined) };

const packages: FieldType<Fields['packages']> = {
  words: 'a list of glob patterns, or a map of identifiers to metadata',
  read(value) {
    if (!isMap(value)) return textList.read(value);
    return new Map(Object.entries(value).map(([id, metadata]) => [id, parseMetadata(metadata)]));
  },
};

/** A store's configuration, and why it cannot be used. */
interface StoreConfigReading {
  readonly config: StoreConfig;
  readonly problem: string | null;
}

/**
 * Reads the document of `nox-store.yaml`. `packages:` is a list of patterns, or a map of metadata; a store that needs both
 * gives the patterns under `patterns:`.
 */
export function parseStoreConfig(value: YamlValue): StoreConfigReading {
  if (value === null) return { config: PLAIN_STORE, problem: null };
  if (!isMap(value)) return { config: PLAIN_STORE, problem: 'it must be a map of fields' };
  const { values, unknown, problems } = readFields<Fields>(value, {
    packages, patterns, scope: oneOf('private', 'shared'), adopted: oneOf(...TREE_KINDS), survey, roots: absolutePath, releases: absolutePaths, settle: duration, 'min-age': duration, retention: duration,
  });
  const listed = values.packages ?? null;
  const map = listed instanceof Map ? listed : null;
  const list = (values.patterns ?? null) !== null ? values.patterns : map === null ? (listed as readonly string[] | null) : null;
  const config: StoreConfig = {
    patterns: list ?? null,
    packages: map ?? new Map(),
    scope: values.scope ?? null,
    adopted: values.adopted ?? null,
    survey: values.survey ?? null,
    roots: values.roots ?? null,
    releases: values.releases ?? [],
    settle: values.settle ?? null,
    minAge: values['min-age'] ?? null,
    retention: values.retention ?? null,
    unknown,
  };
  const [first] = problems;
  const problem = first === undefined ? patternsProblem(config.patterns ?? []) : `${first.field}: ${first.problem}`;
  return { config, problem };
}

const MAX_PATTERNS = 32;
const MAX_LENGTH = 200;
const MAX_LEVELS = 8;

function patternsProblem(all: readonly string[]): string | null {
  if (all.length > MAX_PATTERNS) return `packages: at most ${MAX_PATTERNS} patterns`;
  for (const pattern of all) {
    const problem = patternProblem(pattern);
    if (problem !== null) return `packages: "${pattern}": ${problem}`;
  }
  return null;
}

/**
 * Why a pattern is refused, or `null`. A pattern consists of names with `*`, `?` and `[…]`, and at most one `**`: this
 * bounds the time of a match and keeps it inside the store.
 */
export function patternProblem(pattern: string): string | null {
  if (pattern.length > MAX_LENGTH) return `a pattern has at most ${MAX_LENGTH} characters`;
  if (pattern.startsWith('/')) return 'a pattern is relative to the store';
  if (/[\\{}()\0]/.test(pattern) || pattern.startsWith('!')) return 'of all wildcards, only "*", "**", "?" and "[…]" are supported';
  const segments = pattern.split('/');
  if (segments.length > MAX_LEVELS) return `a pattern has at most ${MAX_LEVELS} levels`;
  if (segments.some((segment) => segment === '' || segment.startsWith('.'))) return 'a pattern has no empty, hidden or ".." level';
  if (segments.filter((segment) => segment === '**').length > 1) return 'a pattern has at most one "**"';
  if (segments.some((segment) => segment !== '**' && (segment.includes('**') || segment.split('*').length > 4))) {
    return 'a level has at most three "*", and "**" stands alone';
  }
  return null;
}
