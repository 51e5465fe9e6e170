import type { Context } from '../context.js';
import { byName } from '../fs/bytes.js';
import { nameOf, selectorOf } from '../profile/io/read-profile.js';
import type { ManifestPackage } from '../profile/manifest.js';
import type { StorePath } from '../store/package.js';
import { compareReleases } from '../store/version.js';
import { choosePackages } from './choose-packages.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';
import { readStores } from './read-stores.js';

/** One package that there is, or was. */
interface Standing {
  readonly id: string;
  readonly version: string | null;
  readonly store: string;
}

export interface OutdatedPackage {
  readonly id: string;
  readonly name: string;
  readonly pinned: boolean;
  readonly current: Standing;
  /** What `upgrade` would put in its place; the same as `current` when it would leave it. `null` when it would leave the profile. */
  readonly wanted: Standing | null;
  /** The highest version of the name in any store, whether it fits or not. */
  readonly newest: Standing;
}

/** The packages of a profile for which the stores have a newer one, or another that `upgrade` would take. */
export async function listOutdated(context: Context, selection: ProfileSelection & { readonly store?: readonly string[] | undefined }): Promise<{ readonly name: string; readonly packages: readonly OutdatedPackage[] }> {
  const { ref, state } = openOrDefault(context, selection);
  if (state === null || state.manifest.packages.length === 0) return { name: nameOf(ref), packages: [] };
  const stores = await readStores(context, selection);
  const upgraded = choosePackages(stores, compositionOf(state.manifest), { add: [], del: [], upgrade: 'all' }, selectorOf(ref));
  const wanted = new Map(upgraded.map((entry) => [entry.name, entry]));
  const rows = state.manifest.packages.map((entry) => rowOf(entry, wanted.get(entry.name), stores));
  return { name: nameOf(ref), packages: rows.filter(isOutdated).sort((a, b) => byName(a.id, b.id)) };
}

function rowOf(entry: ManifestPackage, wanted: ManifestPackage | undefined, stores: StorePath): OutdatedPackage {
  const current = standingOf(entry);
  const newest = stores.flatMap(({ packages }) => packages)
    .filter((pkg) => pkg.name === entry.name && pkg.aliasOf === null && pkg.problem === null)
    .reduce((highest, pkg) => (compareReleases(pkg.version, highest.version) > 0 ? standingOf(pkg) : highest), current);
  return { id: entry.id, name: entry.name, pinned: entry.pinned, current, wanted: wanted === undefined ? null : standingOf(wanted), newest };
}

const standingOf = ({ id, version, store }: Standing): Standing => ({ id, version, store });

const isOutdated = ({ current, wanted, newest }: OutdatedPackage): boolean =>
  newest !== current || (wanted !== null && (wanted.id !== current.id || wanted.store !== current.store));
