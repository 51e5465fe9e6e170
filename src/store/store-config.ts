import { type FieldType, isMap, oneOf, readFields, textList, type YamlValue } from './fields.js';
import { type MetadataReading, parseMetadata } from './metadata.js';

/** What a store says of itself in `nox-store.yaml`. */
export interface StoreConfig {
  /** Glob patterns of the packages, relative to the store; `null` for one level. */
  readonly patterns: readonly string[] | null;
  /** Metadata by identifier for trees that nobody may edit. */
  readonly packages: ReadonlyMap<string, MetadataReading>;
  readonly scope: 'private' | 'shared' | null;
}

export const PLAIN_STORE: StoreConfig = { patterns: null, packages: new Map(), scope: null };

/** Keys that other parts of nox read. */
const OTHERS = new Set(['survey', 'settle', 'min-age', 'retention', 'roots', 'spool']);

interface Fields {
  readonly packages: readonly string[] | ReadonlyMap<string, MetadataReading>;
  readonly patterns: readonly string[];
  readonly scope: 'private' | 'shared';
}

const patterns: FieldType<readonly string[]> = { ...textList, words: 'a list of glob patterns' };

const packages: FieldType<Fields['packages']> = {
  words: 'a list of glob patterns, or a map of identifiers to metadata',
  read(value) {
    if (!isMap(value)) return textList.read(value);
    return new Map(Object.entries(value).map(([id, metadata]) => [id, parseMetadata(metadata)]));
  },
};

/** A store's configuration, why it cannot be used, and its keys that nothing knows. */
export interface StoreConfigReading {
  readonly config: StoreConfig;
  readonly problem: string | null;
  readonly unknown: readonly string[];
}

/**
 * Reads the document of `nox-store.yaml`. `packages:` is a list of patterns, or a map of metadata; a store that needs both
 * gives the patterns under `patterns:`.
 */
export function parseStoreConfig(value: YamlValue): StoreConfigReading {
  if (value === null) return { config: PLAIN_STORE, problem: null, unknown: [] };
  if (!isMap(value)) return { config: PLAIN_STORE, problem: 'it must be a map of fields', unknown: [] };
  const { values, unknown, problems } = readFields<Fields>(value, { packages, patterns, scope: oneOf('private', 'shared') });
  const listed = values.packages ?? null;
  const map = listed instanceof Map ? listed : null;
  const list = (values.patterns ?? null) !== null ? values.patterns : map === null ? (listed as readonly string[] | null) : null;
  const config: StoreConfig = { patterns: list ?? null, packages: map ?? new Map(), scope: values.scope ?? null };
  const [first] = problems;
  const problem = first === undefined ? patternsProblem(config.patterns ?? []) : `${first.field}: ${first.problem}`;
  return { config, problem, unknown: unknown.filter((key) => !OTHERS.has(key)) };
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
