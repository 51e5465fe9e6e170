import { isNoxError, NoxError, orNull } from '../../errors.js';
import { type Look, statusCall } from '../../fs/calls.js';
import { type Entry, readDirectory, readDirectoryIfAny, readLink, readLinkIfAny, type Status, status } from '../../fs/disk.js';
import { fileDigest } from '../../fs/digest.js';
import { drain } from '../../fs/drain.js';
import { manifestFile, NOX } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import { type BuiltFarm, type Farm, type FarmLink, linksIn, linkTarget, type MadeFile } from '../farm/farm.js';
import { baseOf, parentOf, type TreeDirectory, type TreeNode, under } from '../farm/tree.js';

/** Milliseconds by which file systems round times down: whole seconds where they keep no fractions, else a tick of the kernel. */
const granuleOf = (time: number): number => (time % 1000 === 0 ? 2000 : 20);

/** When a directory was last modified and changed, as was seen once. */
interface EntryTimes extends Pick<Status, 'mtimeMs' | 'ctimeMs'> {
  /** What it held then, where that was so lately that it may change again without its times showing it. */
  readonly names?: string;
}

/** The same of directories, by path. */
export type DirectoryTimes = ReadonlyMap<string, EntryTimes>;

/** Of directories of a generation; '' is its root. What is no directory has none. */
export async function directoryTimes(tree: string, paths: Iterable<string>): Promise<Map<string, EntryTimes>> {
  const times = new Map<string, EntryTimes>();
  await drain(looksAt(tree, paths, times), statusCall);
  return times;
}

/** The same for a caller that cannot wait. */
function directoryTimesNow(tree: string, farm: Farm): DirectoryTimes {
  const times = new Map<string, EntryTimes>();
  for (const look of looksAt(tree, pathsOf(farm), times)) statusCall.now(look);
  return times;
}

const pathsOf = ({ directories }: Farm): string[] => directories.map(({ path }) => path);

const looksAt = (tree: string, paths: Iterable<string>, times: Map<string, EntryTimes>): Look[] => Array.from(paths, (path): Look => ({
  path: path === '' ? tree : `${tree}/${path}`,
  take(found) {
    if (found?.type === 'directory') times.set(path, timesOf(found, path === '' ? tree : `${tree}/${path}`));
  },
}));

function timesOf({ mtimeMs, ctimeMs }: Status, directory: string): EntryTimes {
  const now = Date.now();
  return [mtimeMs, ctimeMs].every((time) => time < now - granuleOf(time)) ? { mtimeMs, ctimeMs } : { mtimeMs, ctimeMs, names: namesIn(directory) };
}

/** Names without an order; of a directory that cannot be read or is gone, none. */
const namesIn = (directory: string): string => (orNull(() => readDirectoryIfAny(directory)) ?? []).map(({ name }) => name).sort().join('/');

/** The directories that are no longer as they were seen: whose times are others or, where those do not tell, whose names are. */
export async function changedSince(tree: string, times: DirectoryTimes): Promise<string[]> {
  const now = await directoryTimes(tree, times.keys());
  const isSame = ([path, { mtimeMs, ctimeMs, names }]: readonly [string, EntryTimes]): boolean => {
    const found = now.get(path);
    return found?.mtimeMs === mtimeMs && found.ctimeMs === ctimeMs && (names === undefined || (found.names ?? namesIn(path === '' ? tree : `${tree}/${path}`)) === names);
  };
  return [...times].filter((entry) => !isSame(entry)).map(([path]) => path);
}

/** Whether somebody changed a directory of a generation since it was looked into, or one of the files that were as nox had made them. */
export async function isDisturbed({ tree, farm, times, pristine }: { readonly tree: string; readonly farm: BuiltFarm; readonly times: DirectoryTimes; readonly pristine: Iterable<string> }): Promise<boolean> {
  const shown = shownSince(tree);
  return [...pristine].some((path) => !isAsMade(`${tree}/${path}`, farm.made.get(path) as MadeFile, shown)) || (await changedSince(tree, times)).length > 0;
}

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
  return untouchedAmong(tree, farm, await directoryTimes(tree, pathsOf(farm)));
}

/** The same for a caller that cannot wait. */
export const untouchedDirectoriesNow = (tree: string, farm: BuiltFarm): ReadonlySet<string> => untouchedAmong(tree, farm, directoryTimesNow(tree, farm));

/** When a generation was done: milliseconds since 1970. */
const shownSince = (tree: string): number => status(manifestFile(tree))?.mtimeMs ?? -Infinity;

/** Whether nothing about an entry was changed since then, be it its name or its times. */
const isBefore = (shown: number, { ctimeMs }: EntryTimes): boolean => ctimeMs < shown - granuleOf(ctimeMs);

