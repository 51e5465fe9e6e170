import type { Progress } from '../../../context.js';
import { NoxError } from '../../../errors.js';
import type { Pause } from '../../../interrupt.js';
import { byName, toBytes } from '../../../fs/bytes.js';
import { readDirectory, readLink, realPath, type Status, status } from '../../../fs/disk.js';
import { NOX, packRecord, wrappedPrograms } from '../../../layout.js';
import { under } from '../../farm/tree.js';
import { type OutsideLink, type OutsideWay, type PackEntry, packedMode, packedTime } from '../../pack/entry.js';
import { type PlacedPackage, relativeText } from '../../pack/place.js';
import { packagePath } from '../../manifest.js';
import { followLinks, type PackRoot } from './follow-links.js';

interface ScanRequest {
  /** Absolute path of the generation. */
  readonly tree: string;
  readonly placed: readonly PlacedPackage[];
  readonly outside: OutsideWay;
  /** For errors: how the command line calls the profile. */
  readonly profile: string;
  readonly progress: Progress;
  readonly pause: Pause;
}

export interface ScannedPack {
  /** Sorted by path, so that a directory precedes what it holds; nox's own files are not among them. */
  readonly entries: readonly PackEntry[];
  readonly refused: readonly OutsideLink[];
  /** What links led to outside and is packed too. */
  readonly copied: readonly PackRoot[];
  /** Sockets, pipes and devices: absolute paths; they are left out. */
  readonly special: readonly string[];
}

/**
 * Reads the whole of a generation and of its packages, as it is to be packed. Regular files are packed wherever they lie, the user's
 * own among them; one inode at two paths becomes a file and a hard link.
 * @throws `package-gone`, `not-permitted` for a directory that cannot be read, `interrupted`.
 */
export async function scanPack({ tree, placed, outside, profile, progress, pause }: ScanRequest): Promise<ScannedPack> {
  const entries = new Map<string, PackEntry>();
  const special: string[] = [];
  const inodes = new Map<PackEntry, string>();
  const roots = rootsOf(placed, { entries, profile });
  const top: PackRoot = { physical: realPath(tree) ?? tree, place: '' };
  const links = followLinks([top, ...roots], outside);
  await walk(top, top.physical, '');
  for (const root of roots) await addRoot(root);
  for (let at = 0; at < links.outside.length; at += 1) await addRoot(links.outside[at] as PackRoot);
  const sorted = [...entries.values()].sort((a, b) => byName(a.path, b.path));
  return { entries: linkEqualInodes(sorted, inodes), refused: links.refused, copied: links.outside, special: special.sort(byName) };

  async function addRoot(root: PackRoot): Promise<void> {
    for (const parent of parentsOf(root.place)) entries.set(parent, { op: 'directory', path: parent, mode: 0o755 });
    await add(root, root.physical, root.place);
  }

  async function walk(root: PackRoot, directory: string, place: string): Promise<void> {
    await pause();
    progress.update('reading', entries.size, entries.size);
    for (const { name } of readDirectory(directory)) {
      if (root === top && place === '' && name === NOX) {
        // Wrappers fall back to what lies there when the store is not where it was.
        await add(root, wrappedPrograms(directory), wrappedPrograms('').slice(1));
        continue;
      }
      await add(root, `${directory === '/' ? '' : directory}/${name}`, under(place, name));
    }
  }

  async function add(root: PackRoot, path: string, place: string): Promise<void> {
    const found = status(path);
    if (found === null) return;
    if (found.type === 'directory') {
      entries.set(place, { op: 'directory', path: place, mode: packedMode(found.mode, true) });
      await walk(root, path, place);
    } else if (found.type === 'symlink') {
      entries.set(place, { op: 'symlink', path: place, text: links.textOf({ path, root, place, text: readLink(path) }) });
    } else if (found.type === 'file') {
      const entry = fileEntry(path, place, found);
      entries.set(place, entry);
      inodes.set(entry, `${found.dev}:${found.ino}`);
    } else special.push(path);
  }
}

function fileEntry(source: string, path: string, { mode, mtimeMs, size }: Status): PackEntry {
  return { op: 'file', path, source, size, mode: packedMode(mode, false), mtime: packedTime(mtimeMs) };
}

/** The trees of the packages. A second path to one tree becomes a link, entered at once. */
function rootsOf(placed: readonly PlacedPackage[], { entries, profile }: { readonly entries: Map<string, PackEntry>; readonly profile: string }): PackRoot[] {
  const known = new Map<string, PackRoot>();
  for (const { pkg, place } of placed) {
    const physical = realPath(packagePath(pkg));
    if (physical === null || status(physical)?.type !== 'directory') throw new NoxError('package-gone', { id: pkg.id, store: pkg.store, profile });
    const other = known.get(physical);
    if (other === undefined) known.set(physical, { physical, place });
    else {
      for (const parent of parentsOf(place)) entries.set(parent, { op: 'directory', path: parent, mode: 0o755 });
      entries.set(place, { op: 'symlink', path: place, text: relativeText(place, other.place) });
    }
  }
  return [...known.values()];
}

const parentsOf = (path: string): string[] => path.split('/').slice(0, -1).map((_, at, parts) => parts.slice(0, at + 1).join('/'));

function linkEqualInodes(sorted: readonly PackEntry[], inodes: ReadonlyMap<PackEntry, string>): PackEntry[] {
  const first = new Map<string, string>();
  return sorted.map((entry) => {
    const inode = inodes.get(entry);
    if (inode === undefined) return entry;
    const to = first.get(inode);
    if (to !== undefined) return { op: 'hard-link', path: entry.path, to };
    first.set(inode, entry.path);
    return entry;
  });
}

/** What nox itself puts into a pack, beside what was scanned. */
export function ownEntries(scripts: Readonly<Record<string, string>>, record: string, isTaken: (path: string) => boolean): PackEntry[] {
  const text = (path: string, content: string): PackEntry => ({ op: 'text', path, content: toBytes(content) });
  const shortcuts = Object.keys(scripts).map((script): PackEntry => {
    const path = script.replace(/\.sh$/, '');
    return { op: 'symlink', path, text: `${NOX}/${script}` };
  });
  return [
    { op: 'directory', path: NOX, mode: 0o755 },
    text(packRecord, record),
    ...Object.entries(scripts).map(([script, content]) => text(`${NOX}/${script}`, content)),
    ...shortcuts.filter(({ path }) => !isTaken(path)),
  ];
}
