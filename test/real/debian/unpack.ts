import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { stringify } from 'yaml';
import { debianDeclarations } from '../../../src/store/debian-remedies.js';
import { type Archive, type DebianPackage, isBase, type Relation } from './apt.js';
import { ALTERNATIVES, TRIPLET } from './maintainer.js';

/** A Debian package as a package of the store. */
export interface StorePackage {
  readonly name: string;
  readonly id: string;
  /** Its files and symlinks, paths relative to its root. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** A store made from Debian's archives. */
interface UnpackedStore {
  readonly packages: readonly StorePackage[];
  /** Links that lead to nothing that any of the packages holds; they are left out. */
  readonly dropped: readonly string[];
}

interface Unpacked extends StorePackage {
  readonly root: string;
  readonly source: DebianPackage;
  /** Path of each symlink to its target as a path from the root of a Debian system. */
  readonly links: ReadonlyMap<string, string>;
}

/** Unpacks each archive as a package laid out like /usr/local, with `Depends` and `Provides` as its metadata. */
export function unpackStore(store: string, archives: readonly Archive[]): UnpackedStore {
  const unpacked = archives.map((archive) => unpackOne(store, archive));
  const versions = new Map(archives.map(({ package: { name, version } }) => [name, version]));
  const owners = new Map<string, string>();
  for (const { id, files, directories } of unpacked) for (const path of [...directories, ...files]) owners.set(path, id);
  const dropped: string[] = [];
  for (const one of unpacked) {
    for (const [path, target] of one.links) if (!mendLink(one, { path, target, owners })) dropped.push(`${one.id}/${path}`);
    for (const path of one.files) if (path.endsWith('.pc')) mendPkgConfig(one.root, path);
    writeFileSync(join(one.root, 'nox-package.yaml'), stringify(metadataOf(one, (name) => versions.get(name)?.includes('~') !== true)));
  }
  const gone = new Set(dropped);
  return { packages: unpacked.map((one) => ({ ...one, files: one.files.filter((path) => !gone.has(`${one.id}/${path}`)) })), dropped };
}

/** `usr/lib/x` and `lib/x` are both `lib/x`, as on a system with a merged /usr. */
const flatten = (path: string): string => path.replace(/^usr\//, '');

/** An epoch orders versions of Debian only, and its colon cannot be in a path. */
const withoutEpoch = (version: string): string => version.replace(/^\d+:/, '');

function unpackOne(store: string, archive: Archive): Unpacked {
  const { name, version } = archive.package;
  const id = `${name}-${withoutEpoch(version)}`;
  const root = join(store, id);
  const raw = mkdtempSync(join(store, '.unpack-'));
  execFileSync('dpkg-deb', ['-x', archive.path, raw]);
  mkdirSync(root);
  const [files, directories] = [new Set<string>(), new Set<string>()];
  const links = new Map<string, string>();
  const move = (from: string): void => {
    for (const entry of readdirSync(join(raw, from), { withFileTypes: true })) {
      const path = from === '' ? entry.name : `${from}/${entry.name}`;
      const flat = flatten(path);
      if (entry.isDirectory()) {
        if (flat !== 'usr') mkdirSync(join(root, flat), { recursive: true });
        if (flat !== 'usr') directories.add(flat);
        move(path);
        continue;
      }
      files.add(flat);
      if (!entry.isSymbolicLink()) renameSync(join(raw, path), join(root, flat));
      else links.set(flat, systemPath(path, readlinkSync(join(raw, path))));
    }
  };
  move('');
  for (const [link, target] of ALTERNATIVES[name] ?? []) {
    files.add(link);
    links.set(link, target);
  }
  rmSync(raw, { recursive: true });
  return { name, id, root, source: archive.package, files: [...files].sort(), directories: [...directories].sort(), links };
}

const systemPath = (link: string, text: string): string =>
  flatten(text.startsWith('/') ? normalize(text).slice(1) : normalize(join(dirname(link), text)));

interface Link {
  readonly path: string;
  readonly target: string;
  readonly owners: ReadonlyMap<string, string>;
}

/** Makes the link relative, within the package or into the package beside it that holds the target; false when none does. */
function mendLink(one: Unpacked, { path, target, owners }: Link): boolean {
  const at = join(one.root, path);
  const own = one.files.includes(target) || one.directories.includes(target);
  const owner = own ? one.id : owners.get(target);
  if (owner === undefined) return false;
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(relative(dirname(at), join(one.root, '..', owner, target)) || '.', at);
  return true;
}

/** `prefix=/usr` becomes relative to the place of the file, and other paths below /usr relative to the prefix. */
function mendPkgConfig(root: string, path: string): void {
  const at = join(root, path);
  if (lstatSync(at).isSymbolicLink()) return;
  const up = relative(dirname(path), '.');
  const text = readFileSync(at, 'utf8').replace(/^prefix\s*=.*$/m, `prefix=\${pcfiledir}/${up}`);
  const mended = text.replace(/^(\w+\s*=\s*)\/usr(?=\/|$)/gm, '$1${prefix}');
  rmSync(at);
  writeFileSync(at, mended);
}

/** `isOrdered`: whether nox orders versions of the package as Debian does; what follows a tilde makes a prerelease of it. */
function metadataOf({ source, name }: Unpacked, isOrdered: (name: string) => boolean): object {
  return {
    name,
    version: withoutEpoch(source.version),
    description: source.description,
    depends: [...new Set(source.depends.flat().filter((relation) => !isBase(relation.name)).map((relation) => (isOrdered(relation.name) ? requestOf(relation) : relation.name)))],
    provides: [...new Set(source.provides.map((provided) => (provided.version === null ? provided.name : `${provided.name}@${withoutEpoch(provided.version)}`)))],
    ...debianDeclarations(name, TRIPLET),
  };
}

const OPERATORS: Readonly<Record<string, string>> = { '<<': '<', '<=': '<=', '=': '=', '>=': '>=', '>>': '>' };

function requestOf({ name, operator, version }: Relation): string {
  return operator === null || version === null ? name : `${name}@${OPERATORS[operator]!}${withoutEpoch(version)}`;
}
