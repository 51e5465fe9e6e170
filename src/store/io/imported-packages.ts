/** Packages that a store has by an earlier import: what need not be unpacked again, and what links of new Debian packages may lead into. */
import { posix } from 'node:path';
import { orNull } from '../../errors.js';
import { realPath, status, statusFollowed } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { type HashRequest, hashFileCall } from '../../fs/hash.js';
import { contentsFile } from '../../layout.js';
import { extentOf, type Provenance } from '../contents.js';
import type { Relation } from '../debian/control.js';
import type { LinkedPackage } from '../debian/mend-links.js';
import { compareDebian, holdsDebian, withoutEpoch } from '../debian/version.js';
import type { Package } from '../package.js';
import { dependencyName, splitAtRange } from '../request.js';
import { provenanceOf, sealedContents, sealedRecord } from './read-contents.js';

/** A package that nox imported, and from what. */
interface ImportedPackage {
  readonly pkg: Package;
  readonly provenance: Provenance;
}

/** One that is as it was imported, by the list of its contents. */
export interface PresentPackage extends ImportedPackage {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

/** Those of the packages that nox imported. One whose record cannot be read is none. */
export function importedAmong(packages: readonly Package[]): ImportedPackage[] {
  return packages.filter(({ aliasOf }) => aliasOf === null).flatMap((pkg) => {
    const provenance = orNull(() => provenanceOf(pkg.path));
    return provenance === null ? [] : [{ pkg, provenance }];
  });
}

/**
 * The sources that a package was made of already, byte for byte, with that package; links are followed. Only files of a size that some package
 * was made of are read; archives of several packages are left out, since some of those may be gone, and packages whose contents are not known.
 */
export async function alreadyImported(sources: readonly string[], imported: readonly ImportedPackage[]): Promise<Map<string, PresentPackage>> {
  const single = imported.filter(({ provenance: { format, sha256 } }) => sha256 !== null && format !== 'nox');
  const sizes = new Set(single.map(({ provenance }) => provenance.size));
  const byDigest = new Map(single.map((one) => [one.provenance.sha256, one]));
  const found = new Map<string, PresentPackage>();
  const candidates = sources.filter((source) => {
    const is = orNull(() => statusFollowed(source));
    return is?.type === 'file' && sizes.has(is.size);
  });
  await drain(candidates.map((source): HashRequest => ({
    path: orNull(() => realPath(source)) ?? source,
    take(result) {
      const known = result instanceof Error || result.status.type !== 'file' ? undefined : byDigest.get(result.sha256);
      const contents = known === undefined ? null : orNull(() => sealedRecord(known.pkg.path));
      if (known !== undefined && contents !== null) found.set(source, { ...known, digest: contents.digest, ...extentOf(contents.entries) });
    },
  })), hashFileCall);
  return found;
}

/** Whether the package is in the store still, with the list of its contents. */
export function isThere({ pkg }: ImportedPackage): boolean {
  return orNull(() => status(contentsFile(pkg.path))) !== null;
}

/** A package under a name, its own or one that it provides, with the version that it has there. */
interface NamedPackage {
  readonly pkg: Package;
  readonly version: string | null;
}

/** Packages that are no aliases, by all of their names. */
export function packagesByName(packages: readonly Package[]): ReadonlyMap<string, readonly NamedPackage[]> {
  const names = new Map<string, NamedPackage[]>();
  const add = (name: string, named: NamedPackage): void => {
    const known = names.get(name);
    if (known === undefined) names.set(name, [named]);
    else known.push(named);
  };
  for (const pkg of packages) {
    if (pkg.aliasOf !== null) continue;
    add(pkg.name, { pkg, version: pkg.version });
    for (const provided of pkg.metadata.provides) {
      const [name, version] = splitAtRange(provided);
      add(name, { pkg, version });
    }
  }
  return names;
}

/** A package of the store that links may lead into. */
interface Neighbour extends LinkedPackage {
  /** What it depends on in turn. */
  readonly needs: readonly Relation[];
}

/** Tells the package of the store that satisfies a relation best: the newest that does; by identifier where the name begins with `id:`. */
export type FindNeighbour = (relation: Relation) => Neighbour | null;

/** Looks for neighbours among imported packages, whose contents are read when a link may lead into them. */
export function neighboursAmong(imported: readonly ImportedPackage[]): FindNeighbour {
  const made = new Map<Package, Neighbour>();
  // Relative links between packages fit one level only.
  const flat = imported.map(({ pkg }) => pkg).filter(({ id }) => !id.includes('/'));
  const byName = packagesByName(flat);
  const byId = new Map(flat.map((pkg) => [`id:${pkg.id}`, [{ pkg, version: null }]]));
  return ({ name, operator, version }) => {
    // Identifiers and metadata have no epochs.
    const fitting = (byId.get(name) ?? byName.get(name) ?? []).filter((one) => operator === null || version === null || (one.version !== null && holdsDebian(one.version, operator, withoutEpoch(version))));
    // One that a collector took meanwhile is none.
    const best = fitting.sort((a, b) => compareDebian(b.version ?? '0', a.version ?? '0')).find(({ pkg }) => orNull(() => status(pkg.path)) !== null);
    if (best === undefined) return null;
    const known = made.get(best.pkg) ?? neighbour(best.pkg);
    made.set(best.pkg, known);
    return known;
  };
}

function neighbour(pkg: Package): Neighbour {
  let read: { readonly has: ReadonlySet<string>; readonly links: ReadonlyMap<string, string> } | null = null;
  const contents = (): { readonly has: ReadonlySet<string>; readonly links: ReadonlyMap<string, string> } => (read ??= contentsOf(pkg));
  return {
    id: pkg.id,
    has: { has: (path) => contents().has.has(path) },
    get links() {
      return contents().links;
    },
    reach: [],
    holds: (path) => {
      const found = orNull(() => realPath(`${pkg.path}/${path}`));
      return found !== null && [pkg.store, pkg.path].some((root) => found.startsWith(`${realPath(root) ?? root}/`));
    },
    needs: pkg.metadata.depends.map((text) => ({ name: dependencyName(text), operator: null, version: null })),
  };
}

function contentsOf(pkg: Package): { has: Set<string>; links: Map<string, string> } {
  const entries = orNull(() => sealedContents(pkg.path)) ?? [];
  const links = entries.flatMap((entry) => {
    if (entry.type !== 'symlink' || entry.text.startsWith('/')) return [];
    // As mended: relative, within the package or into the one beside it.
    const [first, ...parts] = posix.join(pkg.id, posix.dirname(entry.path), entry.text).split('/');
    return first === '..' ? [] : [[entry.path, `/${parts.join('/')}`] as const];
  });
  return { has: new Set(entries.filter(({ type }) => type !== 'symlink').map(({ path }) => path)), links: new Map(links) };
}
