import { cacheDirectoryOf } from '../config.js';
import type { Context } from '../context.js';
import { farmEnv, mergePackageEnv, searchPaths } from '../env/directories.js';
import type { EnvSpec } from '../env/spec.js';
import { readyScripts } from '../env/scripts.js';
import { NoxError, orNull } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { status, statusFollowed } from '../fs/disk.js';
import { thisProcess } from '../fs/owner.js';
import { expectWork } from '../fs/worker.js';
import { generation, profileLink } from '../layout.js';
import type { BuiltFarm, Collision, FarmPlan } from '../profile/farm/farm.js';
import { joinUnmanaged, type UnmanagedTree } from '../profile/farm/join-unmanaged.js';
import { droppedLinks } from '../profile/farm/dropped.js';
import { planFarm } from '../profile/farm/plan.js';
import type { FarmPackage, FarmRequest } from '../profile/farm/request.js';
import { type TreeDirectory, under } from '../profile/farm/tree.js';
import { isDescription } from '../profile/farm/special-files.js';
import { viewOfFarm } from '../profile/farm/view.js';
import { remedyTable, type RemedyTable } from '../profile/remedy.js';
import { hiding } from '../profile/hide.js';
import type { GenerationPlan } from '../profile/io/publish.js';
import { type ProfileRef, type ProfileState, readFarm, readShownFarm, selectorOf } from '../profile/io/read-profile.js';
import { isSameEntry } from '../profile/io/same-entry.js';
import { scanTree, scanTrees, type Spot, type TreeRoot } from '../profile/io/scan-tree.js';
import { openTreeCache } from '../profile/io/tree-cache.js';
import { type DirectoryTimes, directoryTimes, type Looked, scanUnmanaged, untouchedAmong } from '../profile/io/unmanaged.js';
import { changesBetween } from '../profile/changes.js';
import { type Composition, type Manifest, type ManifestPackage, packagePath } from '../profile/manifest.js';

interface GenerationRequest {
  readonly ref: ProfileRef;
  readonly kind: Manifest['kind'];
  readonly action: string;
  readonly number: number;
  readonly composition: Composition;
  /** The state that the change starts from; its unmanaged files are carried. */
  readonly from: ProfileState | null;
  /** The absolute path of another generation whose unmanaged files are carried, too. */
  readonly besides?: string | null;
  /** Names of packages that this very command prefers: they win against the user's own files, too. */
  readonly preferred?: readonly string[];
  /** The command that would settle these collisions, for the hint. */
  readonly resolveCommand: (collisions: readonly Collision[]) => string;
}

/** Packages of which a profile most likely has so many links that two threads make them. */
const MANY_PACKAGES = 64;

/** Says that a generation of so many packages is most likely going to be built. */
export function expectBuild(packages: number): void {
  if (packages >= MANY_PACKAGES) expectWork();
}

/** Nix's default; a lower number wins. */
const DEFAULT_PRIORITY = 5;

/**
 * Decides everything that the next generation consists of, and writes nothing.
 * @throws `collision` with every colliding path, `unreadable-package`, `env-conflict`.
 */
export async function planGeneration(context: Context, request: GenerationRequest): Promise<GenerationPlan> {
  const { ref, composition, from } = request;
  const remedies = remediesOf(ref, composition);
  const real = realDirectories(composition, remedies);
  expectBuild(composition.packages.length);
  const packages = await readTrees(context, request, real);
  const before = await generationBefore(from);
  const looked: Looked = { exact: new Set(before?.untouched), times: new Map(before?.times), pristine: new Set() };
  const unmanaged = unmanagedOf(before, looked, request.besides ?? null);
  const hidden = hiding(composition.hide);
  const { plan, collisions } = planFarm({
    packages,
    layout: composition.layout,
    withLibc: composition.withLibc,
    prefer: composition.prefer,
    preferOverUnmanaged: new Set(request.preferred ?? []),
    isHidden: hidden.isHidden,
    remedyOf: remedies.remedyOf,
    isFile: (path) => statusFollowed(path)?.type === 'file',
    ...real,
    unmanaged,
    isSame: isSameEntry,
  });
  if (collisions.length > 0) {
    throw new NoxError('collision', { profile: selectorOf(ref), collisions, resolve: request.resolveCommand(collisions) });
  }
  const env = environmentOf(composition, plan, packages);
  return {
    manifest: manifestOf(context, request, env),
    farm: { ...plan, outOfView: [...plan.outOfView, ...unmanaged.outOfView].sort(byName) },
    scripts: scriptsOf(request, env),
    idle: { hide: hidden.idle(), copy: remedies.idle() },
    lost: before === null ? [] : droppedLinks(before.farm, plan).filter(({ target }) => orNull(() => status(target) === null) === true),
    before: before === null ? null : { tree: before.tree, farm: before.farm, sharable: looked.exact, times: looked.times, pristine: looked.pristine },
  };
}

/** The generation that the next one follows. */
interface Before {
  readonly tree: string;
  readonly farm: BuiltFarm;
  /** Of its directories, before anything was read of them. */
  readonly times: DirectoryTimes;
  /** See {@link untouchedAmong}. */
  readonly untouched: ReadonlySet<string>;
}

