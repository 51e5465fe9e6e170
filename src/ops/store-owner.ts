import { posix } from 'node:path';
import { pathOf, type PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { readLinkIfAny, realPath, status } from '../fs/disk.js';
import type { Package } from '../store/package.js';
import type { ScannedStore } from '../store/io/scan.js';
import { originOfMade } from './find-owner.js';
import { readStores } from './read-stores.js';

interface FileOwner {
  readonly package: Package;
  /** Path in the package; empty for the package's own directory. */
  readonly file: string;
}

/** Links followed before a path counts as a circle, as the kernel does. */
const MOST_LINKS = 40;

/**
 * `owner FILE`: the package that holds a file. A link that lies in a package belongs to it; any other, such as a profile's,
 * is followed, one link at a time; so is a file that nox made in the place of a link.
 * @throws `no-such-file`, `owner-unknown`.
 */
export async function findFileOwner(context: Context, flags: PlaceFlags, file: string): Promise<FileOwner> {
  const given = pathOf(context, file);
  if (status(given) === null) throw new NoxError('no-such-file', { path: given });
  const stores = await readStores(context, flags);
  const owners = ownersOf(stores);
  let path: string | null = given;
  for (let links = 0; path !== null && links < MOST_LINKS; links += 1) {
    const directory: string | null = realPath(posix.dirname(path));
    if (directory === null) break;
    const physical: string = posix.join(directory, posix.basename(path));
    const owner = owners(physical);
    if (owner !== null) return owner;
    const text = readLinkIfAny(physical);
    path = text === null ? originOfMade(physical) : posix.resolve(directory, text);
  }
  throw new NoxError('owner-unknown', { path: given });
}

/** Finds the package that a physical path lies in: by its place in a store, else in a tree that a store links to. */
function ownersOf(stores: readonly ScannedStore[]): (physical: string) => FileOwner | null {
  const roots = stores.filter(({ packages }) => packages.length > 0).map(({ path, packages }) => {
    const real = packages.filter(({ aliasOf }) => aliasOf === null);
    return { root: realPath(path) ?? path, byId: new Map(real.map((pkg) => [pkg.id as string, pkg])), real };
  });
  let linked: Array<{ root: string; pkg: Package }> | null = null;
  return (physical) => {
    for (const { root, byId } of roots) {
      const owner = physical.startsWith(`${root}/`) ? ownerById(byId, physical.slice(root.length + 1)) : null;
      if (owner !== null) return owner;
    }
    linked ??= roots.flatMap(({ real }) => real).flatMap((pkg) => {
      const root = realPath(pkg.path);
      return root === null ? [] : [{ root, pkg }];
    });
    const found = linked.find(({ root }) => physical === root || physical.startsWith(`${root}/`));
    return found === undefined ? null : { package: found.pkg, file: physical.slice(found.root.length + 1) };
  };
}

function ownerById(byId: ReadonlyMap<string, Package>, path: string): FileOwner | null {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const pkg = byId.get(path.slice(0, end));
    if (pkg !== undefined) return { package: pkg, file: path.slice(end + 1) };
  }
  return null;
}
