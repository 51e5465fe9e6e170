import { isNoxError } from '../../errors.js';
import { type Entry, readDirectory, status } from '../../fs/disk.js';
import { identifierProblem } from '../identifier.js';
import type { StoreConfig } from '../store-config.js';
import { globDirectories, isWildcard } from './glob.js';

/** An entry of a store that may be a package. */
export interface Candidate {
  readonly id: string;
  readonly type: 'directory' | 'symlink';
  /** What the directory holds, where the search has read it already. */
  readonly entries: readonly Entry[] | null;
}

/** Something in a store that a user should know of. */
export interface StoreWarning {
  readonly path: string;
  readonly problem: string;
}

/** What may be packages, and the directories in which they were looked for, relative to the store. */
interface Found {
  readonly candidates: readonly Candidate[];
  readonly parents: readonly string[];
}

/** Names that tell an installed tree from a directory that only holds versions. */
const OF_A_TREE = new Set([
  'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libexec', 'include', 'share', 'etc', 'man', 'info', 'site-packages', '.spack', 'nox-package.yaml',
]);

/** What {@link findCandidates} starts from. */
interface StoreListing {
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly config: StoreConfig;
  warn(warning: StoreWarning): void;
}

/**
 * The entries that may be packages, unsorted: directories and symlinks at one level, or where the store's patterns say,
 * and those that its `packages:` map names. Hidden entries and plain files are not packages. When a directory matches and so
 * do entries inside it, the directory is the package if it looks like an installed tree (it has `bin`, `lib`, `share`, …
 * or metadata), and everything below belongs to it; otherwise the entries inside are.
 */
export async function findCandidates(listing: StoreListing): Promise<Found> {
  const { patterns, packages } = listing.config;
  const parents = new Set(['', ...[...(patterns ?? []), ...packages.keys()].filter((name) => !isWildcard(name)).map(parentOf)]);
  const found = patterns === null ? oneLevel(listing.entries) : await byPatterns(listing, patterns, parents);
  for (const id of packages.keys()) if (!found.has(id)) addNamed(listing, found, id);
  const candidates = withoutNested([...found.values()], (candidate) => isTree(listing, candidate));
  return { candidates, parents: [...parents] };
}

const parentOf = (id: string): string => id.slice(0, Math.max(id.lastIndexOf('/'), 0));
/** True for an identifier at which a store with these patterns looks for a package; `null` stands for one level. */
export async function isPackagePath(id: string, patterns: readonly string[] | null): Promise<boolean> {
  if (patterns === null) return !id.includes('/');
  const { default: picomatch } = await import('picomatch');
  return picomatch([...patterns], { nobrace: true, noextglob: true, nonegate: true })(id);
}

function oneLevel(entries: readonly Entry[]): Map<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const { name, type } of entries) {
    if (!name.startsWith('.') && (type === 'directory' || type === 'symlink')) found.set(name, { id: name, type, entries: null });
  }
  return found;
}

async function byPatterns(listing: StoreListing, patterns: readonly string[], parents: Set<string>): Promise<Map<string, Candidate>> {
  const wild = patterns.filter(isWildcard);
  const found = wild.length === 0 ? new Map<string, Candidate>() : await byWildcards(listing, wild, parents);
  for (const pattern of patterns) if (!isWildcard(pattern)) addNamed(listing, found, pattern);
  return found;
}

async function byWildcards(listing: StoreListing, patterns: readonly string[], parents: Set<string>): Promise<Map<string, Candidate>> {
  const { default: picomatch } = await import('picomatch');
  const isMatch = picomatch([...patterns], { nobrace: true, noextglob: true, nonegate: true });
  const read = new Map<string, readonly Entry[]>();
  const matches = await globDirectories(patterns, {
    root: listing.path,
    enter(path, entries) {
      read.set(path, entries);
      const enters = path === '' || !isMatch(path) || !(looksLikeTree(entries) || listing.config.packages.has(path));
      if (enters) parents.add(path);
      return enters;
    },
    unreadable: (path, error) => listing.warn({ path: `${listing.path}/${path}`, problem: error.message }),
  });
  return new Map(matches.map(({ path, type }) => [path, { id: path, type, entries: read.get(path) ?? null }]));
}

/** Adds the entry of that very name, when there is one. */
function addNamed(listing: StoreListing, found: Map<string, Candidate>, id: string): void {
  const problem = identifierProblem(id);
  const type = problem === null ? status(`${listing.path}/${id}`)?.type : undefined;
  if (type === 'directory' || type === 'symlink') found.set(id, { id, type, entries: null });
  else listing.warn({ path: `${listing.path}/nox-store.yaml`, problem: `it names the package "${id}", ${problem ?? 'which does not exist'}` });
}

function looksLikeTree(entries: readonly Entry[]): boolean {
  return entries.some(({ name }) => OF_A_TREE.has(name));
}

function isTree(listing: StoreListing, { id, type, entries }: Candidate): boolean {
  if (type === 'symlink' || listing.config.packages.has(id)) return true;
  if (entries !== null) return looksLikeTree(entries);
  try {
    return looksLikeTree(readDirectory(`${listing.path}/${id}`));
  } catch (error) {
    if (isNoxError(error, 'not-permitted') || isNoxError(error, 'file-system')) return true;
    throw error;
  }
}

/** Drops either the candidates below a candidate, or the one above; a directory is looked at only where there are both. */
function withoutNested(candidates: readonly Candidate[], isPackage: (candidate: Candidate) => boolean): Candidate[] {
  if (!candidates.some(({ id }) => id.includes('/'))) return [...candidates];
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const verdicts = new Map<string, boolean>();
  for (const { id } of [...candidates].sort((a, b) => a.id.length - b.id.length)) {
    for (let slash = id.indexOf('/'); slash > 0; slash = id.indexOf('/', slash + 1)) {
      const above = byId.get(id.slice(0, slash));
      if (above === undefined || verdicts.get(above.id) === false) continue;
      const verdict = verdicts.get(above.id) ?? isPackage(above);
      verdicts.set(above.id, verdict);
      if (verdict) {
        byId.delete(id);
        break;
      }
    }
  }
  for (const [id, verdict] of verdicts) if (!verdict) byId.delete(id);
  return [...byId.values()];
}