async function generationBefore(from: ProfileState | null): Promise<Before | null> {
  if (from === null || from.generation === null) return null;
  const farm = readShownFarm(from);
  const times = await directoryTimes(from.tree, farm.directories.map(({ path }) => path));
  return { tree: from.tree, farm, times, untouched: untouchedAmong(from.tree, farm, times) };
}

const NOTHING: UnmanagedTree = { tree: { type: 'directory', entries: new Map() }, path: '' };

function unmanagedOf(before: Before | null, looked: Looked, besides: string | null): ReturnType<typeof joinUnmanaged> {
  const own = before === null ? NOTHING : { tree: scanUnmanaged(before.tree, before.farm, before.untouched, looked), path: before.tree };
  const other = besides === null ? NOTHING : { tree: scanUnmanaged(besides, readFarm(besides)), path: besides };
  return joinUnmanaged(own, other, isSameEntry);
}

async function readTrees(context: Context, { ref, composition, from }: GenerationRequest, real: RealDirectories): Promise<FarmPackage[]> {
  const { packages, layout } = composition;
  const holder = (id: string): string | null => (from?.manifest.packages.some((pkg) => pkg.id === id) === true ? selectorOf(from.ref) : null);
  const rootOf = (pkg: ManifestPackage): TreeRoot => ({ path: packagePath(pkg), id: pkg.id, gone: () => new NoxError('package-gone', { id: pkg.id, store: pkg.store, profile: holder(pkg.id) }) });
  context.progress.update('reading packages', 0, packages.length);
  // The folded layout links as a whole what a single package has, without reading it.
  const isWanted = ({ directory, name, rivals }: Spot): boolean => {
    if (directory === '') return !isDescription(name);
    return layout === 'full' || rivals > 1 || real.mustBeReal(directory, name) || real.mustLookInto(directory, name);
  };
  const cache = await openTreeCache(cacheDirectoryOf(context), profileLink(ref.home, ref.name), packages.map(packagePath));
  const trees = await scanTrees(packages.map(rootOf), isWanted, cache);
  return packages.map((pkg, at) => {
    const { id, name, store, priority } = pkg;
    return { id, name, store, path: packagePath(pkg), priority: priority ?? DEFAULT_PRIORITY, tree: trees[at] as TreeDirectory };
  });
}

function remediesOf({ home, name }: ProfileRef, { packages, copy }: Composition): RemedyTable {
  return remedyTable(packages.map((pkg) => ({ id: pkg.id, name: pkg.name, path: packagePath(pkg), remedies: pkg.remedies })), copy, profileLink(home, name));
}

type RealDirectories = Pick<FarmRequest, 'mustBeReal' | 'mustLookInto'>;

/** Directories that stay real: search paths, what packages put on their own variables, and what the user unfolded. */
function realDirectories({ packages, unfold, hide }: Composition, remedies: RemedyTable): RealDirectories {
  const named = new Set<string>(unfold);
  for (const { env } of packages) {
    const lists = [...Object.values(env?.prepend ?? {}), ...Object.values(env?.append ?? {}), Object.values(env?.set ?? {})];
    for (const text of lists.flat()) if (text.startsWith('${profile}/')) named.add(text.slice('${profile}/'.length).replace(/\/+$/, ''));
  }
  const above = new Set([...named].flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))));
  const search = searchPaths();
  // Asked of each directory of each package: where nothing was said of any, none needs its path.
  const isAny = (paths: ReadonlySet<string>, directory: string, name: string): boolean => paths.size > 0 && paths.has(under(directory, name));
  return {
    mustBeReal: (directory, name) => isAny(named, directory, name) || search.has(directory, name),
    mustLookInto: (directory, name) => hide.length > 0 || isAny(above, directory, name) || search.isAbove(directory, name) || remedies.mayLieIn(under(directory, name)),
  };
}

function environmentOf(composition: Composition, farm: FarmPlan, packages: readonly FarmPackage[]): EnvSpec {
  const view = viewOfFarm({ farm, trees: packages.map((pkg) => pkg.tree), look: lookOutside });
  return mergePackageEnv(farmEnv(view), composition.packages.map((pkg) => ({ id: pkg.id, path: packagePath(pkg), env: pkg.env })));
}

function lookOutside(path: string): TreeDirectory | null {
  return statusFollowed(path)?.type === 'directory' ? scanTree(path, path) : null;
}

function manifestOf(context: Context, request: GenerationRequest, env: EnvSpec): Manifest {
  const { ref, kind, action, number, composition, from } = request;
  return {
    ...composition,
    profile: ref.name,
    number,
    kind,
    action,
    createdAt: context.now().toISOString(),
    env,
    changes: changesBetween(from?.manifest.packages ?? [], composition.packages),
    owner: thisProcess(),
  };
}

function scriptsOf({ ref, number, composition, from }: GenerationRequest, spec: EnvSpec): Readonly<Record<string, string>> {
  const isSameProfile = from !== null && from.ref.home === ref.home && from.ref.name === ref.name;
  return readyScripts({
    name: ref.name,
    home: ref.home,
    path: profileLink(ref.home, ref.name),
    generation: number,
    sequence: isSameProfile ? from.last.sequence + 1 : 0,
    generationPath: generation(ref.home, ref.name, number),
    spec,
    omit: composition.omit,
  });
}
