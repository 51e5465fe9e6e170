import { posix } from 'node:path';
import { byName } from '../../fs/bytes.js';
import { makeDirectory, setMode, syncDirectory, writeNewFile } from '../../fs/change.js';
import { syncDirectoryCall } from '../../fs/calls.js';
import { drain } from '../../fs/drain.js';
import { syncFileCall } from '../../fs/new-files.js';
import { seal } from '../../fs/sealed.js';
import { contentsFile, packageState, provenanceFile } from '../../layout.js';
import { type Contents, contentsKind, digestOf, type Provenance, provenanceKind } from '../contents.js';
import type { Relation } from '../debian/control.js';
import { type LinkedPackage, mendLinks } from '../debian/mend-links.js';
import { debianMetadata, type Provider, type Surroundings } from '../debian/metadata.js';
import { formatMetadata } from '../format-metadata.js';
import { leadsOut } from '../link-text.js';
import type { PartialMetadata } from '../metadata.js';
import { isClosed, storedDirectoryMode } from '../stored-mode.js';
import type { FindNeighbour } from './imported-packages.js';
import { addSmallFile, closeDirectories, makeLinks } from './tree-writer.js';
import type { UnpackedPackage } from './unpack-job.js';

/** A package that is complete in its staging directory. */
export interface FinishedPackage {
  readonly unpacked: UnpackedPackage;
  readonly id: string;
  readonly contents: Contents;
  readonly digest: string;
  readonly metadata: PartialMetadata;
  readonly notes: readonly string[];
}

/** What is known of the store that Debian packages go to. */
export type StoreProviders = Surroundings['providers'];

interface Finishing {
  readonly providers: StoreProviders;
  /** The packages that the store has already. */
  readonly neighbour: FindNeighbour;
  readonly ids: ReadonlyMap<UnpackedPackage, string>;
  /** Of directories. */
  readonly directoryMode: number;
}

/** Longest list of links in one note. */
const SHOWN = 20;

/**
 * Makes what was unpacked into packages: links of Debian packages are mended together, `nox-package.yaml` is written where a source does not
 * bring its own, symlinks are made, modes and times set.
 */
export function finishPackages(unpacked: readonly UnpackedPackage[], { providers, neighbour, ids, directoryMode }: Finishing): FinishedPackage[] {
  const around = surroundingsOf(unpacked, providers);
  const idOf = (one: UnpackedPackage): string => ids.get(one) ?? one.id;
  const mended = mendAll(unpacked, idOf, neighbour);
  return unpacked.map((one) => {
    const links = mended.get(one);
    const described = one.control === null ? one.metadata : debianMetadata(one.control, around);
    const metadata = links === undefined || links.into.length === 0 ? described : { ...described, depends: [...(described.depends ?? []), ...links.into.map((id) => `id:${id}`)] };
    const notes = [...one.notes];
    if (links !== undefined) {
      const { texts, dropped } = links;
      for (const [path, link] of [...one.links]) {
        const text = texts.get(path);
        if (text === undefined) one.links.delete(path);
        else one.links.set(path, { ...link, text });
      }
      if (dropped.length > 0) notes.push(`left out ${dropped.length} symlink${dropped.length === 1 ? '' : 's'} to what neither it nor a dependency in the store holds: ${dropped.slice(0, SHOWN).map(([path, target]) => `${path} -> ${target}`).join(', ')}${dropped.length > SHOWN ? ', …' : ''}`);
    } else {
      const leading = [...one.links].filter(([path, { text }]) => leadsOut(path, text)).map(([path, { text }]) => `${path} -> ${text}`).sort(byName);
      if (leading.length > 0) notes.push(`${leading.length} symlink${leading.length === 1 ? ' leads' : 's lead'} out of it: ${leading.slice(0, SHOWN).join(', ')}${leading.length > SHOWN ? ', …' : ''}`);
    }
    if (!one.entries.has('nox-package.yaml') && Object.keys(metadata).length > 0) {
      addSmallFile(one, 'nox-package.yaml', { content: formatMetadata(metadata), mtime: Math.max(0, ...[...one.entries.values()].map(({ mtime }) => mtime)) });
    }
    makeLinks(one);
    const contents = closeDirectories(one, directoryMode);
    notes.push(...closedNotes(one, contents));
    return { unpacked: one, id: idOf(one), contents, digest: digestOf(contents), metadata, notes };
  });
}

/** What of a package others than its owner cannot make anything of, as it was in its source. */
function closedNotes({ rootMode }: UnpackedPackage, contents: Contents): string[] {
  if (isClosed('directory', storedDirectoryMode(rootMode, 0o555))) return ['it is closed to others, as its source is'];
  const closed: string[] = [];
  const hidden = new Set<string>();
  // Sorted by path, all that a directory holds comes somewhere after it.
  for (const { type, path, mode } of contents) {
    const isHidden = hidden.has(posix.dirname(path));
    const isNew = !isHidden && type !== 'symlink' && isClosed(type, mode);
    if (isNew) closed.push(path);
    if (type === 'directory' && (isHidden || isNew)) hidden.add(path);
  }
  if (closed.length === 0) return [];
  return [`${closed.length} ${closed.length === 1 ? 'entry is' : 'entries are'} closed to others, as in the source: ${closed.slice(0, SHOWN).join(', ')}${closed.length > SHOWN ? ', …' : ''}`];
}

