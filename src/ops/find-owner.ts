import * as path from 'node:path';
import { pathOf, profileHomeOf } from '../config.js';
import type { Context } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { realPath, status } from '../fs/disk.js';
import { homeOfGeneration, NOX, parseGeneration, placeInGeneration, profileLink } from '../layout.js';
import { entryIn, type Farm, type FarmLink, linksIn, linkTarget } from '../profile/farm/farm.js';
import { parentOf, under } from '../profile/farm/tree.js';
import { readLastEntry } from '../profile/io/journal.js';
import { nameOf, type ProfileState, readFarm, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { isAsBuilt } from '../profile/io/unmanaged.js';
import { parseProfileName } from '../profile/name.js';
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

/**
 * `owner FILE|COMMAND`: the package that brings a path of the profile, or a command of it, as the profile shows it. An absolute path may be one of the
 * package's own, too; one in a profile tells which is meant, where the command line does not. @throws `no-owner`.
 */
export function findOwner(context: Context, selection: ProfileSelection, what: string): PathOwner {
  const meant = selection.profile === undefined ? profileOfPath(context, selection, what) : undefined;
  const { ref, state } = openOrDefault(context, { ...selection, profile: selection.profile ?? meant });
  if (state === null) throw new NoxError('no-owner', { what, profile: selectorOf(ref), unmanaged: null });
  const farm = readShownFarm(state);
  for (const candidate of candidates(context, state, { what, farm })) {
    if (status(`${state.tree}/${candidate}`) === null) continue;
    const found = lookUp(farm, candidate);
    const owner = found === null || !isAsBuilt(state.tree, farm, found) ? undefined : state.manifest.packages[found.link.root];
    if (found !== null && owner !== undefined) return { name: nameOf(state.ref), path: candidate, id: owner.id, store: owner.store, target: targetOf(farm, found) };
    const isOfFarm = farm.directories.some(({ path: directory }) => directory === candidate);
    if (!isOfFarm) throw new NoxError('no-owner', { what, profile: selectorOf(state.ref), unmanaged: candidate });
  }
  throw new NoxError('no-owner', { what, profile: selectorOf(state.ref), unmanaged: null });
}

interface Asked {
  readonly what: string;
  readonly farm: Farm;
}

/** Paths in the profile that the user may mean; what is nox's own is none. */
function candidates(context: Context, state: ProfileState, asked: Asked): string[] {
  const isInside = (candidate: string): boolean => !/^\.{0,2}(?:\/|$)/.test(candidate) && candidate.split('/')[0] !== NOX;
  return candidatePaths(context, state, asked).map((candidate) => path.normalize(candidate).replace(/\/+$/, '')).filter(isInside);
}

function candidatePaths(context: Context, state: ProfileState, { what, farm }: Asked): string[] {
  if (!what.includes('/')) return [...COMMAND_DIRECTORIES.map((directory) => under(directory, what)), what];
  const absolute = pathOf(context, what);
  const inside = [state.path, state.tree].flatMap((root) => insideOf(root, absolute) ?? []);
  return [...inside, ...pathsOfTarget(farm, absolute), what];
}

/** Where in the farm a package's own entry is linked. */
function pathsOfTarget(farm: Farm, absolute: string): string[] {
  const inPackages = new Map(farm.roots.flatMap((root, at) => {
    const inside = insideOf(root, absolute);
    return inside === null ? [] : [[at, inside] as const];
  }));
  if (inPackages.size === 0) return [];
  return farm.directories.flatMap((directory) => linksIn(directory).flatMap((link) => {
    const rest = restBelow(under(link.at, link.name), inPackages.get(link.root) ?? '');
    return rest === null ? [] : [`${under(directory.path, link.name)}${rest}`];
  }));
}

/** What a path has below a directory, by the directory's name or its physical one; `null` when it is elsewhere. */
function insideOf(directory: string, absolute: string): string | null {
  const root = [directory, realPath(directory) ?? directory].find((one) => absolute.startsWith(`${one}/`));
  return root === undefined ? null : absolute.slice(root.length + 1);
}

/** Empty for the path itself, or what follows it with the slash. */
const restBelow = (at: string, wanted: string): string | null => (wanted === at ? '' : wanted.startsWith(`${at}/`) ? wanted.slice(at.length) : null);

/** The profile that an absolute path lies in, as a command line names it. */
function profileOfPath(context: Context, selection: ProfileSelection, what: string): string | undefined {
  if (!/^~?\//.test(what)) return undefined;
  const absolute = pathOf(context, what);
  const isProfile = (at: string): boolean => orNull(() => readLastEntry(path.dirname(at), parseProfileName(path.basename(at)))) !== null;
  const tree = placeInGeneration(absolute)?.tree ?? null;
  const generation = tree === null ? null : parseGeneration(tree);
  const shown = tree === null || generation === null ? null : profileLink(homeOfGeneration(tree) ?? '/', generation.name);
  let at = shown ?? path.dirname(absolute);
  while (at !== '/' && !isProfile(at)) at = path.dirname(at);
  if (at === '/') return undefined;
  return path.dirname(at) === profileHomeOf(context, selection) ? path.basename(at) : at;
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
