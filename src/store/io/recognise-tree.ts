import { isAnyNoxError } from '../../errors.js';
import { type Entry, readDirectoryIfAny, status, statusFollowed } from '../../fs/disk.js';
import { isNixName, LEVELS, PACKAGE_MARKS, patternsFor, type Recognised, type TreeKind } from '../adoption.js';

/** Where, below the directory that a user may name, the trees themselves are. */
const INSIDE: ReadonlyArray<readonly [kind: TreeKind, below: string]> = [['spack', 'opt/spack'], ['easybuild', 'software'], ['conda', 'pkgs'], ['nix', 'store']];
/** Directories that are looked into on each level: the answer does not depend on the ten thousandth. */
const LOOKED_INTO = 200;

/** A tree and what it is. */
export interface FoundTree extends Recognised {
  readonly path: string;
}

/** The tree of another package manager where such a one has it inside of what is at a path, or at the path itself; `null` when there is none. Reads only. */
export function recogniseTree(path: string): FoundTree | null {
  for (const [kind, below] of INSIDE) {
    const inside = statusFollowed(`${path}/${below}`)?.type === 'directory' ? recognise(`${path}/${below}`) : null;
    if (inside?.kind === kind) return { path: `${path}/${below}`, ...inside };
  }
  const found = recognise(path);
  return found === null ? null : { path, ...found };
}

function recognise(root: string): Recognised | null {
  for (const [kind, mark] of PACKAGE_MARKS) {
    const levels = LEVELS[kind].filter((level) => directoriesAt(root, level).some((directory) => status(`${directory}/${mark}`) !== null));
    if (levels.length > 0) return { kind, patterns: patternsFor(kind, levels) };
  }
  const names = entriesOf(root).filter(({ name }) => !name.startsWith('.'));
  const nix = names.filter(({ name }) => isNixName(name));
  return nix.length > 0 && nix.length * 2 > names.length ? { kind: 'nix', patterns: patternsFor('nix', [1]) } : null;
}

/** Some of the directories that are so many levels below; a package is not looked into for others. */
function directoriesAt(root: string, level: number): string[] {
  let paths = [root];
  for (let at = 0; at < level; at += 1) {
    const outside = at === 0 ? paths : paths.filter((path) => PACKAGE_MARKS.every(([, mark]) => status(`${path}/${mark}`) === null));
    paths = outside.flatMap((path) => entriesOf(path).filter(({ name, type }) => type === 'directory' && !name.startsWith('.')).map(({ name }) => `${path}/${name}`)).slice(0, LOOKED_INTO);
  }
  return paths;
}

/** What cannot be read tells nothing. */
function entriesOf(path: string): readonly Entry[] {
  try {
    return readDirectoryIfAny(path) ?? [];
  } catch (error) {
    if (isAnyNoxError(error)) return [];
    throw error;
  }
}
