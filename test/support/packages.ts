import { inferNameAndVersion } from '../../src/store/identifier.js';
import type { Metadata, Package, PackageId, Store } from '../../src/store/package.js';

/** What a test says of a package beyond its identifier. */
export interface PackageTraits {
  readonly name?: string;
  readonly version?: string | null;
  readonly depends?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly provides?: readonly string[];
  readonly aliasOf?: string;
  readonly problem?: string;
}

const NOTHING: Metadata = {
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

/** A package value as a scan would give it, without any directory behind it. */
export function makePackage(store: string, id: string, traits: PackageTraits = {}): Package {
  const inferred = inferNameAndVersion(id);
  const { depends = [], conflicts = [], provides = [] } = traits;
  return {
    id: id as PackageId,
    store,
    path: `${store}/${id}`,
    name: traits.name ?? inferred.name,
    version: traits.version === undefined ? inferred.version : traits.version,
    aliasOf: (traits.aliasOf ?? null) as PackageId | null,
    metadata: { ...NOTHING, depends, conflicts, provides },
    misspelt: [],
    problem: traits.problem ?? null,
  };
}

/** A store value of these packages. */
export function makeStore(path: string, packages: readonly Package[]): Store {
  return { path, writable: true, missing: false, packages: [...packages].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** A store value from identifiers and what they are like. */
export function storeOf(path: string, packages: Readonly<Record<string, PackageTraits>>): Store {
  return makeStore(path, Object.entries(packages).map(([id, traits]) => makePackage(path, id, traits)));
}
