/**
 * Plans a link farm: a single pass over the packages' trees, in memory, that decides every path and collects every
 * collision. Nothing is read but what the request's `isSame` and `isFile` look at, and nothing is written.
 */
import { byName } from '../../fs/bytes.js';
import { type Contributor, createDecider, type Decision, placeOf, type Source } from './decide.js';
import { type CarriedEntry, type FarmLink, type LinkGroup, linkTarget, type PlannedFile } from './farm.js';
import { createFolding } from './fold.js';
import type { FarmOutcome, FarmRequest } from './request.js';
import { isDescription, isLibc } from './special-files.js';
import { leavesOf, parentOf, type TreeDirectory, type TreeNode, under } from './tree.js';

type OpenGroup = LinkGroup & { readonly names: string[] };

/** A directory of the farm that is being planned. */
interface Draft {
  readonly path: string;
  /** By package; links between directories may bring several of its directories to one. */
  readonly from: Map<number, OpenGroup[]>;
  readonly files: PlannedFile[];
}

/** Plans the farm of `request`. Deterministic: the same trees give the same plan. */
export function planFarm(request: FarmRequest): FarmOutcome {
  const drafts = new Map<string, Draft>();
  const carried: CarriedEntry[] = [];
  const outOfView: string[] = [];
  const usersOwn = new Set<string>();
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
  for (const { path, winner } of decider.settleDeferred()) placeOne(drafts.get(parentOf(path)) as Draft, path, winner);

  const directories = [...drafts.values()].map(finished);
  return { plan: { roots, directories, carried, outOfView: outOfView.sort(byName), usersOwn, folded: folded.sort(byName), withoutLibc }, collisions: decider.collisions() };

  function mergeDirectory(path: string, sources: readonly Source[]): void {
    const entered = sources.map(({ node }) => node).filter((node) => !above.has(node));
    for (const node of entered) above.add(node);
    mergeEntries(path, sources);
    for (const node of entered) above.delete(node);
  }

  function mergeEntries(path: string, sources: readonly Source[]): void {
    const draft: Draft = { path, from: new Map(), files: [] };
    drafts.set(path, draft);
    const [only] = sources;
    if (sources.length === 1 && only !== undefined) {
      for (const [name, node] of only.node.entries) placeOnly(draft, { pkg: only.pkg, within: only.at, name, node });
      return;
    }
    const byChild = new Map<string, Contributor[]>();
    for (const { pkg, at, node } of sources) {
      for (const [name, child] of node.entries) {
        const contributor = { pkg, within: at, name, node: child };
        const there = byChild.get(name);
        if (there === undefined) byChild.set(name, [contributor]);
        else there.push(contributor);
      }
    }
    for (const [name, contributors] of byChild) {
      if (contributors.length === 1) placeOnly(draft, contributors[0] as Contributor);
      else place(draft, name, contributors);
    }
  }

  function placeOnly(draft: Draft, c: Contributor): void {
    const path = under(draft.path, c.name);
    if (isWanted(path, c)) placeOne(draft, path, c);
  }

  /** Decides an entry that several bring. */
  function place(draft: Draft, name: string, all: readonly Contributor[]): void {
    const path = under(draft.path, name);
    const contributors = all.filter((c) => isWanted(path, c));
    const [first] = contributors;
    if (first === undefined) return;
    if (contributors.length === 1) return placeOne(draft, path, first);
    const decision = decider.decide(path, contributors, above);
    const kept: ReadonlyArray<Pick<Source, 'pkg'>> = decision.kind === 'winner' ? [decision.winner] : decision.kind === 'merge' ? decision.sources : contributors;
    if (kept.every(({ pkg }) => pkg !== null)) outOfView.push(...contributors.filter(({ pkg }) => pkg === null).flatMap(({ node }) => leavesOf(path, node)));
    if (decision.kind === 'merge' && contributors.some(({ pkg, node }) => pkg === null && node.type === 'directory' && node.entries.size === 0)) usersOwn.add(path);
    settle(draft, path, decision);
  }

  function settle(draft: Draft, path: string, decision: Decision): void {
    switch (decision.kind) {
      case 'merge':
        return mergeDirectory(path, decision.sources);
      case 'winner':
        return placeOne(draft, path, decision.winner);
      case 'collision':
      case 'deferred':
        return;
    }
  }

  function placeOne(draft: Draft, path: string, c: Contributor): void {
    if (c.pkg === null) carried.push({ path, type: c.node.type, from: request.unmanaged?.holderOf(path) ?? '' });
    if (c.node.type !== 'directory') return addEntry(draft, path, c);
    if (c.pkg !== null && folding.canFold(draft.path, c.name, { pkg: c.pkg, node: c.node })) {
      folded.push(path);
      return addEntry(draft, path, c);
    }
    mergeDirectory(path, [{ pkg: c.pkg, at: placeOf(c), node: c.node }]);
  }

  function addEntry(draft: Draft, path: string, { pkg, within, name, node }: Contributor): void {
    if (pkg === null) return;
    const root = indexOf.get(pkg) ?? -1;
    const remedy = node.type === 'file' || node.type === 'symlink' ? request.remedyOf(path, pkg) : null;
    const link: FarmLink = { name, root, at: within };
    if (remedy === null || !request.isFile(linkTarget(roots, link))) addLink(draft, link);
    else draft.files.push({ ...link, kind: remedy.kind, remedy });
  }

  function isWanted(path: string, { pkg, within, name, node }: Contributor): boolean {
    if (pkg === null) return true;
    if (within === '' && isPackageDescription(name, pkg.tree)) return false;
    if (node.type !== 'directory' && !request.withLibc && isLibc(name)) {
      withoutLibc.push({ path, id: pkg.id });
      return false;
    }
    return !request.isHidden(path, pkg);
  }
}

function addLink({ from }: Draft, { root, at, name }: FarmLink): void {
  const own = from.get(root);
  if (own === undefined) {
    from.set(root, [{ root, at, names: [name] }]);
    return;
  }
  const group = own.find((one) => one.at === at);
  if (group === undefined) own.push({ root, at, names: [name] });
  else group.names.push(name);
}

/** Sorted, whatever the order in which directories were read. */
function finished({ path, from, files }: Draft): FarmOutcome['plan']['directories'][number] {
  const groups = [...from.values()].flat();
  // Without a comparison of one's own, texts are sorted as by `byName`, and faster.
  for (const { names } of groups) if (names.length > 1) names.sort();
  return { path, from: groups.sort((a, b) => a.root - b.root || byName(a.at, b.at)), files: files.sort((a, b) => byName(a.name, b.name)) };
}

/** Besides nox's own descriptions, conda's `info/`. */
function isPackageDescription(name: string, tree: TreeDirectory): boolean {
  if (isDescription(name)) return true;
  const node: TreeNode | undefined = name === 'info' ? tree.entries.get(name) : undefined;
  return node?.type === 'directory' && node.entries.has('index.json');
}
