import type { Context } from '../context.js';
import { byName } from '../fs/bytes.js';
import { profileLink } from '../layout.js';
import { countLinks, type FarmFile } from '../profile/farm/farm.js';
import { under } from '../profile/farm/tree.js';
import { presenceOf } from '../profile/io/presence.js';
import { kindOf, nameOf, readShownFarm } from '../profile/io/read-profile.js';
import { scanUnmanaged, unmanagedPaths } from '../profile/io/unmanaged.js';
import { emptyComposition, type Manifest } from '../profile/manifest.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';

interface PackageName {
  readonly id: string;
  readonly store: string;
}

export interface ProfileStatus {
  readonly name: string;
  readonly path: string;
  readonly kind: Manifest['kind'];
  readonly generation: number | null;
  readonly link: string | null;
  readonly createdAt: string | null;
  readonly layout: Manifest['layout'];
  readonly packages: number;
  readonly links: number;
  readonly omit: readonly string[];
  readonly prefer: readonly string[];
  readonly hide: readonly string[];
  /** Patterns of files held as copies. */
  readonly copy: readonly string[];
  /** Files that nox made in the place of links. */
  readonly made: readonly { readonly path: string; readonly kind: FarmFile['kind'] }[];
  readonly withLibc: boolean;
  /** Directories linked as a whole. */
  readonly folded: readonly string[];
  readonly unfold: readonly string[];
  /** Files in the profile that nox did not install. */
  readonly unmanaged: readonly string[];
  /** Packages that are gone from their stores. */
  readonly gone: readonly PackageName[];
  /** Packages of which the system does not let be seen whether they are there. */
  readonly unreadable: readonly PackageName[];
}

/** What a profile consists of and what is unusual about it. The profile `default` need not exist. */
export function profileStatus(context: Context, selection: ProfileSelection): ProfileStatus {
  const { ref, state } = openOrDefault(context, selection);
  const path = profileLink(ref.home, ref.name);
  if (state === null) {
    const nothing = { links: 0, made: [], packages: 0, folded: [], unmanaged: [], gone: [], unreadable: [] };
    return { ...emptyComposition, name: nameOf(ref), path, kind: 'user', generation: 0, link: null, createdAt: null, ...nothing };
  }
  const { manifest, generation, tree, last } = state;
  const { layout, omit, prefer, hide, copy, withLibc, unfold, createdAt, packages } = manifest;
  const farm = readShownFarm(state);
  const presences = packages.map((pkg) => ({ name: { id: pkg.id, store: pkg.store }, presence: presenceOf(pkg) }));
  const inState = (wanted: string): PackageName[] => presences.filter(({ presence }) => presence === wanted).map(({ name }) => name);
  return {
    name: nameOf(state.ref), path: state.path, kind: kindOf(state), generation, link: last.link, createdAt,
    layout, omit, prefer, hide, copy, withLibc, unfold,
    packages: packages.length,
    links: countLinks(farm),
    made: farm.directories.flatMap(({ path: directory, files }) => files.map(({ name, kind }) => ({ path: under(directory, name), kind }))).sort((a, b) => byName(a.path, b.path)),
    folded: farm.folded,
    unmanaged: generation === null ? [] : unmanagedPaths(scanUnmanaged(tree, farm), farm).sort(byName),
    gone: inState('gone'),
    unreadable: inState('unreadable'),
  };
}
