import * as v from 'valibot';
import type { SealedKind } from '../fs/sealed.js';
import { patternProblem } from './hide-pattern.js';
import { identifierProblem } from '../store/identifier.js';
import type { Metadata, Package, PackageId } from '../store/package.js';

const texts = v.pipe(v.array(v.string()), v.readonly());
const nullableText = v.nullable(v.string());
/** Entries are checked one by one, so that a key such as `__proto__` stays an ordinary key. */
const record = <S extends v.GenericSchema>(value: S) => v.pipe(v.record(v.string(), value), v.readonly());

const envSchema = v.object({ set: record(v.string()), prepend: record(texts), append: record(texts) });

const remediesSchema = v.object({ copy: texts, wrap: record(envSchema), rewrite: record(record(v.string())) });

const packageSchema = v.object({
  id: v.custom<PackageId>((id) => typeof id === 'string' && identifierProblem(id) === null, 'it is not an identifier'),
  store: v.pipe(v.string(), v.check((path) => path.startsWith('/') && !/[:\0]/.test(path), 'it is not the path of a store')),
  name: v.string(),
  version: nullableText,
  /** What the user asked for, as typed; `null` when it came only as a dependency. */
  requested: nullableText,
  /** Kept at this version by `upgrade`. */
  pinned: v.boolean(),
  /** Names of the packages of this profile that satisfy its dependencies. */
  dependsOn: texts,
  depends: texts,
  conflicts: texts,
  provides: texts,
  priority: v.nullable(v.number()),
  env: v.nullable(envSchema),
  /** Absent from manifests of version 1. */
  remedies: v.optional(v.nullable(remediesSchema), null),
});

/** A package as a generation holds it: enough to plan the next generation even when its store is gone. */
export type ManifestPackage = v.InferOutput<typeof packageSchema>;

const patterns = v.pipe(v.array(v.pipe(v.string(), v.check((pattern) => patternProblem(pattern) === null, 'it is not a pattern'))), v.readonly());

const changeSchema = v.object({
  change: v.picklist(['added', 'removed', 'upgraded', 'downgraded', 'replaced', 'requested']),
  id: v.string(),
  /** The identifier that it takes the place of, or `null`. */
  from: nullableText,
});

/** One difference between two generations, as scripts see it. */
export type Change = v.InferOutput<typeof changeSchema>;

const manifestSchema = v.object({
  profile: v.string(),
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  kind: v.picklist(['user', 'release', 'ad-hoc']),
  /** RFC 3339, UTC. */
  createdAt: v.string(),
  action: v.string(),
  layout: v.picklist(['full', 'folded']),
  withLibc: v.boolean(),
  /** Directories that the folded layout keeps real because the user said so. */
  unfold: texts,
  /** Variables that activation leaves alone. */
  omit: texts,
  /** Names of packages that win their collisions, the strongest first. */
  prefer: texts,
  /** Patterns of paths left out, `[PACKAGE:]GLOB`. */
  hide: patterns,
  /** Patterns of files that the farm holds as copies; absent from manifests of version 1. */
  copy: v.optional(patterns, () => []),
  /** Sorted by name. */
  packages: v.pipe(v.array(packageSchema), v.readonly()),
  env: envSchema,
  changes: v.pipe(v.array(changeSchema), v.readonly()),
  /** The process that built it, by which an unfinished publication is told from a running one. */
  owner: v.object({ host: v.string(), bootId: v.string(), pidNamespace: v.string(), pid: v.number(), startTime: v.string() }),
});

/** What one generation consists of and how it came to be. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** The part of a manifest that a change plans anew. */
export type Composition = Pick<Manifest, 'layout' | 'withLibc' | 'unfold' | 'omit' | 'prefer' | 'hide' | 'copy' | 'packages'>;

export const manifestKind: SealedKind<typeof manifestSchema> = { kind: 'manifest', version: 2, schema: manifestSchema, limit: 64 << 20 };

export const emptyComposition: Composition = { layout: 'full', withLibc: false, unfold: [], omit: [], prefer: [], hide: [], copy: [], packages: [] };

/** Absolute path of a package of a manifest. */
export const packagePath = (entry: Pick<ManifestPackage, 'id' | 'store'>): string => `${entry.store}/${entry.id}`;

/** The package of a manifest in the form that stores give. */
export function asPackage(entry: ManifestPackage): Package {
  const { id, store, name, version, depends, conflicts, provides, priority, env, remedies } = entry;
  const metadata: Metadata = {
    name, version, depends, conflicts, provides, priority, env, remedies,
    description: null, homepage: null, license: null, platform: null, prefix: null,
  };
  return { id, store, path: packagePath(entry), name, version, aliasOf: null, metadata, misspelt: [], problem: null };
}
