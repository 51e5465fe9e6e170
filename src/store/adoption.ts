/** Trees of other package managers that work as stores where they are: what each looks like, and where its packages are. */

/** Whose tree it is. */
export type TreeKind = 'spack' | 'easybuild' | 'conda' | 'nix';

export const TREE_KINDS: readonly TreeKind[] = ['spack', 'easybuild', 'conda', 'nix'];

/** The program's own name, for messages. */
export const TREE_NAMES: Readonly<Record<TreeKind, string>> = { spack: 'Spack', easybuild: 'EasyBuild', conda: 'conda', nix: 'Nix' };

/** What was found in a tree. */
export interface Recognised {
  readonly kind: TreeKind;
  /** Where its packages are, relative to the tree. */
  readonly patterns: readonly string[];
}

/** Below a tree, by the kind that has it: the entry that marks a package as one of that kind. */
export const PACKAGE_MARKS: ReadonlyArray<readonly [kind: TreeKind, mark: string]> = [
  ['spack', '.spack/spec.json'],
  ['easybuild', 'easybuild'],
  ['conda', 'info/index.json'],
];

/** Levels at which a kind has its packages: `arch/compiler/name-version-hash` in Spack, and what its site may configure. */
export const LEVELS: Readonly<Record<TreeKind, readonly number[]>> = { spack: [1, 2, 3, 4], easybuild: [2], conda: [1], nix: [1] };

const NIX_PATH = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-[A-Za-z0-9+._?=-]+$/;

/** True for the name of a path in a Nix store: 32 characters of Nix's own alphabet, then a name. */
export const isNixName = (name: string): boolean => NIX_PATH.test(name);

/**
 * The patterns for packages of a kind at those levels. In a conda cache, `name-version-build` leaves out the cache of indexes; in a Nix
 * store, where plain files such as derivations are no packages anyhow, a dash must follow the hash.
 */
export function patternsFor(kind: TreeKind, levels: readonly number[]): readonly string[] {
  switch (kind) {
    case 'conda':
      return ['*-*-*'];
    case 'nix':
      return ['*-*'];
    default:
      return [...levels].sort((a, b) => a - b).map((level) => Array.from({ length: level }, () => '*').join('/'));
  }
}
