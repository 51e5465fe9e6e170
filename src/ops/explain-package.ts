import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { nearest } from '../nearest.js';
import { emptyComposition, type Manifest, type ManifestPackage } from '../profile/manifest.js';
import { nameOf, selectorOf } from '../profile/io/read-profile.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';

export interface PackageReasons {
  readonly name: string;
  readonly generation: number | null;
  readonly id: string;
  readonly store: string;
  /** What the user asked for; `null` when it came only as a dependency. */
  readonly requested: string | null;
  /** For each requested package that needs it, the shortest chain of identifiers from that one to this. */
  readonly chains: readonly (readonly string[])[];
}

/** `why PKG`: who asked for a package of the profile, directly and through whom. @throws `not-installed`. */
export function explainPackage(context: Context, selection: ProfileSelection, request: string): PackageReasons {
  const { ref, state } = openOrDefault(context, selection);
  const manifest = state?.manifest ?? emptyComposition;
  const pkg = findInstalled(manifest, request, selectorOf(ref));
  const chains = manifest.packages
    .filter((root) => root.requested !== null && root !== pkg)
    .flatMap((root) => {
      const chain = shortestChain(manifest, root, pkg);
      return chain === null ? [] : [chain.map((entry) => entry.id)];
    });
  return { name: nameOf(ref), generation: state?.generation ?? null, id: pkg.id, store: pkg.store, requested: pkg.requested, chains };
}

/** The package of the profile with that identifier or name, or that was asked for so, as by a name that it provides. @throws `not-installed`. */
export function findInstalled({ packages }: Pick<Manifest, 'packages'>, request: string, profile: string): ManifestPackage {
  const found = packages.find((pkg) => pkg.id === request) ?? packages.find((pkg) => pkg.name === request) ?? packages.find((pkg) => pkg.requested === request);
  if (found !== undefined) return found;
  const names = packages.flatMap((pkg) => [pkg.name, pkg.id]);
  throw new NoxError('not-installed', { request, profile, nearest: nearest(request, names) });
}

/** Breadth first over dependencies; `null` when `from` does not need `to`. */
function shortestChain({ packages }: Pick<Manifest, 'packages'>, from: ManifestPackage, to: ManifestPackage): ManifestPackage[] | null {
  const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
  const cameFrom = new Map<ManifestPackage, ManifestPackage | null>([[from, null]]);
  for (const pkg of cameFrom.keys()) {
    if (pkg === to) break;
    for (const name of pkg.dependsOn) {
      const next = byName.get(name);
      if (next !== undefined && !cameFrom.has(next)) cameFrom.set(next, pkg);
    }
  }
  if (!cameFrom.has(to)) return null;
  const chain: ManifestPackage[] = [];
  for (let at: ManifestPackage | null | undefined = to; at != null; at = cameFrom.get(at)) chain.unshift(at);
  return chain;
}
