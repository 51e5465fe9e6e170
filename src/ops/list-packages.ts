import type { Context } from '../context.js';
import { nameOf } from '../profile/io/read-profile.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';

export interface PackageList {
  readonly name: string;
  readonly generation: number | null;
  readonly packages: readonly PackageRow[];
}

interface PackageRow {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly store: string;
  /** True when the user asked for it, false when it came as a dependency. */
  readonly requested: boolean;
  /** What the user typed. */
  readonly request: string | null;
  readonly pinned: boolean;
}

/** The packages of a profile, by name. The profile `default` need not exist. */
export function listPackages(context: Context, selection: ProfileSelection): PackageList {
  const { ref, state } = openOrDefault(context, selection);
  const packages = (state?.manifest.packages ?? []).map(({ id, name, version, store, requested, pinned }) => ({
    id, name, version, store, requested: requested !== null, request: requested, pinned,
  }));
  return { name: nameOf(ref), generation: state === null ? 0 : state.generation, packages };
}
