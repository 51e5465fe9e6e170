/**
 * Decides one path that several packages bring. In this order: what the user preferred; directories merge; equal
 * files and links that lead to the same are one; links of equal text follow the decision for the path they name; junk
 * goes to the first; the lowest priority number wins; what is left is a collision. A file of the user's stays in every
 * case but one: the package was preferred over it by the very command that brings it.
 */
import { byName } from '../../fs/bytes.js';
import type { Collision } from './farm.js';
import type { FarmPackage, FarmRequest } from './request.js';
import { isJunk } from './special-files.js';
import { linkedPath, resolveInside, type TreeDirectory, type TreeNode, under } from './tree.js';

/**
 * Entries that merged directory links may bring to one farm before further ones are taken as plain links: so many, and
 * so many times what the packages hold.
 */
const LINKED_ENTRIES = { least: 10_000, times: 4 };

/** One package's entry (or an unmanaged one, `pkg: null`) for a path of the farm. */
export interface Contributor {
  readonly pkg: FarmPackage | null;
  /** Path of the directory that holds the entry in its own tree; '' for the root. */
  readonly within: string;
  readonly name: string;
  readonly node: TreeNode;
}

/** The path of an entry in its own tree. */
export const placeOf = ({ within, name }: Contributor): string => under(within, name);

/** A directory of a package, or of the unmanaged part (`pkg: null`), that contributes to a directory of the farm. */
export interface Source {
  readonly pkg: FarmPackage | null;
  /** Its path in its own tree; '' for the root. */
  readonly at: string;
  readonly node: TreeDirectory;
}

export type Decision =
  | { readonly kind: 'merge'; readonly sources: readonly Source[] }
  | { readonly kind: 'winner'; readonly winner: Contributor }
  | { readonly kind: 'deferred' }
  | { readonly kind: 'collision' };

interface Decider {
  /** `above`: the directories that lead to this path, by which a loop of directory links is noticed. */
  decide(path: string, contributors: readonly Contributor[], above: ReadonlySet<TreeNode>): Decision;
  /** The links of equal text, once every other path is decided. */
  settleDeferred(): readonly { readonly path: string; readonly winner: Contributor }[];
  collisions(): readonly Collision[];
}

