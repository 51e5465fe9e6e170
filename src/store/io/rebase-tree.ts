import { makeDirectories, removeTree, rename } from '../../fs/change.js';
import { NOX } from '../../layout.js';
import { placeProblem } from '../archive/admission.js';
import type { ContentEntry } from '../contents.js';
import type { Refuse } from './tar-reader.js';
import type { PlannedLink, PlannedTree } from './tree-writer.js';

/** Directories at the top of a package laid out like /usr/local. */
const USUAL: ReadonlySet<string> = new Set(['bin', 'doc', 'etc', 'include', 'info', 'lib', 'lib32', 'lib64', 'libexec', 'man', 'opt', 'sbin', 'share', 'site-packages', 'src', 'usr', 'var']);

/**
 * The tree without the one directory at its top that most archives have, and the name of that; `null` when there are more entries at the top, or
 * that directory is one of those that packages consist of. A `.nox/` in that directory, of a package of another store, is left behind.
 * @throws what `refuse` makes of an entry that has no place at the top of a package.
 */
export function withoutTop(tree: PlannedTree, refuse: Refuse): PlannedTree & { readonly name: string | null } {
  const tops = new Set([...tree.entries.keys(), ...tree.links.keys()].map((path) => path.split('/', 1)[0] as string));
  const [top] = tops;
  if (top === undefined || tops.size > 1 || tree.entries.get(top)?.type !== 'directory' || USUAL.has(top)) return { ...pick(tree), name: null };
  const root = `${tree.root}/${top}`;
  const strip = (path: string): string => path.slice(top.length + 1);
  const stays = (path: string): boolean => strip(path) !== NOX && !strip(path).startsWith(`${NOX}/`);
  const entries = new Map<string, ContentEntry>();
  for (const entry of tree.entries.values()) if (entry.path !== top && stays(entry.path)) entries.set(strip(entry.path), { ...entry, path: strip(entry.path) });
  const links = new Map<string, PlannedLink>([...tree.links].filter(([path]) => stays(path)).map(([path, link]) => [strip(path), link]));
  // At its admission, each entry was judged by its path with the top.
  for (const [path, type] of [...[...entries.values()].map((entry) => [entry.path, entry.type] as const), ...[...links.keys()].map((link) => [link, 'symlink'] as const)]) {
    const problem = placeProblem(path, type);
    if (problem !== null) throw refuse(`${top}/${path}`, problem);
  }
  removeTree(`${root}/${NOX}`);
  return { root, rootMode: tree.entries.get(top)?.mode ?? tree.rootMode, entries, links, name: top };
}

const pick = ({ root, rootMode, entries, links }: PlannedTree): PlannedTree => ({ root, rootMode, entries, links });

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
