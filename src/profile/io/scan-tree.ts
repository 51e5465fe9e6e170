import { failedWith, isAnyNoxError, NoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { type Listing, readDirectoryCall } from '../../fs/calls.js';
import { type Entry, readDirectory, readLink } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { type TreeDirectory, type TreeNode, type TreeSymlink, under } from '../farm/tree.js';
import { isRemembered, type Listings, type TreeCache } from './tree-cache.js';

/** A package to read. */
export interface TreeRoot {
  /** Absolute path. */
  readonly path: string;
  /** How errors name it. */
  readonly id: string;
  /** What to say when there is no such directory. */
  readonly gone: () => NoxError;
}

/**
 * Reads the whole tree of a package: names and types; no file is opened and no link is followed.
 * @throws `unreadable-package` naming every directory that could not be read: a farm is never silently smaller.
 */
export function scanTree(path: string, id: string): TreeDirectory {
  const unreadable = collectUnreadable(id);
  const tree = new PackageDirectory(path, id, '');
  scan(tree);
  unreadable.refuse();
  return tree;

  function scan(directory: PackageDirectory): void {
    try {
      for (const below of directory.fill(readDirectory(directory.path))) scan(below);
    } catch (error) {
      unreadable.add(directory.path, error);
      directory.fill([]);
    }
  }
}

/** A package that is being read. */
interface Reading {
  readonly root: TreeRoot;
  readonly top: PackageDirectory;
  readonly known: Listings;
  /** What its directories held, for the cache: empty for a package of which nothing is remembered. */
  readonly read: Map<string, readonly Entry[]>;
  readonly unreadable: Unreadable;
  /** Whether there is no such directory. */
  isGone: boolean;
}

/** A path at which packages may have directories. */
export interface Spot {
  /** The path of the directory that holds it; '' for the root. */
  readonly directory: string;
  readonly name: string;
  /** How many packages have a directory or a link there. */
  readonly rivals: number;
}

/** A spot while packages are being read. */
interface OpenSpot extends Spot {
  rivals: number;
  readonly found: Array<{ readonly directory: PackageDirectory; readonly of: Reading }>;
}

/**
 * The trees of packages, in the order of their roots, each as {@link scanTree} gives it. Directories that `isWanted` are read
 * beforehand, many at once where the file system is slow; any other is read when it is asked for. What the cache knows is not read.
 * @throws `unreadable-package`; what the first root that is not there says.
 */
export async function scanTrees(roots: readonly TreeRoot[], isWanted: (spot: Spot) => boolean, cache: TreeCache): Promise<TreeDirectory[]> {
  const readings = roots.map((root): Reading => ({ root, top: new PackageDirectory(root.path, root.id, ''), known: cache.known(root.path), read: new Map(), unreadable: collectUnreadable(root.id), isGone: false }));
  let spots: OpenSpot[] = [{ directory: '', name: '', rivals: roots.length, found: readings.map((of) => ({ directory: of.top, of })) }];
  while (spots.length > 0) {
    const below: OpenSpot[] = [];
    await drain(spots.flatMap((spot) => listingsAt(spot, below)), readDirectoryCall);
    // Of packages that are gone, the first is told before anything that could not be read.
    for (const { root, isGone } of readings) if (isGone) throw root.gone();
    spots = below.filter((spot) => spot.found.length > 0 && isWanted(spot));
  }
  for (const { unreadable } of readings) unreadable.refuse();
  await cache.keep(new Map(readings.map(({ root, read }) => [root.path, read])));
  return readings.map(({ top }) => top);
}

/** What is to be read of the directories at a spot; the spots that are found in them are added to `below`. */
function listingsAt({ directory: above, name: own, found }: OpenSpot, below: OpenSpot[]): Listing[] {
  const path = under(above, own);
  const inside = new Map<string, OpenSpot>();
  const spotOf = (name: string): OpenSpot => {
    let spot = inside.get(name);
    if (spot === undefined) {
      spot = { directory: path, name, rivals: 0, found: [] };
      inside.set(name, spot);
      below.push(spot);
    }
    return spot;
  };
  return found.flatMap(({ directory, of }) => {
    const take = (entries: readonly Entry[]): void => {
      if (of.read.size > 0 || (path === '' && isRemembered(entries))) of.read.set(path, entries);
      for (const child of directory.fill(entries)) spotOf(child.name).found.push({ directory: child, of });
      for (const { name, type } of entries) if (type === 'directory' || type === 'symlink') spotOf(name).rivals += 1;
    };
    const fail = (error: unknown): void => {
      of.isGone ||= path === '' && failedWith(error, 'ENOENT', 'ENOTDIR');
      of.unreadable.add(directory.path, error);
      directory.fill([]);
    };
    const known = of.known.get(path);
    if (known === undefined) return [{ path: directory.path, take, fail }];
    take(known);
    return [];
  });
}

const FILE: TreeNode = { type: 'file' };
const OTHER: TreeNode = { type: 'other' };

/** A directory of a package that is read when its entries are asked for, unless it has been told before what it holds. */
class PackageDirectory implements TreeDirectory {
  readonly type = 'directory';
  private known: ReadonlyMap<string, TreeNode> | null = null;

  constructor(readonly path: string, readonly id: string, readonly name: string) {}

  get entries(): ReadonlyMap<string, TreeNode> {
    if (this.known === null) this.fill(readOrRefuse(this.path, this.id, () => readDirectory(this.path)));
    return this.known ?? new Map<string, TreeNode>();
  }

  /** Says what it holds; returns the directories in it. */
  fill(entries: readonly Entry[]): PackageDirectory[] {
    const nodes = new Map<string, TreeNode>();
    const below: PackageDirectory[] = [];
    for (const { name, type } of entries) {
      if (type === 'directory') {
        const directory = new PackageDirectory(`${this.path}/${name}`, this.id, name);
        below.push(directory);
        nodes.set(name, directory);
      } else nodes.set(name, type === 'symlink' ? new PackageLink(this, name) : type === 'file' ? FILE : OTHER);
    }
    this.known = nodes;
    return below;
  }
}

/** A symlink, whose text few ask for. */
class PackageLink implements TreeSymlink {
  readonly type = 'symlink';
  private known: string | null = null;

  constructor(private readonly directory: PackageDirectory, private readonly name: string) {}

  get text(): string {
    const { path, id } = this.directory;
    return (this.known ??= readOrRefuse(path, id, () => readLink(`${path}/${this.name}`)));
  }
}

function readOrRefuse<T>(directory: string, id: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    throw new NoxError('unreadable-package', { id, directories: [directory] }, error);
  }
}

interface Unreadable {
  add(path: string, error: unknown): void;
  refuse(): void;
}

/** Collects what could not be read of one package, to refuse it all at once. */
function collectUnreadable(id: string): Unreadable {
  const directories: string[] = [];
  let first: unknown;
  return {
    add(path, error) {
      if (!isAnyNoxError(error)) throw error;
      directories.push(path);
      first ??= error;
    },
    refuse() {
      if (directories.length > 0) throw new NoxError('unreadable-package', { id, directories: directories.sort(byName) }, first);
    },
  };
}
