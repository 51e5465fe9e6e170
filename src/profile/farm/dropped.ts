import { type Farm, targetDirectory } from './farm.js';
import { under } from './tree.js';

/** A link that a farm had and a later one has not. */
export interface DroppedLink {
  /** Absolute path of the package. */
  readonly root: string;
  /** In the farm. */
  readonly path: string;
  /** Absolute path of the package's entry. */
  readonly target: string;
}

/** The links into packages of both farms that only the first has. */
export function droppedLinks(before: Farm, after: Farm): DroppedLink[] {
  const roots = new Set(after.roots);
  if (!before.roots.some((root) => roots.has(root))) return [];
  const key = (path: string, target: string): string => `${path}\0${target}`;
  const kept = new Map(after.directories.flatMap(({ path, from }) => from.map((group) => [key(path, targetDirectory(after.roots, group)), group.names])));
  return before.directories.flatMap(({ path, from }) => from.flatMap((group) => {
    const root = before.roots[group.root] as string;
    if (!roots.has(root)) return [];
    const directory = targetDirectory(before.roots, group);
    const now = kept.get(key(path, directory)) ?? [];
    if (isSameList(now, group.names)) return [];
    const there = new Set(now);
    return group.names.filter((name) => !there.has(name)).map((name) => ({ root, path: under(path, name), target: `${directory}/${name}` }));
  }));
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean => one.length === other.length && one.every((name, at) => name === other[at]);
