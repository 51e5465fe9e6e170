import { type Look, statusCall } from '../../fs/calls.js';
import { readDirectory, readLink, type Status, status } from '../../fs/disk.js';
import { fileDigest } from '../../fs/digest.js';
import { drain } from '../../fs/drain.js';
import { manifestFile, NOX } from '../../layout.js';
import { type BuiltFarm, type Farm, linksIn, linkTarget, type MadeFile } from '../farm/farm.js';
import { baseOf, parentOf, type TreeDirectory, type TreeNode, under } from '../farm/tree.js';

/** Milliseconds by which file systems round times down: whole seconds where they keep no fractions, else a tick of the kernel. */
const granuleOf = (time: number): number => (time % 1000 === 0 ? 2000 : 20);

/** When something was last modified and changed. */
type EntryTimes = Pick<Status, 'mtimeMs' | 'ctimeMs'>;

/** The same of directories, by path. */
export type DirectoryTimes = ReadonlyMap<string, EntryTimes>;

/** Of the directories of a farm, the root left out, in which nox's own directory is. */
export async function directoryTimes(tree: string, farm: Farm): Promise<DirectoryTimes> {
  const times = new Map<string, EntryTimes>();
  await drain(looksAt(tree, farm, times), statusCall);
  return times;
}

/** The same for a caller that cannot wait. */
function directoryTimesNow(tree: string, farm: Farm): DirectoryTimes {
  const times = new Map<string, EntryTimes>();
  for (const look of looksAt(tree, farm, times)) statusCall.now(look);
  return times;
}

const looksAt = (tree: string, { directories }: Farm, times: Map<string, EntryTimes>): Look[] => directories.filter(({ path }) => path !== '').map(({ path }): Look => ({
  path: `${tree}/${path}`,
  take(found) {
    if (found?.type === 'directory') times.set(path, { mtimeMs: found.mtimeMs, ctimeMs: found.ctimeMs });
  },
}));

/**
 * The directories of a generation that hold exactly what nox put there, as their times tell: unchanged since nox was done with them,
 * and that so long before the generation was shown that no later change can have the same time. What was copied back has its old
 * time of modification, which says nothing then, but not its old time of change.
 */
export function untouchedAmong(tree: string, farm: BuiltFarm, times: DirectoryTimes): ReadonlySet<string> {
  const shown = shownSince(tree);
  const isUntouched = ([path, time]: readonly [string, number]): boolean => {
    const found = times.get(path);
    return time < shown - granuleOf(time) && found?.mtimeMs === time && isBefore(shown, found);
  };
  return new Set([...farm.times].filter(isUntouched).map(([path]) => path));
}

/** {@link untouchedAmong}, with a look at each directory. */
export async function untouchedDirectories(tree: string, farm: BuiltFarm): Promise<ReadonlySet<string>> {
  return untouchedAmong(tree, farm, await directoryTimes(tree, farm));
}

/** The same for a caller that cannot wait. */
export const untouchedDirectoriesNow = (tree: string, farm: BuiltFarm): ReadonlySet<string> => untouchedAmong(tree, farm, directoryTimesNow(tree, farm));

/** When a generation was done: milliseconds since 1970. */
const shownSince = (tree: string): number => status(manifestFile(tree))?.mtimeMs ?? -Infinity;

/** Whether nothing about an entry was changed since then, be it its name or its times. */
const isBefore = (shown: number, { ctimeMs }: EntryTimes): boolean => ctimeMs < shown - granuleOf(ctimeMs);

/**
 * What the user put into a generation: every entry that the farm's record does not hold as it is. Directories of the
 * farm appear only where something unmanaged lies in them. Those that are `untouched` are not looked into.
 * @param exact gets those that were looked into and hold every link that the farm has there, whatever else they hold
 * @throws `not-permitted` for a directory that may not be read.
 */
export function scanUnmanaged(tree: string, farm: BuiltFarm, untouched: ReadonlySet<string> = new Set(), exact: Set<string> = new Set()): TreeDirectory {
  const directories = new Map(farm.directories.map((directory) => [directory.path, directory]));
  const shown = shownSince(tree);
  const children = untouched.size === 0 ? new Map<string, string[]>() : lookedInto(farm, untouched);
  return scan('') ?? { type: 'directory', entries: new Map() };

  function scan(path: string): TreeDirectory | null {
    return untouched.has(path) ? passThrough(path) : search(path);
  }

  function passThrough(path: string): TreeDirectory | null {
    // Writing to a file leaves no trace in the times of its directory.
    const changed = (directories.get(path)?.files ?? []).filter(({ name }) => !isOwnFile(under(path, name)));
    const entries = new Map<string, TreeNode>(changed.map(({ name }) => [name, { type: 'file' }]));
    for (const child of children.get(path) ?? []) {
      const found = scan(child);
      if (found !== null) entries.set(baseOf(child), found);
    }
    return entries.size === 0 ? null : { type: 'directory', entries };
  }

  function search(path: string): TreeDirectory | null {
    const own = directories.get(path);
    const targets = new Map(own === undefined ? [] : linksIn(own).map((link) => [link.name, linkTarget(farm.roots, link)]));
    const entries = new Map<string, TreeNode>();
    let links = 0;
    for (const { name, type } of readDirectory(path === '' ? tree : `${tree}/${path}`)) {
      if (path === '' && name === NOX) continue;
      const child = under(path, name);
      const absolute = `${tree}/${child}`;
      if (type === 'directory') {
        const found = directories.has(child) ? scan(child) : readWhole(absolute);
        if (found !== null) entries.set(name, found);
      } else if (type !== 'symlink') {
        if (type !== 'file' || !isOwnFile(child)) entries.set(name, { type });
      } else {
        const text = readLink(absolute);
        if (targets.get(name) === text) links += 1;
        else entries.set(name, { type, text });
      }
    }
    if (links === targets.size) exact.add(path);
    return entries.size === 0 ? null : { type: 'directory', entries };
  }

  function isOwnFile(path: string): boolean {
    const made = farm.made.get(path);
    return made !== undefined && isAsMade(`${tree}/${path}`, made, shown);
  }
}

/** True when the file is as nox left it, by its content where its times do not tell: its time of modification is the package's, which a copy may have, too. */
function isAsMade(path: string, { size, mtime, sha256 }: MadeFile, shown: number): boolean {
  const found = status(path);
  if (found?.type !== 'file' || found.size !== size) return false;
  return (found.mtimeMs === mtime && isBefore(shown, found)) || fileDigest(path) === sha256;
}

/** The directories that are not passed by as they are, and those that lead to them, by the directory that each is in. */
function lookedInto(farm: Farm, untouched: ReadonlySet<string>): Map<string, string[]> {
  const children = new Map<string, string[]>();
  const found = new Set<string>(['']);
  for (const { path, files } of farm.directories) {
    if (untouched.has(path) && files.length === 0) continue;
    for (let at = path; !found.has(at); at = parentOf(at)) {
      found.add(at);
      const siblings = children.get(parentOf(at));
      if (siblings === undefined) children.set(parentOf(at), [at]);
      else siblings.push(at);
    }
  }
  return children;
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
