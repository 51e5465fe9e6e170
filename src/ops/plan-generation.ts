import type { Context } from '../context.js';
import { farmEnv, mergePackageEnv, searchPathDirectories } from '../env/directories.js';
import type { EnvSpec } from '../env/spec.js';
import { readyScripts } from '../env/scripts.js';
import { NoxError } from '../errors.js';
import { statusFollowed } from '../fs/disk.js';
import { thisProcess } from '../fs/owner.js';
import { generation, profileLink } from '../layout.js';
import type { Collision, FarmPlan } from '../profile/farm/farm.js';
import { planFarm } from '../profile/farm/plan.js';
import type { FarmPackage } from '../profile/farm/request.js';
import type { TreeDirectory } from '../profile/farm/tree.js';
import { viewOfFarm } from '../profile/farm/view.js';
import { hiding } from '../profile/hide.js';
import type { GenerationPlan } from '../profile/io/publish.js';
import { type ProfileRef, type ProfileState, readFarm, selectorOf } from '../profile/io/read-profile.js';
import { isSameEntry } from '../profile/io/same-entry.js';
import { scanTree } from '../profile/io/scan-tree.js';
import { scanUnmanaged } from '../profile/io/unmanaged.js';
import { changesBetween } from '../profile/changes.js';
import { type Composition, type Manifest, packagePath } from '../profile/manifest.js';

export interface GenerationRequest {
  readonly ref: ProfileRef;
  readonly kind: Manifest['kind'];
  readonly action: string;
  readonly number: number;
  readonly composition: Composition;
  /** The state that the change starts from; its unmanaged files are carried. */
  readonly from: ProfileState | null;
  /** Names of packages that this very command prefers: they win against the user's own files, too. */
  readonly preferred?: readonly string[];
  /** The command that would settle these collisions, for the hint. */
  readonly resolveCommand: (collisions: readonly Collision[]) => string;
}

/** Nix's default; a lower number wins. */
const DEFAULT_PRIORITY = 5;

/**
 * Decides everything that the next generation consists of, and writes nothing.
 * @throws `collision` with every colliding path, `unreadable-package`, `env-conflict`.
 */
export function planGeneration(context: Context, request: GenerationRequest): GenerationPlan {
  const { ref, composition, from } = request;
  const packages = readTrees(context, request);
  const unmanaged = unmanagedOf(from);
  const { plan, collisions } = planFarm({
    packages,
    layout: composition.layout,
    withLibc: composition.withLibc,
    prefer: composition.prefer,
    preferOverUnmanaged: new Set(request.preferred ?? []),
    isHidden: hiding(composition.hide),
    mustBeReal: realDirectories(composition),
    unmanaged,
    isSame: isSameEntry,
  });
  if (collisions.length > 0) {
    throw new NoxError('collision', { profile: selectorOf(ref), collisions, resolve: request.resolveCommand(collisions) });
  }
  const env = environmentOf(composition, plan, packages);
  return {
    manifest: manifestOf(context, request, env),
    farm: plan,
    scripts: scriptsOf(request, env),
    carryFrom: unmanaged?.path ?? null,
  };
}

function readTrees(context: Context, { composition: { packages }, from }: GenerationRequest): FarmPackage[] {
  const holder = (id: string): string | null => (from?.manifest.packages.some((pkg) => pkg.id === id) === true ? selectorOf(from.ref) : null);
  return packages.map((pkg, at) => {
    context.progress.update('reading packages', at, packages.length);
    const path = packagePath(pkg);
    if (statusFollowed(path)?.type !== 'directory') throw new NoxError('package-gone', { id: pkg.id, store: pkg.store, profile: holder(pkg.id) });
    return { id: pkg.id, name: pkg.name, store: pkg.store, path, priority: pkg.priority ?? DEFAULT_PRIORITY, tree: scanTree(path, pkg.id) };
  });
}

function unmanagedOf(from: ProfileState | null): { tree: TreeDirectory; path: string } | null {
  if (from === null || from.generation === null) return null;
  return { tree: scanUnmanaged(from.tree, readFarm(from.tree)), path: from.tree };
}

/** Directories that stay real: search paths, what packages put on their own variables, and what the user unfolded. */
function realDirectories({ packages, unfold }: Composition): (path: string) => boolean {
  const named = new Set<string>(unfold);
  for (const { env } of packages) {
    const lists = [...Object.values(env?.prepend ?? {}), ...Object.values(env?.append ?? {}), Object.values(env?.set ?? {})];
    for (const text of lists.flat()) if (text.startsWith('${profile}/')) named.add(text.slice('${profile}/'.length).replace(/\/+$/, ''));
  }
  const isSearchPath = searchPathDirectories();
  return (path) => named.has(path) || isSearchPath(path);
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
