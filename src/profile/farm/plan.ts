/**
 * Plans a link farm: a single pass over the packages' trees, in memory, that decides every path and collects every
 * collision. Nothing is read but what `compare` must look at, and nothing is written.
 */
import { byName } from '../../fs/bytes.js';
import { type Contributor, createDecider, type Decision } from './decide.js';
import { type CarriedEntry, type FarmLink, linkTarget, type PlannedFile } from './farm.js';
import { createFolding } from './fold.js';
import type { FarmOutcome, FarmPackage, FarmRequest } from './request.js';
import { isDescription, isLibc } from './special-files.js';
import { baseOf, parentOf, type TreeDirectory, type TreeNode, under } from './tree.js';

/** A directory of a package, or of the unmanaged part (`pkg: null`), that contributes to a directory of the farm. */
interface Source {
  readonly pkg: FarmPackage | null;
  readonly at: string;
  readonly node: TreeDirectory;
}

/** Plans the farm of `request`. Deterministic: the same trees give the same plan. */
export function planFarm(request: FarmRequest): FarmOutcome {
  const links = new Map<string, FarmLink[]>();
  const files = new Map<string, PlannedFile[]>();
  const carried: CarriedEntry[] = [];
  const folded: string[] = [];
  const withoutLibc: { path: string; id: string }[] = [];
  const decider = createDecider(request);
  const folding = createFolding(request);
  /** The directories that lead to the one being merged. */
  const above = new Set<TreeNode>();

  const roots = request.packages.map((pkg) => pkg.path);
  const indexOf = new Map(request.packages.map((pkg, at) => [pkg, at]));
  const tops: Source[] = request.packages.map((pkg) => ({ pkg, at: '', node: pkg.tree }));
  if (request.unmanaged !== null) tops.push({ pkg: null, at: '', node: request.unmanaged.tree });
  mergeDirectory('', tops);
  for (const { path, winner } of decider.settleDeferred()) addLink(path, winner);

  const directories = [...links].map(([path, own]) => ({ path, links: sorted(own), files: sorted(files.get(path) ?? []) }));
  return { plan: { roots, directories, carried, folded: folded.sort(byName), withoutLibc }, collisions: decider.collisions() };

  function mergeDirectory(path: string, sources: readonly Source[]): void {
    const entered = sources.map(({ node }) => node).filter((node) => !above.has(node));
    for (const node of entered) above.add(node);
    mergeEntries(path, sources);
    for (const node of entered) above.delete(node);
  }

  function mergeEntries(path: string, sources: readonly Source[]): void {
    links.set(path, []);
    const [only] = sources;
    if (sources.length === 1 && only !== undefined) {
      for (const [name, node] of only.node.entries) place(under(path, name), [{ pkg: only.pkg, at: under(only.at, name), node }]);
      return;
    }
    const byChild = new Map<string, Contributor[]>();
    for (const { pkg, at, node } of sources) {
      for (const [name, child] of node.entries) {
        const contributor = { pkg, at: under(at, name), node: child };
        const there = byChild.get(name);
        if (there === undefined) byChild.set(name, [contributor]);
        else there.push(contributor);
      }
    }
    for (const [name, contributors] of byChild) place(under(path, name), contributors);
  }

  function place(path: string, all: readonly Contributor[]): void {
    const contributors = all.filter((c) => isWanted(path, c));
    const [first] = contributors;
    if (first === undefined) return;
    if (contributors.length === 1) return placeOne(path, first);
    settle(path, decider.decide(path, contributors, above));
  }

  function settle(path: string, decision: Decision): void {
    switch (decision.kind) {
      case 'merge':
        return mergeDirectory(path, decision.sources);
      case 'winner':
        return placeOne(path, decision.winner);
      case 'collision':
      case 'deferred':
        return;
    }
  }

  function placeOne(path: string, c: Contributor): void {
    if (c.pkg === null) carried.push({ path, type: c.node.type });
    if (c.node.type !== 'directory') return c.pkg === null ? undefined : addLink(path, c);
    if (c.pkg !== null && folding.canFold(path, c.pkg, c.node)) {
      folded.push(path);
      return addLink(path, c);
    }
    mergeDirectory(path, [{ pkg: c.pkg, at: c.at, node: c.node }]);
  }

  function addLink(path: string, c: Contributor): void {
    if (c.pkg === null) return;
    const directory = parentOf(path);
    const link: FarmLink = { name: baseOf(path), root: indexOf.get(c.pkg) ?? -1, at: parentOf(c.at) };
    const remedy = c.node.type === 'file' || c.node.type === 'symlink' ? request.remedyOf(path, c.pkg) : null;
    if (remedy === null || !request.isFile(linkTarget(roots, link))) links.get(directory)?.push(link);
    else files.set(directory, [...(files.get(directory) ?? []), { ...link, kind: remedy.kind, remedy }]);
  }

  function isWanted(path: string, c: Contributor): boolean {
    if (c.pkg === null) return true;
    if (!c.at.includes('/') && isPackageDescription(c.at, c.pkg.tree)) return false;
    if (c.node.type !== 'directory' && !request.withLibc && isLibc(baseOf(c.at))) {
      withoutLibc.push({ path, id: c.pkg.id });
      return false;
    }
    return !request.isHidden(path, c.pkg);
  }
}

const sorted = <T extends FarmLink>(entries: T[]): readonly T[] => entries.sort((a, b) => byName(a.name, b.name));

/** Besides nox's own descriptions, conda's `info/`. */
function isPackageDescription(name: string, tree: TreeDirectory): boolean {
  if (isDescription(name)) return true;
  const node: TreeNode | undefined = name === 'info' ? tree.entries.get(name) : undefined;
  return node?.type === 'directory' && node.entries.has('index.json');
}