function surroundingsOf(unpacked: readonly UnpackedPackage[], providers: StoreProviders): Surroundings {
  const own = new Map<string, Provider[]>();
  const add = (name: string, provider: Provider): void => {
    const known = own.get(name);
    if (known === undefined) own.set(name, [provider]);
    else known.push(provider);
  };
  for (const { control } of unpacked) {
    if (control === null) continue;
    add(control.name, { package: control.name, version: control.version, isStored: false });
    for (const { name, version } of control.provides) add(name, { package: control.name, version, isStored: false });
  }
  return { providers: (name) => [...(own.get(name) ?? []), ...providers(name)] };
}

function mendAll(unpacked: readonly UnpackedPackage[], idOf: (one: UnpackedPackage) => string, neighbour: FindNeighbour): Map<UnpackedPackage, ReturnType<typeof mendLinks> extends ReadonlyMap<unknown, infer V> ? V : never> {
  const debs = unpacked.filter(({ control }) => control !== null);
  const linked = new Map(debs.map((one) => {
    const reach: LinkedPackage[] = [];
    return [one, { id: idOf(one), has: one.entries, links: new Map([...one.links].map(([path, { text }]) => [path, text])), reach }];
  }));
  const byProvided = new Map<string, UnpackedPackage[]>();
  for (const one of debs) {
    for (const name of [one.control?.name ?? '', ...(one.control?.provides ?? []).map((provided) => provided.name)]) byProvided.set(name, [...(byProvided.get(name) ?? []), one]);
  }
  const nodes = new Map<LinkedPackage, readonly Relation[]>([...linked].map(([one, it]) => [it, one.control?.depends.flat() ?? []]));
  // What is imported now comes before what the store has of the same name.
  const satisfying = (relation: Relation): LinkedPackage[] => (byProvided.get(relation.name) ?? []).flatMap((one) => linked.get(one) ?? []);
  for (const it of linked.values()) {
    const reached = new Set<LinkedPackage>([it]);
    // What something in the store needs by its identifier is in every profile with it, and no other version is.
    const pinned = new Set<LinkedPackage>();
    for (const next of reached) {
      for (const relation of nodes.get(next) ?? []) {
        const others = satisfying(relation);
        const beside = others.length > 0 ? null : neighbour(relation);
        if (beside !== null) nodes.set(beside, beside.needs);
        if (beside !== null && relation.name.startsWith('id:')) pinned.add(beside);
        for (const other of beside === null ? others : [beside]) reached.add(other);
      }
    }
    it.reach.push(...new Set([it, ...pinned, ...reached]));
  }
  const mended = mendLinks([...linked.values()]);
  return new Map([...linked].flatMap(([one, it]) => {
    const links = mended.get(it);
    return links === undefined ? [] : [[one, links]];
  }));
}

/** What identifies an import: when, by whom, by which nox. */
export type ImportStamp = Pick<Provenance, 'importedAt' | 'user' | 'uid' | 'host' | 'nox'>;

/** Writes a package's `.nox/`. */
export function writeState({ unpacked, contents, digest, notes }: FinishedPackage, source: string, stamp: ImportStamp): void {
  const { root, rootMode, format, sha256, size } = unpacked;
  setMode(root, storedDirectoryMode(rootMode, 0o755));
  makeDirectory(packageState(root));
  setMode(packageState(root), 0o755);
  const provenance: Provenance = { source, format, sha256, size, ...stamp, notes: [...notes] };
  // Names in a closed directory and checksums of closed files are for those who may read them.
  const readable = contents.reduce((mask, { type, mode: bits }) => (type === 'symlink' ? mask : mask & bits), 0o444);
  for (const [path, text, mode] of [[contentsFile(root), seal(contentsKind, { digest, entries: contents }), readable], [provenanceFile(root), seal(provenanceKind, provenance), 0o444]] as const) {
    writeNewFile(path, text, 0o600);
    setMode(path, mode);
  }
}

/** Forces a package to disk, file by file: where the whole file system cannot be forced at once. */
export async function syncPackage({ unpacked: { root }, contents }: FinishedPackage): Promise<void> {
  await drain(contents.filter(({ type }) => type === 'file').map(({ path }) => `${root}/${path}`), syncFileCall);
  await drain(contents.filter(({ type }) => type === 'directory').map(({ path }) => `${root}/${path}`), syncDirectoryCall);
  syncDirectory(packageState(root));
  syncDirectory(root);
}

