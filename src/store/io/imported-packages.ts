/** Packages that a store has by an earlier import: what need not be unpacked again, and what links of new Debian packages may lead into. */
import { posix } from 'node:path';
import { orNull } from '../../errors.js';
import { realPath, status, statusFollowed } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { type HashRequest, hashFileCall } from '../../fs/hash.js';
import type { Provenance } from '../contents.js';
import type { Relation } from '../debian/control.js';
import type { LinkedPackage } from '../debian/mend-links.js';
import { compareDebian, holdsDebian, withoutEpoch } from '../debian/version.js';
import type { Package } from '../package.js';
import { provenanceOf, sealedContents } from './read-contents.js';

/** A package that nox imported, and from what. */
export interface ImportedPackage {
  readonly pkg: Package;
  readonly provenance: Provenance;
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
export async function alreadyImported(sources: readonly string[], imported: readonly ImportedPackage[]): Promise<Map<string, ImportedPackage>> {
  const single = imported.filter(({ provenance: { format, sha256 } }) => sha256 !== null && format !== 'nox');
  const sizes = new Set(single.map(({ provenance }) => provenance.size));
  const byDigest = new Map(single.map((one) => [one.provenance.sha256, one]));
  const found = new Map<string, ImportedPackage>();
  const candidates = sources.filter((source) => {
    const is = orNull(() => statusFollowed(source));
    return is?.type === 'file' && sizes.has(is.size);
  });
  await drain(candidates.map((source): HashRequest => ({
    path: orNull(() => realPath(source)) ?? source,
    take(result) {
      const known = result instanceof Error || result.status.type !== 'file' ? undefined : byDigest.get(result.sha256);
      if (known !== undefined && isThere(known)) found.set(source, known);
    },
  })), hashFileCall);
  return found;
}

/** Whether the package is in the store still, with the list of its contents. */
export function isThere({ pkg }: ImportedPackage): boolean {
  return orNull(() => sealedContents(pkg.path)) !== null;
}

/** A package of the store that links may lead into. */
export interface Neighbour extends LinkedPackage {
  /** What it depends on in turn. */
  readonly needs: readonly Relation[];
}

/** Tells the package of the store that satisfies a relation best: the newest that does; by identifier where the name begins with `id:`. */
export type FindNeighbour = (relation: Relation) => Neighbour | null;

/** Looks for neighbours among imported packages, whose contents are read when a link may lead into them. */
export function neighboursAmong(imported: readonly ImportedPackage[]): FindNeighbour {
  const made = new Map<Package, Neighbour>();
  const byName = new Map<string, Array<{ readonly pkg: Package; readonly version: string | null }>>();
  const add = (name: string, pkg: Package, version: string | null): void => {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [{ pkg, version }]);
    else known.push({ pkg, version });
  };
  for (const { pkg } of imported) {
    // Relative links between packages fit one level only.
    if (pkg.id.includes('/')) continue;
    add(pkg.name, pkg, pkg.version);
    add(`id:${pkg.id}`, pkg, null);
    for (const provided of pkg.metadata.provides) {
      const [name = '', version] = provided.split('@');
      add(name, pkg, version ?? null);
    }
  }
  return ({ name, operator, version }) => {
    // Identifiers and metadata have no epochs.
    const fitting = (byName.get(name) ?? []).filter((one) => operator === null || version === null || (one.version !== null && holdsDebian(one.version, operator, withoutEpoch(version))));
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
    needs: pkg.metadata.depends.map((text) => ({ name: text.startsWith('id:') ? text : (text.split('@')[0] ?? text), operator: null, version: null })),
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