/** What is known of the directories that were looked into. */
export interface Looked {
  /** Of the farm, and with every link that the farm has there, whatever else they hold. */
  readonly exact: Set<string>;
  /** Of those that are not the farm's, by path, before they were read. */
  readonly times: Map<string, EntryTimes>;
  /** Paths of the files that are as nox made them. */
  readonly pristine: Set<string>;
}

/**
 * What the user put into a generation: every entry that the farm's record does not hold as it is. Directories of the
 * farm appear only where something unmanaged lies in them, or the user made them. Those that are `untouched` are not looked into.
 * @param looked gets what was learnt on the way
 * @throws `not-permitted` for a directory that may not be read, with the way out.
 */
export function scanUnmanaged(tree: string, farm: BuiltFarm, untouched: ReadonlySet<string> = new Set(), looked?: Looked): TreeDirectory {
  const directories = new Map(farm.directories.map((directory) => [directory.path, directory]));
  const shown = shownSince(tree);
  const children = untouched.size === 0 ? new Map<string, string[]>() : lookedInto(farm, untouched);
  return scan('') ?? { type: 'directory', entries: new Map() };

  function scan(path: string): TreeDirectory | null {
    const found = untouched.has(path) ? passThrough(path) : search(path);
    return found ?? (farm.usersOwn.has(path) ? { type: 'directory', entries: new Map() } : null);
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
    for (const { name, type } of readOwn(path === '' ? tree : `${tree}/${path}`)) {
      if (path === '' && name === NOX) continue;
      const child = under(path, name);
      const absolute = `${tree}/${child}`;
      if (type === 'directory') {
        const found = directories.has(child) ? scan(child) : readWhole(child);
        if (found !== null) entries.set(name, found);
      } else if (type !== 'symlink') {
        if (type !== 'file' || !isOwnFile(child)) entries.set(name, { type });
      } else {
        const text = readLink(absolute);
        if (targets.get(name) === text) links += 1;
        else entries.set(name, { type, text });
      }
    }
    if (links === targets.size) looked?.exact.add(path);
    return entries.size === 0 ? null : { type: 'directory', entries };
  }

  function readWhole(path: string): TreeDirectory {
    const absolute = `${tree}/${path}`;
    const before = looked === undefined ? null : status(absolute);
    if (before !== null) looked?.times.set(path, timesOf(before, absolute));
    const nodeOf = ({ name, type }: Entry): TreeNode => {
      if (type === 'directory') return readWhole(under(path, name));
      return type === 'symlink' ? { type, text: readLink(`${absolute}/${name}`) } : { type };
    };
    return { type: 'directory', entries: new Map(readOwn(absolute).map((entry) => [entry.name, nodeOf(entry)])) };
  }

  function isOwnFile(path: string): boolean {
    const made = farm.made.get(path);
    if (made === undefined || !isAsMade(`${tree}/${path}`, made, shown)) return false;
    looked?.pristine.add(path);
    return true;
  }
}

/** What is in a directory that may be the user's. */
function readOwn(path: string): Entry[] {
  try {
    return readDirectory(path);
  } catch (error) {
    if (!isNoxError(error, 'not-permitted')) throw error;
    const isOwn = status(path)?.uid === process.getuid?.();
    const way = isOwn ? `chmod u+rwx ${shellWord(path)}` : `ask the owner of ${path} for permission to read it, or to move it out of the profile`;
    throw new NoxError('not-permitted', { ...error.data, way }, error.cause);
  }
}

/** True when the link, or the file in its place, at a path of a generation is the one that nox put there. */
export function isAsBuilt(tree: string, farm: BuiltFarm, { at, link }: { readonly at: string; readonly link: FarmLink }): boolean {
  const made = farm.made.get(at);
  return made === undefined ? readLinkIfAny(`${tree}/${at}`) === linkTarget(farm.roots, link) : isAsMade(`${tree}/${at}`, made, shownSince(tree));
}

/** True when the file is as nox left it, by its content where its times do not tell: its time of modification is the package's, which a copy may have, too. */
function isAsMade(path: string, { size, mtime, sha256 }: MadeFile, shown: number): boolean {
  const found = status(path);
  if (found?.type !== 'file' || found.size !== size) return false;
  return (found.mtimeMs === mtime && isBefore(shown, found)) || fileDigest(path) === sha256;
}

/** The directories that are not passed by as they are, and those that lead to them, by the directory that each is in. */
function lookedInto(farm: BuiltFarm, untouched: ReadonlySet<string>): Map<string, string[]> {
  const children = new Map<string, string[]>();
  const found = new Set<string>(['']);
  for (const { path, files } of farm.directories) {
    if (untouched.has(path) && files.length === 0 && !farm.usersOwn.has(path)) continue;
    for (let at = path; !found.has(at); at = parentOf(at)) {
      found.add(at);
      const siblings = children.get(parentOf(at));
      if (siblings === undefined) children.set(parentOf(at), [at]);
      else siblings.push(at);
    }
  }
  return children;
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