/** A decider for one farm; it remembers what it decided, so each path is asked about once. */
export function createDecider(request: Pick<FarmRequest, 'packages' | 'prefer' | 'preferOverUnmanaged' | 'isSame' | 'unmanaged'>): Decider {
  const winners = new Map<string, FarmPackage | null>();
  const deferred = new Map<string, readonly Contributor[]>();
  const collisions: Collision[] = [];
  const sizeOf = createSizes();
  let linked = 0;
  let most: number | null = null;
  const rank = new Map(request.prefer.map((name, at) => [name, at]));

  return { decide, settleDeferred, collisions: () => collisions.sort((a, b) => byName(a.path, b.path)) };

  function decide(path: string, contributors: readonly Contributor[], above: ReadonlySet<TreeNode>): Decision {
    const merged = asDirectories(contributors, above);
    if (merged !== null && mayMerge(contributors, merged)) return { kind: 'merge', sources: merged };
    const own = contributors.find((c) => c.pkg === null);
    const mayWin = ({ name }: FarmPackage): boolean => own === undefined || request.preferOverUnmanaged.has(name);
    const preferred = best(contributors, (c) => (c.pkg !== null && mayWin(c.pkg) ? rank.get(c.pkg.name) : undefined));
    if (preferred !== null) return chosen(path, preferred, contributors, above);
    const [first, ...others] = contributors as [Contributor, ...Contributor[]];
    if (isJunk(path)) return won(path, own ?? first);
    if (contributors.every((c) => linkText(c) !== null && linkText(c) === linkText(first))) {
      deferred.set(path, contributors);
      return { kind: 'deferred' };
    }
    if (others.every((other) => isSameEntry(first, other))) return won(path, own ?? first);
    const lowest = byPriority(contributors);
    if (lowest !== null) return chosen(path, lowest, contributors, above);
    const packages = contributors.flatMap((c) => (c.pkg === null ? [] : [{ id: c.pkg.id, name: c.pkg.name, store: c.pkg.store }]));
    collisions.push({ path, packages, unmanaged: own !== undefined });
    return { kind: 'collision' };
  }

  /** What comes through links is counted: links crosswise between directories could multiply without end. */
  function mayMerge(contributors: readonly Contributor[], merged: readonly Source[]): boolean {
    if (contributors.every((c) => c.node.type === 'directory')) return true;
    most ??= LINKED_ENTRIES.least + LINKED_ENTRIES.times * request.packages.reduce((sum, { tree }) => sum + sizeOf(tree), 0);
    linked += merged.reduce((sum, { node }) => sum + sizeOf(node), 1);
    return linked <= most;
  }

  /** What is chosen among others that differ: a directory goes together with the directories of others, and only the rest gives way. */
  function chosen(path: string, winner: Contributor, contributors: readonly Contributor[], above: ReadonlySet<TreeNode>): Decision {
    const directories = contributors.filter((c) => asDirectories([c], above) !== null);
    const merged = directories.includes(winner) ? asDirectories(directories, above) : null;
    return merged !== null && mayMerge(directories, merged) ? { kind: 'merge', sources: merged } : won(path, winner);
  }

  function won(path: string, winner: Contributor): Decision {
    winners.set(path, winner.pkg);
    return { kind: 'winner', winner };
  }

  function isSameEntry(a: Contributor, b: Contributor): boolean {
    if (a.node.type === 'directory' || b.node.type === 'directory' || a.node.type === 'other' || b.node.type === 'other') return false;
    return request.isSame(absolutePath(a), absolutePath(b));
  }

  function absolutePath(c: Contributor): string {
    return `${c.pkg === null ? (request.unmanaged?.holderOf(placeOf(c)) ?? '') : c.pkg.path}/${placeOf(c)}`;
  }

  /** The packages of lowest priority number, where they agree among themselves; unmanaged entries take no part. */
  function byPriority(contributors: readonly Contributor[]): Contributor | null {
    if (contributors.some((c) => c.pkg === null)) return null;
    const least = Math.min(...contributors.map((c) => c.pkg?.priority ?? 0));
    const [first, ...others] = contributors.filter((c) => c.pkg?.priority === least);
    if (first === undefined || others.length + 1 === contributors.length) return null;
    return others.every((other) => isSameEntry(first, other)) ? first : null;
  }

  /** A link of the user's own stays: in the profile it leads to what was decided for the path that it names. */
  function settleDeferred(): readonly { path: string; winner: Contributor }[] {
    return [...deferred].map(([path, contributors]) => {
      const winnerBy = (owner: FarmPackage | null | undefined): Contributor | undefined => contributors.find((c) => c.pkg === owner);
      return { path, winner: winnerBy(null) ?? winnerBy(ownerOfTarget(path, new Set())) ?? (contributors[0] as Contributor) };
    });
  }

  /** Who owns, in the farm, the path that the deferred link at `path` names; `undefined` when nobody among its packages. */
  function ownerOfTarget(path: string, seen: Set<string>): FarmPackage | null | undefined {
    const contributors = deferred.get(path);
    if (contributors === undefined || seen.has(path)) return winners.get(path);
    seen.add(path);
    const [first] = contributors as [Contributor];
    const target = linkedPath(path, linkText(first) ?? '');
    if (target === null) return undefined;
    if (winners.has(target) || deferred.has(target)) return ownerOfTarget(target, seen);
    return contributors.find((c) => c.pkg !== null && resolveInside(c.pkg.tree, c.pkg.path, target) !== null)?.pkg;
  }
}

/** Counts the entries of a directory and of all below it, each tree once. */
function createSizes(): (directory: TreeDirectory) => number {
  const known = new Map<TreeDirectory, number>();
  return function sizeOf(directory) {
    let size = known.get(directory);
    if (size !== undefined) return size;
    size = directory.entries.size;
    for (const node of directory.entries.values()) if (node.type === 'directory') size += sizeOf(node);
    known.set(directory, size);
    return size;
  };
}

function linkText(c: Contributor): string | null {
  return c.node.type === 'symlink' ? c.node.text : null;
}

/** The contributor of least score; those without a score do not count. */
function best(contributors: readonly Contributor[], score: (c: Contributor) => number | undefined): Contributor | null {
  let found: Contributor | null = null;
  let least = Infinity;
  for (const c of contributors) {
    const own = score(c) ?? Infinity;
    if (own < least) [found, least] = [c, own];
  }
  return found;
}

/**
 * The contributors as directories to merge: all are directories, or links to directories inside their own package;
 * `null` when one is not, or when following a link would come back to a directory above.
 */
function asDirectories(contributors: readonly Contributor[], above: ReadonlySet<TreeNode>): readonly Source[] | null {
  const sources: Source[] = [];
  for (const c of contributors) {
    const source = asDirectory(c);
    if (source === null || above.has(source.node)) return null;
    sources.push(source);
  }
  return sources;
}

function asDirectory(c: Contributor): Source | null {
  if (c.node.type === 'directory') return { pkg: c.pkg, at: placeOf(c), node: c.node };
  if (c.node.type !== 'symlink' || c.pkg === null) return null;
  const place = resolveInside(c.pkg.tree, c.pkg.path, placeOf(c));
  return place?.node.type === 'directory' ? { pkg: c.pkg, at: place.at, node: place.node } : null;
}
