/** Symlinks of Debian packages: what leads through the system's root is made relative, within the package or into one that it depends on. */
import { posix } from 'node:path';
import { byName } from '../../fs/bytes.js';

/** A package with links to mend. */
export interface LinkedPackage {
  /** Its identifier, one component. */
  readonly id: string;
  /** Paths of its files and directories. */
  readonly has: { has(path: string): boolean };
  /** Path of each symlink to the flattened path of the system that it leads to, with a slash before it. */
  readonly links: ReadonlyMap<string, string>;
  /** The packages that stay wherever this one does, itself among them. */
  readonly reach: readonly LinkedPackage[];
  /** Of a package that is in the store already: whether what it has at a path is there, in the store, with links followed. */
  readonly holds?: (path: string) => boolean;
}

/** What becomes of the links of one package. */
interface MendedLinks {
  /** Path to the text to have. */
  readonly texts: ReadonlyMap<string, string>;
  /** Identifiers of other packages that links lead into. */
  readonly into: readonly string[];
  /** Links that nothing within reach has the target of: path and target. */
  readonly dropped: ReadonlyArray<readonly [path: string, target: string]>;
}

interface Found {
  readonly pkg: LinkedPackage;
  readonly path: string;
}

/** Links followed before a chain is taken for a loop. */
const MAX_LINKS = 40;

/** Mends the links of packages that are imported together. */
export function mendLinks(packages: readonly LinkedPackage[]): ReadonlyMap<LinkedPackage, MendedLinks> {
  const targets = new Map(packages.map((pkg) => [pkg, new Map([...pkg.links].map(([path, target]) => [path, find(pkg, target.slice(1))]))]));
  dropChains(targets);
  return new Map(packages.map((pkg) => [pkg, describe(pkg, targets.get(pkg) ?? new Map<string, Found | null>())]));
}

function describe(pkg: LinkedPackage, targets: ReadonlyMap<string, Found | null>): MendedLinks {
  const texts = new Map<string, string>();
  const into = new Set<string>();
  const dropped: Array<readonly [string, string]> = [];
  for (const [path, found] of targets) {
    if (found === null) dropped.push([path, pkg.links.get(path) ?? '']);
    else texts.set(path, textOf(path, pkg, found));
    if (found !== null && found.pkg !== pkg) into.add(found.pkg.id);
  }
  return { texts, into: [...into].sort(byName), dropped: dropped.sort(([a], [b]) => byName(a, b)) };
}

function textOf(path: string, pkg: LinkedPackage, found: Found): string {
  return posix.relative(`/${pkg.id}/${posix.dirname(path)}`, `/${found.pkg.id}/${found.path}`) || '.';
}

/** Who has a path, itself first; links to directories on the way to it are followed. */
function find(pkg: LinkedPackage, target: string): Found | null {
  let path = target;
  for (let left = MAX_LINKS; left > 0; left -= 1) {
    const owner = pkg.reach.find((other) => other.has.has(path) || other.links.has(path));
    if (owner !== undefined) return { pkg: owner, path };
    const through = linkAbove(pkg, path);
    if (through === null) return null;
    path = through;
  }
  return null;
}

/** The path with the uppermost link to a directory on the way to it followed; `null` when there is none. */
function linkAbove(pkg: LinkedPackage, path: string): string | null {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    const above = path.slice(0, end);
    const link = pkg.reach.find((other) => other.links.has(above));
    if (link !== undefined) return posix.normalize(`${link.links.get(above) ?? ''}${path.slice(end)}`).slice(1);
  }
  return null;
}

/** A link to a link that is dropped, to itself in a circle, or to what a package in the store does not hold after all, is dropped too. */
function dropChains(targets: ReadonlyMap<LinkedPackage, Map<string, Found | null>>): void {
  const next = ({ pkg, path }: Found): Found | null | undefined => {
    if (pkg.holds !== undefined) return pkg.holds(path) ? undefined : null;
    return pkg.has.has(path) ? undefined : targets.get(pkg)?.get(path);
  };
  for (const [pkg, links] of targets) {
    for (const path of links.keys()) {
      let at: Found | null | undefined = { pkg, path };
      for (let left = MAX_LINKS; left > 0 && at !== null && at !== undefined; left -= 1) at = next(at);
      if (at !== undefined) links.set(path, null);
    }
  }
}
