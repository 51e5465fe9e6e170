/* A link farm: which directories, links and few files present a set of packages as one tree. */
import type { Remedy } from '../remedy.js';

/** A link to a package's own entry of the same name. */
export interface FarmLink {
  readonly name: string;
  /** The package: its index among the farm's roots. */
  readonly root: number;
  /** The directory of the package that holds the entry; '' for its root. */
  readonly at: string;
}

/** A file in the place of a link to a package's entry. */
export interface FarmFile extends FarmLink {
  readonly kind: Remedy['kind'];
}

/** A file to make. */
export interface PlannedFile extends FarmFile {
  readonly remedy: Remedy;
}

/** A file as nox left it: whatever differs is the user's. */
export interface MadeFile {
  readonly size: number;
  /** Milliseconds since 1970, a whole number of seconds. */
  readonly mtime: number;
  /** In hex. */
  readonly sha256: string;
}

/** Links to entries of one directory of a package, together: a farm has tens of thousands of links, and few such directories. */
export interface LinkGroup {
  /** The package: its index among the farm's roots. */
  readonly root: number;
  /** The directory of the package that holds the entries; '' for its root. */
  readonly at: string;
  /** Sorted. */
  readonly names: readonly string[];
}

export interface FarmDirectory {
  /** Relative to the profile's root; '' for the root itself. */
  readonly path: string;
  /** The links, by where they lead. */
  readonly from: readonly LinkGroup[];
  readonly files: readonly FarmFile[];
}

/** An entry of the profile that nox did not make and takes along. */
export interface CarriedEntry {
  readonly path: string;
  readonly type: 'directory' | 'file' | 'symlink' | 'other';
  /** The absolute path of the generation that holds it. */
  readonly from: string;
}

/** Directories, parents before children, with their links. */
export interface Farm {
  /** Absolute paths of the packages. */
  readonly roots: readonly string[];
  readonly directories: readonly FarmDirectory[];
}

/** A farm as a generation holds it. */
export interface BuiltFarm extends Farm {
  /** Directories linked as a whole. */
  readonly folded: readonly string[];
  /** Directories that hold nothing else, with the time of their last change when nox was done with them: milliseconds since 1970. */
  readonly times: ReadonlyMap<string, number>;
  /** Every file, by its path. */
  readonly made: ReadonlyMap<string, MadeFile>;
  /** Directories that the user made, with nothing of the user's in them: they stay when no package has anything there any longer. */
  readonly usersOwn: ReadonlySet<string>;
  /** SHA-256 of each ready script, in hex, by its name; empty where an earlier nox built it. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** A farm as planned. */
export interface FarmPlan extends Farm {
  readonly directories: ReadonlyArray<FarmDirectory & { readonly files: readonly PlannedFile[] }>;
  readonly carried: readonly CarriedEntry[];
  /** Paths of the user's own that a package was preferred over, those of directories with nothing in them with a slash at the end. */
  readonly outOfView: readonly string[];
  /** Directories with nothing of the user's in them that the user made, and packages fill. */
  readonly usersOwn: ReadonlySet<string>;
  /** Directories linked as a whole by the folded layout. */
  readonly folded: readonly string[];
  /** The C library's own files that were left out, and whose they are. */
  readonly withoutLibc: readonly { readonly path: string; readonly id: string }[];
}

export type { Collision } from '../../error-data.js';

/** The absolute path of the package's entry: the text of the link to it. */
export const linkTarget = (roots: readonly string[], link: FarmLink): string => `${targetDirectory(roots, link)}/${link.name}`;

/** The absolute path of the package's directory that holds what is linked. */
export const targetDirectory = (roots: readonly string[], { root, at }: Pick<FarmLink, 'root' | 'at'>): string => (at === '' ? (roots[root] ?? '') : `${roots[root] ?? ''}/${at}`);

/** The links of a directory one by one, those that lead to the same directory together. */
export const linksIn = ({ from }: FarmDirectory): FarmLink[] => from.flatMap(({ root, at, names }) => names.map((name) => ({ name, root, at })));

/** What a directory of a farm holds of packages. */
export const entriesIn = (directory: FarmDirectory): readonly FarmLink[] => [...linksIn(directory), ...directory.files];

/** The link or file of this name in a directory of a farm. */
export function entryIn({ from, files }: FarmDirectory, name: string): FarmLink | undefined {
  const group = from.find(({ names }) => names.includes(name));
  return group === undefined ? files.find((file) => file.name === name) : { name, root: group.root, at: group.at };
}

/** Number of links of a farm. */
export function countLinks(farm: Farm): number {
  return farm.directories.reduce((sum, { from }) => sum + from.reduce((links, { names }) => links + names.length, 0), 0);
}
