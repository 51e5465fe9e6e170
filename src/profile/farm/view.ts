import type { FarmView } from '../../env/spec.js';
import { entryIn, type Farm, linkTarget } from './farm.js';
import { parentOf, resolveInside, type TreeDirectory, under } from './tree.js';

interface ViewRequest {
  readonly farm: Farm;
  /** The tree of each root of the farm. */
  readonly trees: readonly TreeDirectory[];
  /** The directory that an absolute path leads to outside the packages, or `null`. */
  readonly look: (path: string) => TreeDirectory | null;
}

const SHARED_LIBRARY = /\.so(?:\.[0-9][^/]*)?$/;

/** What the environment depends on: the directories of a farm, those behind links to directories included. */
export function viewOfFarm({ farm, trees, look }: ViewRequest): FarmView {
  const directories = new Map(farm.directories.map((directory) => [directory.path, directory]));
  const children = new Map<string, string[]>();
  for (const path of directories.keys()) {
    if (path === '') continue;
    const siblings = children.get(parentOf(path)) ?? [];
    siblings.push(path.slice(path.lastIndexOf('/') + 1));
    children.set(parentOf(path), siblings);
  }

  /** The directory that the link at `path`, or above it, leads to. */
  function behindLink(path: string): TreeDirectory | null {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length += 1) {
      const prefix = parts.slice(0, length).join('/');
      if (directories.has(prefix)) continue;
      const name = parts[length - 1] as string;
      const above = directories.get(parentOf(prefix));
      const link = above === undefined ? undefined : entryIn(above, name);
      if (link === undefined) return null;
      const inside = parts.slice(length).reduce(under, under(link.at, link.name));
      const tree = trees[link.root];
      const place = tree === undefined ? null : resolveInside(tree, farm.roots[link.root] ?? '', inside);
      if (place !== null) return place.node.type === 'directory' ? place.node : null;
      return look([linkTarget(farm.roots, link), ...parts.slice(length)].join('/'));
    }
    return null;
  }

  return {
    hasDirectory: (path) => directories.has(path) || behindLink(path) !== null,
    subdirectories(path, isMeant) {
      const own = directories.get(path);
      if (own === undefined) return [...(behindLink(path)?.entries ?? [])].filter(([name, node]) => node.type === 'directory' && isMeant(name)).map(([name]) => name);
      // Names first: of thousands of links in a directory of libraries few are worth following.
      const linked = own.from.flatMap(({ names }) => names.filter((name) => isMeant(name) && behindLink(under(path, name)) !== null));
      return [...(children.get(path) ?? []).filter(isMeant), ...linked];
    },
    hasSharedLibrary(path) {
      const isMeant = (name: string): boolean => SHARED_LIBRARY.test(name);
      const own = directories.get(path);
      if (own === undefined) return [...(behindLink(path)?.entries.keys() ?? [])].some(isMeant);
      return own.from.some(({ names }) => names.some(isMeant)) || own.files.some(({ name }) => isMeant(name));
    },
  };
}
