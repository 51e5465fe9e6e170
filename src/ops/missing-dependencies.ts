import { byName } from '../fs/bytes.js';
import { inferNameAndVersion } from '../store/identifier.js';
import type { ScannedStore } from '../store/io/scan.js';
import { dependencyName } from '../store/request.js';

export interface MissingDependency {
  /** As a package asks for it. */
  readonly dependency: string;
  /** Identifiers. */
  readonly neededBy: readonly string[];
}

/** A package that is imported, or is there already. */
interface Needing {
  readonly id: string;
  readonly metadata: { readonly name?: string | null; readonly depends?: readonly string[]; readonly provides?: readonly string[] };
}

/** What packages that are imported together need, and neither they nor one of the stores have, by name. */
export function missingDependencies(imported: readonly Needing[], stores: readonly ScannedStore[]): MissingDependency[] {
  const names = new Set<string>();
  const add = (id: string, name: string, provides: readonly string[]): void => {
    for (const one of [`id:${id}`, name, ...provides.map(dependencyName)]) names.add(one);
  };
  for (const { id, metadata } of imported) add(id, metadata.name ?? inferNameAndVersion(id).name, metadata.provides ?? []);
  for (const { packages } of stores) for (const { id, name, metadata } of packages) add(id, name, metadata.provides);
  const missing = new Map<string, Set<string>>();
  for (const { id, metadata } of imported) {
    for (const text of metadata.depends ?? []) {
      if (!names.has(dependencyName(text))) missing.set(text, (missing.get(text) ?? new Set()).add(id));
    }
  }
  return [...missing].map(([dependency, neededBy]) => ({ dependency, neededBy: [...neededBy].sort(byName) })).sort((a, b) => byName(a.dependency, b.dependency));
}
