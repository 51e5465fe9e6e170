import * as path from 'node:path';
import { pathOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { realPath, status } from '../fs/disk.js';
import { NOX, placeInGeneration } from '../layout.js';
import { entryIn, type Farm, type FarmLink, linkTarget } from '../profile/farm/farm.js';
import { parentOf, under } from '../profile/farm/tree.js';
import { nameOf, type ProfileState, readFarm, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { isAsBuilt } from '../profile/io/unmanaged.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';

interface PathOwner {
  readonly name: string;
  /** Path in the profile. */
  readonly path: string;
  readonly id: string;
  readonly store: string;
  /** The package's own entry. */
  readonly target: string;
}

/** Where commands lie in a profile. */
const COMMAND_DIRECTORIES = ['bin', 'sbin'];

/** `owner FILE|COMMAND`: the package that brings a path of the profile, or a command of it, as the profile shows it. @throws `no-owner`. */
export function findOwner(context: Context, selection: ProfileSelection, what: string): PathOwner {
  const { ref, state } = openOrDefault(context, selection);
  if (state === null) throw new NoxError('no-owner', { what, profile: selectorOf(ref), unmanaged: null });
  const farm = readShownFarm(state);
  for (const candidate of candidates(context, state, what)) {
    if (status(`${state.tree}/${candidate}`) === null) continue;
    const found = lookUp(farm, candidate);
    const owner = found === null || !isAsBuilt(state.tree, farm, found) ? undefined : state.manifest.packages[found.link.root];
    if (found !== null && owner !== undefined) return { name: nameOf(state.ref), path: candidate, id: owner.id, store: owner.store, target: targetOf(farm, found) };
    const isOfFarm = farm.directories.some(({ path: directory }) => directory === candidate);
    if (!isOfFarm) throw new NoxError('no-owner', { what, profile: selectorOf(state.ref), unmanaged: candidate });
  }
  throw new NoxError('no-owner', { what, profile: selectorOf(state.ref), unmanaged: null });
}

/** Paths in the profile that the user may mean; what is nox's own is none. */
function candidates(context: Context, state: ProfileState, what: string): string[] {
  const isInside = (candidate: string): boolean => !/^\.{0,2}(?:\/|$)/.test(candidate) && candidate.split('/')[0] !== NOX;
  return candidatePaths(context, state, what).map((candidate) => path.normalize(candidate).replace(/\/+$/, '')).filter(isInside);
}

function candidatePaths(context: Context, state: ProfileState, what: string): string[] {
  if (!what.includes('/')) return [...COMMAND_DIRECTORIES.map((directory) => under(directory, what)), what];
  const absolute = pathOf(context, what);
  const roots = [state.path, state.tree, realPath(state.tree) ?? state.tree];
  const inside = roots.filter((root) => absolute.startsWith(`${root}/`)).map((root) => absolute.slice(root.length + 1));
  return [...inside, what];
}

/** The package's own entry for a file that nox made in a generation in the place of a link; `null` for any other path. */
export function originOfMade(physical: string): string | null {
  const place = placeInGeneration(physical);
  const farm = place === null ? null : orNull(() => readFarm(place.tree));
  const found = place === null || farm === null ? null : lookUp(farm, place.inside);
  return found === null || farm === null ? null : targetOf(farm, found);
}

const targetOf = (farm: Farm, { link, rest }: Found): string => [linkTarget(farm.roots, link), ...rest].join('/');

interface Found {
  /** The path of the link. */
  readonly at: string;
  readonly link: FarmLink;
  /** What remains of the path below a folded directory. */
  readonly rest: readonly string[];
}

/** The link at a path of the farm, or the folded directory above it with what remains of the path. */
function lookUp(farm: Farm, wanted: string): Found | null {
  const parts = wanted.split('/').filter((part) => part !== '');
  const directories = new Map(farm.directories.map((directory) => [directory.path, directory]));
  for (let length = parts.length; length > 0; length -= 1) {
    const prefix = parts.slice(0, length).join('/');
    const above = directories.get(parentOf(prefix));
    const link = above === undefined ? undefined : entryIn(above, parts[length - 1] as string);
    if (link !== undefined) return { at: prefix, link, rest: parts.slice(length) };
    if (directories.has(prefix)) return null;
  }
  return null;
}
