import { NoxError } from '../errors.js';
import { asPackage, type Composition, type ManifestPackage } from '../profile/manifest.js';
import type { Package, StorePath } from '../store/package.js';
import { resolve, type ResolvedPackage } from '../store/resolve/resolve.js';

/** Which packages a command asks for. */
export interface PackageEdit {
  /** Requests as typed. */
  readonly add: readonly string[];
  /** Names or identifiers of packages of the profile. */
  readonly del: readonly string[];
  readonly upgrade: 'all' | readonly string[];
}

/** The packages that the profile is to hold, sorted by name. @throws what the resolver refuses, and `package-unusable` for one that is asked for again. */
export function choosePackages(stores: StorePath, current: Composition, edit: PackageEdit, profile: string): readonly ManifestPackage[] {
  if (edit.add.length === 0 && edit.del.length === 0 && edit.upgrade.length === 0) return current.packages;
  const installed = current.packages.map((entry) => ({ pkg: asPackage(entry), requested: entry.requested, pinned: entry.pinned }));
  const { packages } = resolve(stores, { profile, installed, ...edit });
  for (const { pkg, requested } of packages) if (requested !== null && edit.add.includes(requested)) refuseUnusable(stores, pkg);
  return packages.map(manifestEntry);
}

/** One that the profile has from before its metadata became unusable would stay as it was, without a word. */
function refuseUnusable(stores: StorePath, { id, store }: Package): void {
  const problem = stores.find(({ path }) => path === store)?.packages.find((pkg) => pkg.id === id)?.problem ?? null;
  if (problem !== null) throw new NoxError('package-unusable', { id, store, problem });
}

/** A package of an answer of the resolver as a manifest has it. */
export function manifestEntry({ pkg, requested, pinned, dependsOn }: ResolvedPackage): ManifestPackage {
  const { id, store, name, version, metadata } = pkg;
  const { depends, conflicts, provides, priority, env, remedies } = metadata;
  return { id, store, name, version, requested, pinned, dependsOn: namesOf(dependsOn), depends, conflicts, provides, priority, env, remedies };
}

function namesOf(packages: readonly Package[]): readonly string[] {
  return [...new Set(packages.map((pkg) => pkg.name))].sort();
}
