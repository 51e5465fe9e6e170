/* A link farm: which directories and links present a set of packages as one tree. */

/** A link to a package's own entry of the same name. */
export interface FarmLink {
  readonly name: string;
  /** The package: its index among the farm's roots. */
  readonly root: number;
  /** The directory of the package that holds the entry; '' for its root. */
  readonly at: string;
}

export interface FarmDirectory {
  /** Relative to the profile's root; '' for the root itself. */
  readonly path: string;
  readonly links: readonly FarmLink[];
}

/** An entry of the profile that nox did not make and takes along. */
export interface CarriedEntry {
  readonly path: string;
  readonly type: 'directory' | 'file' | 'symlink' | 'other';
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
}

/** A farm as planned. */
export interface FarmPlan extends Farm {
  readonly carried: readonly CarriedEntry[];
  /** Directories linked as a whole by the folded layout. */
  readonly folded: readonly string[];
  /** The C library's own files that were left out, and whose they are. */
  readonly withoutLibc: readonly { readonly path: string; readonly id: string }[];
}

export type { Collision } from '../../error-data.js';

/** The text of a link: the absolute path of the package's entry. */
export function linkTarget(roots: readonly string[], link: FarmLink): string {
  return `${roots[link.root] ?? ''}/${link.at === '' ? '' : `${link.at}/`}${link.name}`;
}

/** Number of links of a farm. */
export function countLinks(farm: Farm): number {
  return farm.directories.reduce((sum, directory) => sum + directory.links.length, 0);
}
