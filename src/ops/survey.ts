import type { Doubt, Holder, SurveyedProfile } from '../collect/survey.js';
import { measure } from '../collect/io/measure.js';
import type { Context } from '../context.js';
import { isAnyNoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { status } from '../fs/disk.js';
import type { Package } from '../store/package.js';
import { readStores } from './read-stores.js';
import { distinctStores, takeSurvey } from './take-survey.js';

interface SurveyRequest {
  readonly store?: readonly string[] | undefined;
  readonly profiles?: string | undefined;
  readonly forget: readonly string[];
  /** Measure packages, which reads every directory of them. */
  readonly sizes: boolean;
}

/** A package of a generation that is not there any longer. */
interface Dangling {
  readonly profile: string;
  readonly generation: number;
  readonly id: string;
  readonly store: string;
}

export interface SurveyResult {
  readonly profiles: readonly SurveyedProfile[];
  readonly packages: readonly { readonly id: string; readonly store: string; readonly heldBy: readonly Holder[]; readonly inodes: number | null; readonly bytes: number | null }[];
  readonly dangling: readonly Dangling[];
  readonly doubts: readonly Doubt[];
}

/** `survey`: who uses what, from one pass over manifests and records. */
export async function survey(context: Context, request: SurveyRequest): Promise<SurveyResult> {
  const stores = distinctStores(await readStores(context, request));
  const found = takeSurvey(context, { ...request, links: 'none' }, stores);
  const profiles = [...found.profiles].sort((a, b) => byName(a.path, b.path));
  const packages = stores.flatMap((store) => store.packages).filter((pkg) => pkg.aliasOf === null);
  const doubts = new Map(found.stores.flatMap((store) => store.doubts).map((doubt) => [`${doubt.path}\0${doubt.reason}`, doubt]));
  return {
    profiles,
    packages: packages.map((pkg) => ({ id: pkg.id, store: pkg.store, heldBy: sortHolders(found.holders.get(pkg.path) ?? []), ...sizeOf(pkg, request.sizes) })).sort((a, b) => byName(a.store, b.store) || byName(a.id, b.id)),
    dangling: danglingOf(profiles),
    doubts: [...doubts.values()].sort((a, b) => byName(a.path, b.path)),
  };
}

/** Holders in order; what a record says of a profile is left out where the profile itself says it. */
export function sortHolders(holders: readonly Holder[]): Holder[] {
  const read = new Set(holders.filter(({ why }) => why === 'generation').map(({ profile }) => profile));
  return holders.filter(({ why, profile }) => why !== 'record' || !read.has(profile)).sort((a, b) => byName(a.profile, b.profile) || (a.generation ?? -1) - (b.generation ?? -1) || byName(a.why, b.why));
}

function sizeOf({ path }: Package, wanted: boolean): { inodes: number | null; bytes: number | null } {
  if (!wanted) return { inodes: null, bytes: null };
  try {
    const { inodes, bytes } = measure(path);
    return { inodes, bytes };
  } catch (error) {
    if (isAnyNoxError(error)) return { inodes: null, bytes: null };
    throw error;
  }
}

/** Every package that a generation names is looked for once. */
function danglingOf(profiles: readonly SurveyedProfile[]): Dangling[] {
  const there = new Map<string, boolean>();
  const isThere = (path: string): boolean => {
    let known = there.get(path);
    if (known === undefined) there.set(path, (known = exists(path)));
    return known;
  };
  return profiles.flatMap(({ path, generations }) => generations.flatMap(({ number, packages }) =>
    packages.filter(({ id, store }) => !isThere(`${store}/${id}`)).map(({ id, store }) => ({ profile: path, generation: number, id, store }))));
}

function exists(path: string): boolean {
  try {
    return status(path) !== null;
  } catch (error) {
    // What cannot be looked at is not known to be gone.
    if (isAnyNoxError(error)) return true;
    throw error;
  }
}
