import type { Context } from '../context.js';
import { NoxError, quoted } from '../errors.js';
import { status } from '../fs/disk.js';
import { linkTarget } from '../profile/farm/farm.js';
import { droppedLinks } from '../profile/farm/dropped.js';
import { ownDirectories } from '../profile/farm/record.js';
import { isSameFarm } from '../profile/farm/same-farm.js';
import { nextNumber } from '../profile/io/publish.js';
import { type ProfileState, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { under } from '../profile/farm/tree.js';
import { asPackage, type ManifestPackage } from '../profile/manifest.js';
import { shellWord } from '../shell-word.js';
import type { StorePath } from '../store/package.js';
import { resolve } from '../store/resolve/resolve.js';
import { manifestEntry } from './choose-packages.js';
import { openProfile, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';
import { planGeneration } from './plan-generation.js';
import { readStores } from './read-stores.js';
import { type EditResult, namedPaths, recomposeProfile } from './recompose-profile.js';
import { refuseRelease } from './refuse-release.js';

interface RefreshRequest {
  readonly selection: ProfileSelection & { readonly store?: readonly string[] | undefined };
  readonly dryRun: boolean;
  readonly wait: number;
}

/**
 * `refresh`: the same packages as they are now, in what they hold and in what they say of themselves, for builds that are installed again
 * under one identifier. Makes no generation where a profile has them so already.
 * @throws `usage` for a profile that links to another, `package-gone`, `package-unusable`, `collision`, what the resolver refuses.
 */
export async function refreshProfile(context: Context, request: RefreshRequest): Promise<EditResult> {
  const state = openProfile(context, request.selection);
  refuseRelease(state);
  const profile = selectorOf(state.ref);
  if (state.generation === null) throw new NoxError('usage', { problem: `the profile ${quoted(profile)} shows another one; refresh that`, command: 'nox-profile refresh' });
  const stores = await readStores(context, request.selection);
  const resolveCommand = (): string => `settle it first: nox-profile add --help; and then: nox-profile refresh ${shellWord(profile)}`;
  return recomposeProfile(context, {
    action: 'refresh', ref: state.ref, state, stores, initial: compositionOf(state.manifest), make: 'when-changed', dryRun: request.dryRun, wait: request.wait,
    anew: await hasChanged(context, state, resolveCommand),
    compose: (current) => ({ ...current, packages: readAgain(stores, current.packages, profile) }),
    preferredIn: () => [],
    resolveCommand,
  });
}

/** The packages with what the stores say of them now, and what they have come to depend on. */
function readAgain(stores: StorePath, packages: readonly ManifestPackage[], profile: string): readonly ManifestPackage[] {
  const found = new Map(stores.flatMap((store) => store.packages).map((pkg) => [pkg.path, pkg]));
  const installed = packages.map((entry) => {
    const known = asPackage(entry);
    const pkg = found.get(known.path) ?? known;
    if (pkg.problem !== null) throw new NoxError('package-unusable', { id: pkg.id, store: pkg.store, problem: pkg.problem });
    // Nothing is exchanged for another.
    return { pkg, requested: entry.requested, pinned: true };
  });
  const pinned = new Set(packages.flatMap(({ name, pinned: isPinned }) => (isPinned ? [name] : [])));
  const requests = packages.flatMap(({ requested }) => requested ?? []);
  return resolve(stores, { profile, installed, add: requests, del: [], upgrade: [], exact: true }).packages.map(manifestEntry).map((entry) => ({ ...entry, pinned: pinned.has(entry.name) }));
}

/** Whether the packages hold what the profile shows; what they have that it does not is told. */
async function hasChanged(context: Context, state: ProfileState, resolveCommand: () => string): Promise<boolean> {
  const { ref, manifest } = state;
  const { farm } = await planGeneration(context, { ref, kind: manifest.kind, action: 'refresh', number: nextNumber(ref.home, ref.name, state.last), composition: compositionOf(manifest), from: state, resolveCommand });
  const [shown, planned] = [readShownFarm(state), { roots: farm.roots, directories: ownDirectories(farm) }];
  const fresh = droppedLinks(planned, shown);
  for (const root of new Set(fresh.map((link) => link.root))) context.say(`${quoted(root)} has more than the profile showed of it: ${namedPaths(fresh.filter((link) => link.root === root).map(({ path }) => path))}`);
  const isOld = (path: string, target: string): boolean => Math.floor((status(target)?.mtimeMs ?? 0) / 1000) * 1000 !== shown.made.get(path)?.mtime;
  const stale = shown.directories.flatMap(({ path, files }) => files.map((file) => [under(path, file.name), linkTarget(shown.roots, file)] as const).filter(([file, target]) => isOld(file, target)));
  if (stale.length > 0) context.say(`made anew of files that have changed: ${namedPaths(stale.map(([path]) => path))}`);
  return stale.length > 0 || !isSameFarm(shown, planned);
}
