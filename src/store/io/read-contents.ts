import { isAnyNoxError, NoxError, orNull } from '../../errors.js';
import { type LinkRead, type Listing, type Look, readDirectoryCall, readLinkCall, statusCall } from '../../fs/calls.js';
import { status, type Status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { type HashRequest, hashFileCall } from '../../fs/hash.js';
import { readSealed } from '../../fs/sealed.js';
import { contentsFile, NOX, provenanceFile } from '../../layout.js';
import { byPath, type ContentEntry, type Contents, contentsKind, contentTime, digestOf, type Provenance, provenanceKind, sortContents } from '../contents.js';

/** What a tree was found to hold. */
interface TreeReading {
  readonly contents: Contents;
  /** Devices, FIFOs and sockets: paths in the package. */
  readonly special: readonly string[];
  /** What could not be read, with the reason. */
  readonly failures: ReadonlyArray<{ readonly path: string; readonly error: Error }>;
}

/** Called now and then with the number of files hashed so far. */
type ContentsProgress = (files: number) => void;

/**
 * Reads and hashes all of a package but its `.nox/`, in memory that does not grow with the size of files; many calls at once where the
 * file system is slow. What is there changes nothing: failures and special files are part of the result.
 */
export async function readTree(root: string, progress: ContentsProgress = () => undefined): Promise<TreeReading> {
  const found: Found = { entries: [], special: [], failures: [], hashed: 0 };
  for (let level = ['']; level.length > 0; ) {
    const { directories, symlinks, files } = await list(root, level, found);
    const stats = await statusesOf(root, [...directories, ...symlinks]);
    for (const path of directories) {
      const is = stats.get(path);
      if (is !== undefined) found.entries.push({ type: 'directory', path, mode: is.mode, mtime: seconds(is) });
    }
    await drain(symlinks.map((path): LinkRead => ({
      path: `${root}/${path}`,
      take(text) {
        const is = stats.get(path);
        if (text !== null && is !== undefined) found.entries.push({ type: 'symlink', path, mode: 0o777, mtime: seconds(is), text });
      },
    })), readLinkCall);
    await drain(files.map((path): HashRequest => ({
      path: `${root}/${path}`,
      take(result) {
        found.hashed += 1;
        progress(found.hashed);
        if (result instanceof Error) found.failures.push({ path, error: result });
        else if (result.status.type !== 'file') found.special.push(path);
        else found.entries.push({ type: 'file', path, mode: result.status.mode, mtime: seconds(result.status), size: result.status.size, sha256: result.sha256 });
      },
    })), hashFileCall);
    level = directories;
  }
  return { contents: sortContents(found.entries), special: found.special.sort(byPath), failures: found.failures };
}

interface Found {
  readonly entries: ContentEntry[];
  readonly special: string[];
  readonly failures: Array<{ path: string; error: Error }>;
  hashed: number;
}

/** The paths of what the directories of one level hold. */
async function list(root: string, level: readonly string[], found: Found): Promise<{ directories: string[]; symlinks: string[]; files: string[] }> {
  const paths = { directory: [] as string[], symlink: [] as string[], file: [] as string[], other: found.special };
  await drain(level.map((at): Listing => ({
    path: at === '' ? root : `${root}/${at}`,
    take(entries) {
      for (const { name, type } of entries) if (at !== '' || name !== NOX) paths[type].push(at === '' ? name : `${at}/${name}`);
    },
    fail: (error) => void found.failures.push({ path: at, error: error as Error }),
  })), readDirectoryCall);
  return { directories: paths.directory, symlinks: paths.symlink, files: paths.file };
}

const seconds = ({ mtimeMs }: Status): number => contentTime(mtimeMs / 1000);

async function statusesOf(root: string, paths: readonly string[]): Promise<Map<string, Status>> {
  const stats = new Map<string, Status>();
  const looks = paths.map((path): Look => ({
    path: `${root}/${path}`,
    take(found) {
      if (found !== null) stats.set(path, found);
    },
  }));
  await drain(looks, statusCall);
  return stats;
}

/**
 * The contents of a package as they are now.
 * @throws `special-file` naming the first device, FIFO or socket; what could not be read.
 */
export async function readContents(root: string, id: string, progress?: ContentsProgress): Promise<Contents> {
  if (status(root) === null) throw new NoxError('no-such-file', { path: root });
  const { contents, special: [special], failures: [failure] } = await readTree(root, progress);
  if (failure !== undefined) throw failure.error;
  if (special !== undefined) throw new NoxError('special-file', { path: special, id });
  return contents;
}

/** The contents of a package as nox wrote them down when it imported it; `null` where it did not. @throws `damaged`, `newer-format`. */
export function sealedContents(root: string): Contents | null {
  return sealedRecord(root)?.entries ?? null;
}

/** The same with the digest of the package. @throws `damaged`, `newer-format`. */
export function sealedRecord(root: string): { readonly digest: string; readonly entries: Contents } | null {
  return readSealed(contentsKind, contentsFile(root));
}

/** Whether a look at each entry, which reads no file, tells that a package is not what was imported any longer; `false` where that cannot be told. */
export async function looksChanged(root: string): Promise<boolean> {
  const entries = orNull(() => sealedContents(root));
  if (entries === null) return false;
  let changed = false;
  try {
    await drain(entries.map((should): Look => ({
      path: `${root}/${should.path}`,
      take(is) {
        changed ||= is?.type !== should.type || (should.type === 'file' && is.size !== should.size) || (should.type !== 'symlink' && is.mode !== should.mode);
      },
    })), statusCall);
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
  return changed;
}

/** Where a package was imported from; `null` where nox did not import it. @throws `damaged`, `newer-format`. */
export function provenanceOf(root: string): Provenance | null {
  return readSealed(provenanceKind, provenanceFile(root));
}

/**
 * The digest of a package: that of its sealed contents when it has them, else of what is there now, which has all its files read.
 * @throws as {@link readContents}; `damaged`, `newer-format`.
 */
export async function contentDigest(root: string, id: string = root): Promise<string> {
  return sealedRecord(root)?.digest ?? digestOf(await readContents(root, id));
}
