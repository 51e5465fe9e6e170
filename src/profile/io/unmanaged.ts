import { readDirectory, readLink } from '../../fs/disk.js';
import { NOX } from '../../layout.js';
import { type Farm, linkTarget } from '../farm/farm.js';
import { type TreeDirectory, type TreeNode, under } from '../farm/tree.js';

/**
 * What the user put into a generation: every entry that the farm's record does not hold as it is. Directories of the
 * farm appear only where something unmanaged lies in them. @throws `not-permitted` for a directory that may not be read.
 */
export function scanUnmanaged(tree: string, farm: Farm): TreeDirectory {
  const directories = new Map(farm.directories.map((directory) => [directory.path, directory]));
  return scan('') ?? { type: 'directory', entries: new Map() };

  function scan(path: string): TreeDirectory | null {
    const own = directories.get(path);
    const targets = new Map(own?.links.map((link) => [link.name, linkTarget(farm.roots, link)]));
    const entries = new Map<string, TreeNode>();
    for (const { name, type } of readDirectory(path === '' ? tree : `${tree}/${path}`)) {
      if (path === '' && name === NOX) continue;
      const child = under(path, name);
      const absolute = `${tree}/${child}`;
      if (type === 'directory') {
        const found = directories.has(child) ? scan(child) : readWhole(absolute);
        if (found !== null) entries.set(name, found);
      } else if (type !== 'symlink') entries.set(name, { type });
      else {
        const text = readLink(absolute);
        if (targets.get(name) !== text) entries.set(name, { type, text });
      }
    }
    return entries.size === 0 ? null : { type: 'directory', entries };
  }
}

function readWhole(path: string): TreeDirectory {
  const nodeOf = ({ name, type }: { readonly name: string; readonly type: TreeNode['type'] }): TreeNode => {
    const child = `${path}/${name}`;
    if (type === 'directory') return readWhole(child);
    return type === 'symlink' ? { type, text: readLink(child) } : { type };
  };
  return { type: 'directory', entries: new Map(readDirectory(path).map((entry) => [entry.name, nodeOf(entry)])) };
}

/** The paths of everything in the tree but the directories of the farm that merely hold it; sorted as found. */
export function unmanagedPaths(tree: TreeDirectory, farm: Farm): string[] {
  const directories = new Set(farm.directories.map((directory) => directory.path));
  const paths: string[] = [];
  collect('', tree);
  return paths;

  function collect(path: string, directory: TreeDirectory): void {
    for (const [name, node] of directory.entries) {
      const child = under(path, name);
      if (node.type === 'directory' && directories.has(child)) collect(child, node);
      else if (node.type === 'directory') paths.push(`${child}/`);
      else paths.push(child);
    }
  }
}
