import type { Remedy } from '../remedy.js';
import type { Collision, FarmPlan } from './farm.js';
import type { Unmanaged } from './join-unmanaged.js';
import type { TreeDirectory } from './tree.js';

/** A package to compose, with the tree that was read of it. */
export interface FarmPackage {
  readonly id: string;
  readonly name: string;
  readonly store: string;
  readonly path: string;
  /** Collisions go to the lowest. */
  readonly priority: number;
  readonly tree: TreeDirectory;
}

export interface FarmRequest {
  /** In the order in which ties are broken. */
  readonly packages: readonly FarmPackage[];
  readonly layout: 'full' | 'folded';
  readonly withLibc: boolean;
  /** Names of packages that win their collisions, the strongest first. */
  readonly prefer: readonly string[];
  /** Names of those among them that win against the user's own files, too: a recorded choice never hides a file. */
  readonly preferOverUnmanaged: ReadonlySet<string>;
  /** True when `path` of the package is to be left out. */
  isHidden(path: string, pkg: FarmPackage): boolean;
  /** What to hold in the place of a link to the file of the package, or `null`. */
  remedyOf(path: string, pkg: FarmPackage): Remedy | null;
  /** True when an absolute path leads to a regular file. */
  readonly isFile: (path: string) => boolean;
  /** Directories that must stay real in the folded layout: those a search path names, and those the user unfolded. By what holds them ('' for the root) and name. */
  mustBeReal(directory: string, name: string): boolean;
  /** True when something below the directory of this name may be such a directory, or hidden, or have a remedy. */
  mustLookInto(directory: string, name: string): boolean;
  /** What the user put into the profile. */
  readonly unmanaged: Unmanaged | null;
  /** True when the two entries, absolute paths, have the same content and may stand for each other. */
  readonly isSame: (a: string, b: string) => boolean;
}

export interface FarmOutcome {
  readonly plan: FarmPlan;
  /** Sorted by path; the plan may be built only when there is none. */
  readonly collisions: readonly Collision[];
}
