/**
 * What may become part of a package. Every entry that a source offers is judged here before anything of it is written: a name that
 * leads elsewhere, two entries of one path, an entry below a file or a link, and whatever is neither a file, a directory nor a symlink.
 */
import { toBytes } from '../../fs/bytes.js';
import type { ContentEntry } from '../contents.js';

/** Caps on what one package may hold. */
export interface Limits {
  readonly entries: number;
  /** Components of a path; bytes of a path, of a component, of the text of a symlink. */
  readonly depth: number;
  readonly path: number;
  readonly name: number;
  readonly text: number;
  /** Bytes of all files. */
  readonly size: number;
  /** How many times its compressed size a source may expand to, once it is past so many bytes. */
  readonly expansion: number;
  readonly expansionFrom: number;
}

export const LIMITS: Limits = {
  entries: 1_000_000, depth: 128, path: 3000, name: 255, text: 4000, size: 2 ** 40, expansion: 200, expansionFrom: 256 << 20,
};

/** What a source offers. `mode` may hold set-user-id, set-group-id and sticky bits. */
export interface Offered {
  /** As the source has it. */
  readonly path: string;
  readonly type: ContentEntry['type'] | 'hard link' | 'other';
  readonly mode: number;
  readonly size: number;
  /** Text of a symlink, path of the file that a hard link means. */
  readonly text: string;
}

/** The entries that a package has so far, by path. */
export interface Admission {
  /** Path in the package to what is there. */
  readonly types: ReadonlyMap<string, ContentEntry['type']>;
  /** Pairs of paths that are one on a file system that ignores case, each pair once. */
  takeCaseCollisions(): ReadonlyArray<readonly [string, string]>;
  /** Where a path of the source is in the package. */
  pathOf(path: string): string;
  /**
   * Takes an entry in, and with it the directories above that the source has not named; throws what `refuse` makes of a problem.
   * @returns the clean path, empty for the root, and what is new of the directories above, the uppermost first.
   */
  admit(offered: Offered): { readonly path: string; readonly parents: readonly string[]; readonly isNew: boolean };
}

interface AdmissionOptions {
  readonly limits: Limits;
  /** Whether set-user-id and its like are a reason to refuse a file, or only left out. */
  readonly setId: 'refuse' | 'drop';
  /** Where an entry goes, given its clean path: the same by default. */
  readonly place?: (path: string) => string;
  readonly refuse: (entry: string | null, problem: string) => Error;
}

export function createAdmission({ limits, setId, refuse, place = (path) => path }: AdmissionOptions): Admission {
  const types = new Map<string, ContentEntry['type']>();
  const folded = new Map<string, string>();
  const caseCollisions: Array<readonly [string, string]> = [];
  let bytes = 0;

  const put = (path: string, type: ContentEntry['type'], offered: string): void => {
    if (types.size >= limits.entries) throw refuse(offered, `there are more than ${limits.entries} entries`);
    types.set(path, type);
    const fold = path.toLowerCase();
    const other = folded.get(fold);
    if (other === undefined) folded.set(fold, path);
    else if (caseCollisions.length < 1000) caseCollisions.push([other, path]);
  };

  return { types, takeCaseCollisions: () => caseCollisions.splice(0), pathOf: (path) => place(cleanPath(path)), admit };

  function admit(offered: Offered): { path: string; parents: readonly string[]; isNew: boolean } {
    const problem = offeredProblem(offered, limits) ?? (setId === 'refuse' && offered.type === 'file' && (offered.mode & 0o7000) !== 0 ? `it has set-user-id, set-group-id or sticky bits (${offered.mode.toString(8)})` : null);
    if (problem !== null) throw refuse(offered.path, problem);
    const path = place(cleanPath(offered.path));
    if (path === '') {
      if (offered.type !== 'directory') throw refuse(offered.path, 'the package itself is not a directory');
      return { path, parents: [], isNew: false };
    }
    const misplaced = placeProblem(path, offered.type);
    if (misplaced !== null) throw refuse(offered.path, misplaced);
    bytes += offered.size;
    if (bytes > limits.size) throw refuse(offered.path, `its files are larger than ${limits.size} bytes`);
    const parents = parentsOf(path, offered.path);
    const type = offered.type === 'hard link' ? 'file' : (offered.type as ContentEntry['type']);
    const known = types.get(path);
    if (known === undefined) put(path, type, offered.path);
    else if (known !== 'directory' || type !== 'directory') throw refuse(offered.path, `there are two entries of that path, a ${known} and a ${type}`);
    return { path, parents, isNew: known === undefined };
  }

  function parentsOf(path: string, offered: string): string[] {
    const missing: string[] = [];
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      const known = types.get(parent);
      if (known === 'directory') break;
      if (known !== undefined) throw refuse(offered, `it lies below "${parent}", which is a ${known}`);
      missing.unshift(parent);
    }
    for (const parent of missing) put(parent, 'directory', offered);
    return missing;
  }
}

/** Why an entry cannot be at this path of a package, in words; `null` when it can. Names count on a file system that ignores case, too. */
export function placeProblem(path: string, type: Offered['type']): string | null {
  const end = path.indexOf('/');
  if ((end < 0 ? path : path.slice(0, end)).toLowerCase() === '.nox') return 'that name is reserved for nox';
  return path === 'nox-package.yaml' && type !== 'file' ? 'it is not a regular file' : null;
}

/** The path without `./`, double slashes and a slash at its end. */
export function cleanPath(path: string): string {
  if (!/(^|\/)(\.?)(\/|$)/.test(path)) return path;
  return path.split('/').filter((part) => part !== '' && part !== '.').join('/');
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function offeredProblem(offered: Offered, limits: Limits): string | null {
  if (offered.type === 'other') return 'it is neither a file, a directory nor a link';
  const problem = pathProblem(offered.path, limits);
  if (problem !== null) return problem;
  if (offered.type === 'hard link') {
    const target = pathProblem(offered.text, limits);
    return target === null ? null : `it is a hard link to "${offered.text}": ${target}`;
  }
  if (offered.type !== 'symlink') return null;
  if (offered.text === '') return 'it is a symlink to nothing';
  if (CONTROL.test(offered.text)) return 'the text of the symlink holds control characters';
  return toBytes(offered.text).length > limits.text ? `the text of the symlink is longer than ${limits.text} bytes` : null;
}

/** Why a path of an archive cannot be one of a package, in words; `null` when it can. */
function pathProblem(path: string, limits: Limits): string | null {
  if (path === '') return 'its name is empty';
  if (path.startsWith('/')) return 'its path is absolute';
  if (CONTROL.test(path)) return 'its name holds control characters';
  const parts = path.split('/');
  if (parts.includes('..')) return 'its path leads upwards (..)';
  if (parts.length > limits.depth) return `it lies deeper than ${limits.depth} levels`;
  if (path.length > limits.path || toBytes(path).length > limits.path) return `its path is longer than ${limits.path} bytes`;
  return parts.some((part) => part.length > limits.name || toBytes(part).length > limits.name) ? `a name in its path is longer than ${limits.name} bytes` : null;
}
