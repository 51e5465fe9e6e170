import { makeDirectories, rename } from '../../fs/change.js';
import type { ContentEntry } from '../contents.js';
import type { PlannedLink, PlannedTree } from './tree-writer.js';

/** Directories at the top of a package laid out like /usr/local. */
const USUAL: ReadonlySet<string> = new Set(['bin', 'doc', 'etc', 'include', 'info', 'lib', 'lib32', 'lib64', 'libexec', 'man', 'opt', 'sbin', 'share', 'site-packages', 'src', 'usr', 'var']);

/**
 * The tree without the one directory at its top that most archives have, and the name of that; `null` when there are more entries at the top, or
 * that directory is one of those that packages consist of.
 */
export function withoutTop(tree: PlannedTree): PlannedTree & { readonly name: string | null } {
  const tops = new Set([...tree.entries.keys(), ...tree.links.keys()].map((path) => path.split('/', 1)[0] as string));
  const [top] = tops;
  if (top === undefined || tops.size > 1 || tree.entries.get(top)?.type !== 'directory' || USUAL.has(top)) return { ...pick(tree), name: null };
  const strip = (path: string): string => path.slice(top.length + 1);
  const entries = new Map<string, ContentEntry>();
  for (const entry of tree.entries.values()) if (entry.path !== top) entries.set(strip(entry.path), { ...entry, path: strip(entry.path) });
  const links = new Map<string, PlannedLink>([...tree.links].map(([path, link]) => [strip(path), link]));
  return { root: `${tree.root}/${top}`, entries, links, name: top };
}

const pick = ({ root, entries, links }: PlannedTree): PlannedTree => ({ root, entries, links });

/** Moves a directory at the top of a tree to another place in it, of which nothing exists yet. */
export function moveDirectory(tree: PlannedTree, from: string, to: string): void {
  const parents = to.split('/').map((_, at, parts) => parts.slice(0, at).join('/')).filter((path) => path !== '');
  const mtime = tree.entries.get(from)?.mtime ?? 0;
  makeDirectories(`${tree.root}/${parents.at(-1) ?? ''}`);
  rename(`${tree.root}/${from}`, `${tree.root}/${to}`);
  for (const parent of parents) if (!tree.entries.has(parent)) tree.entries.set(parent, { type: 'directory', path: parent, mode: 0o755, mtime });
  const moved = (path: string): string | null => (path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : null);
  for (const entry of [...tree.entries.values()]) {
    const path = moved(entry.path);
    if (path === null) continue;
    tree.entries.delete(entry.path);
    tree.entries.set(path, { ...entry, path });
  }
  for (const [path, link] of [...tree.links]) {
    const target = moved(path);
    if (target === null) continue;
    tree.links.delete(path);
    tree.links.set(target, link);
  }
}
