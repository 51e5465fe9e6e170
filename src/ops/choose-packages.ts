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

/** The packages that the profile is to hold, sorted by name. @throws what the resolver refuses. */
export function choosePackages(stores: StorePath, current: Composition, edit: PackageEdit, profile: string): readonly ManifestPackage[] {
  if (edit.add.length === 0 && edit.del.length === 0 && edit.upgrade.length === 0) return current.packages;
  const installed = current.packages.map((entry) => ({ pkg: asPackage(entry), requested: entry.requested, pinned: entry.pinned }));
  return resolve(stores, { profile, installed, ...edit }).packages.map(manifestEntry);
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
