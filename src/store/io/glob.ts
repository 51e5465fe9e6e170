import { posix } from 'node:path';
import { isNoxError } from '../../errors.js';
import { type Entry, readDirectory } from '../../fs/disk.js';

/** A directory or symlink that a pattern matched; the path is relative to the root. */
interface Match {
  readonly path: string;
  readonly type: 'directory' | 'symlink';
}

interface GlobOptions {
  readonly root: string;
  /** Called with each directory read, path relative to the root (empty for the root); `false` keeps the search out of it. */
  enter(path: string, entries: readonly Entry[]): boolean;
  /** Called for each directory that cannot be read; the search goes on beside it. */
  unreadable(path: string, error: Error): void;
}

/** Levels below the start of a pattern to which `**` reaches. */
const DEPTH = 8;

/**
 * The directories and symlinks that patterns match, by fast-glob, with names exact to the byte; unsorted, hidden entries
 * left out. A symlink may end a match; it is entered only where a pattern spells out its name before the first
 * wildcard, so loops end. Assumes patterns that `patternProblem` accepts.
 */
export async function globDirectories(patterns: readonly string[], options: GlobOptions): Promise<Match[]> {
  // Loaded here, since few stores have patterns.
  const { default: glob } = await import('fast-glob');
  const { root } = options;
  const found = glob.sync([...patterns], {
    cwd: root,
    deep: DEPTH,
    dot: false,
    onlyFiles: false,
    objectMode: true,
    followSymbolicLinks: false,
    braceExpansion: false,
    extglob: false,
    // fast-glob asks for nothing else when it neither follows links nor wants stats, and patterns are not static.
    fs: { readdirSync: ((path: string) => listing(path, options)) as never },
  });
  return found.flatMap(({ path, dirent }) => (dirent.isDirectory() ? { path, type: 'directory' } : dirent.isSymbolicLink() ? { path, type: 'symlink' } : []));
}

/** True when a pattern has a wildcard; one without names a single entry, which needs no search. */
export function isWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

function listing(absolute: string, options: GlobOptions): object[] {
  const path = posix.relative(options.root, absolute);
  try {
    const entries = readDirectory(absolute);
    return options.enter(path, entries) ? entries.map(direntOf) : [];
  } catch (error) {
    if (!isNoxError(error, 'not-permitted') && !isNoxError(error, 'file-system')) throw error;
    options.unreadable(path, error);
    return [];
  }
}

/** An entry in the form of Node's `Dirent`. */
function direntOf({ name, type }: Entry): object {
  const no = (): boolean => false;
  return {
    name,
    isFile: () => type === 'file',
    isDirectory: () => type === 'directory',
    isSymbolicLink: () => type === 'symlink',
    isBlockDevice: no,
    isCharacterDevice: no,
    isFIFO: no,
    isSocket: no,
  };
}
