import { homesOfCaller, releaseHomesOf } from '../config.js';
import { condemn, absolve, clearMarks, isOwnMark } from '../collect/io/marks.js';
import { measure, type Size } from '../collect/io/measure.js';
import { destroy, quarantine, type Quarantined, readQuarantine, restore } from '../collect/io/quarantine.js';
import { type Survey, type SurveyedStore, surveyStores } from '../collect/io/survey-stores.js';
import type { Doubt } from '../collect/survey.js';
import type { Context } from '../context.js';
import { byName } from '../fs/bytes.js';
import { status } from '../fs/disk.js';
import type { ScannedStore } from '../store/io/scan.js';
import type { Package } from '../store/package.js';
import { syncPoint } from '../sync-point.js';
import { readStores } from './read-stores.js';

export interface GarbageRequest {
  readonly store?: readonly string[] | undefined;
  readonly profiles?: string | undefined;
  /** Users whose closed homes and records do not count. */
  readonly forget: readonly string[];
  /** Seconds; `null` for what the store says. */
  readonly settle: number | null;
  readonly minAge: number | null;
  readonly dryRun: boolean;
}

export interface RemovedPackage extends Size {
  readonly id: string;
  readonly store: string;
}

export interface GarbageResult {
  readonly dryRun: boolean;
  /** What was removed, or would be; in quarantine still where the store has a retention. */
  readonly removed: readonly RemovedPackage[];
  /** Number of packages that stay. */
  readonly kept: number;
  /** Identifiers that came back because somebody began to use them. */
  readonly restored: readonly { readonly id: string; readonly store: string }[];
  readonly doubts: readonly Doubt[];
  /** Packages in quarantine until the store's retention is over. */
  readonly quarantined: readonly { readonly id: string; readonly store: string }[];
}

/** Seconds: over twice the time for which network file systems keep attributes. */
const SETTLE = { private: 0, shared: 180 };
const MIN_AGE = { private: 0, shared: 86_400 };
/** Milliseconds that a mark counts beyond the settling time. */
const MARK_GRACE = 3_600_000;

/**
 * Removes what no root reaches, from the stores that the caller may write and that are not in doubt: survey, mark, settle,
 * survey, quarantine, survey, restore or delete. docs/collection.md argues why nothing live is lost.
 */
export async function collectGarbage(context: Context, request: GarbageRequest): Promise<GarbageResult> {
  const stores = (await readStores(context, request)).filter((store) => !store.missing);
  const survey = (): Survey => takeSurvey(context, request, stores);
  const first = survey();
  const collected = first.stores.filter(({ store, doubts }) => store.writable && doubts.length === 0);
  const candidates = collected.flatMap((surveyed) => candidatesOf(context, request, surveyed, first));
  syncPoint(context, 'after-survey');
  const planned = candidates.map((pkg) => ({ id: pkg.id as string, store: pkg.store, ...measure(pkg.path) }));
  const doubts = uniqueDoubts(first.stores.filter(({ store }) => store.writable).flatMap((surveyed) => surveyed.doubts));
  if (request.dryRun) return resultOf({ stores, dryRun: true, removed: planned, restored: [], quarantined: [], doubts });

  const condemned = mark(context, request, collected, candidates);
  await settle(context, request, collected.filter(({ store }) => condemned.some((pkg) => pkg.store === store.path)));
  const second = survey();
  const dead = condemned.filter((pkg) => isStillDead(context, pkg, second));
  syncPoint(context, 'after-second-survey');
  for (const pkg of dead) quarantine(pkg.store, pkg.id, context.now());
  syncPoint(context, 'after-quarantine');
  const ended = finish(context, request, collected);
  for (const pkg of condemned) absolve(pkg.store, pkg.id);
  for (const { store } of collected) clearMarks(store.path, context.now());
  const sizes = new Map(planned.map((entry) => [`${entry.store}/${entry.id}`, entry]));
  const removed = ended.removed.map((entry) => ({ ...(sizes.get(`${entry.store}/${entry.id}`) ?? entry.size), id: entry.id, store: entry.store }));
  return resultOf({ stores, dryRun: false, removed, restored: ended.restored, quarantined: ended.retained, doubts });
}

/** A survey as collection needs it: with links among unmanaged files. */
export function takeSurvey(context: Context, request: Pick<GarbageRequest, 'profiles' | 'forget'>, stores: readonly ScannedStore[]): Survey {
  const releases = [...releaseHomesOf(context), ...stores.flatMap((store) => store.config.releases)];
  return surveyStores({ stores, own: homesOfCaller(context, request), releases: [...new Set(releases)], forget: new Set(request.forget), links: true, now: context.now() });
}

function candidatesOf(context: Context, { minAge }: GarbageRequest, { store, scope }: SurveyedStore, survey: Survey): Package[] {
  const youngest = context.now().getTime() - (minAge ?? store.config.minAge ?? MIN_AGE[scope]) * 1000;
  return store.packages.filter((pkg) => pkg.aliasOf === null && !survey.holders.has(pkg.path) && (status(pkg.path)?.ctimeMs ?? Infinity) <= youngest);
}

function mark(context: Context, { settle: asked }: GarbageRequest, collected: readonly SurveyedStore[], candidates: readonly Package[]): Package[] {
  return candidates.filter((pkg) => {
    const surveyed = collected.find(({ store }) => store.path === pkg.store);
    const seconds = surveyed === undefined ? 0 : settleOf(surveyed, asked);
    const now = context.now();
    return condemn(pkg.store, pkg.id, new Date(now.getTime() + seconds * 1000 + MARK_GRACE), now);
  });
}

const settleOf = ({ store, scope }: SurveyedStore, asked: number | null): number => asked ?? store.config.settle ?? SETTLE[scope];

async function settle(context: Context, request: GarbageRequest, stores: readonly SurveyedStore[]): Promise<void> {
  const seconds = Math.max(0, ...stores.map((surveyed) => settleOf(surveyed, request.settle)));
  for (let left = seconds; left > 0; left -= 1) {
    context.progress.update('settling, seconds left', seconds - left, seconds);
    await new Promise((resolve) => setTimeout(resolve, Math.min(1, left) * 1000));
  }
}

function isStillDead(context: Context, pkg: Package, survey: Survey): boolean {
  const inDoubt = survey.stores.some(({ store, doubts }) => store.path === pkg.store && doubts.length > 0);
  return !inDoubt && !survey.holders.has(pkg.path) && isOwnMark(pkg.store, pkg.id, context.now());
}

interface Ended {
  readonly removed: (Quarantined & { readonly size: Size })[];
  readonly restored: Quarantined[];
  readonly retained: Quarantined[];
}

/** Restores or deletes what is in quarantine: this run's packages, and those of collectors that were killed. */
function finish(context: Context, request: GarbageRequest, collected: readonly SurveyedStore[]): Ended {
  const ended: Ended = { removed: [], restored: [], retained: [] };
  for (const { store } of collected) {
    const entries = readQuarantine(store.path);
    if (entries.length === 0) continue;
    const packages = entries.map((entry): Package => ghost(store, entry));
    const survey = takeSurvey(context, request, [{ ...store, packages: [...store.packages, ...packages] }]);
    const inDoubt = survey.stores.some(({ doubts }) => doubts.length > 0);
    for (const entry of entries) {
      const held = survey.holders.has(`${store.path}/${entry.id}`);
      if (held || inDoubt) {
        if (restore(entry)) ended.restored.push(entry);
      } else if (isRetained(context, store, entry)) ended.retained.push(entry);
      else {
        const size = measure(entry.path);
        destroy(entry);
        ended.removed.push({ ...entry, size });
        removeAliases(store, entry.id);
      }
    }
  }
  return ended;
}

/** A package in quarantine, under its old name, for a survey. */
function ghost(store: ScannedStore, { id }: Quarantined): Package {
  const known = store.packages.find((pkg) => pkg.id === id);
  if (known !== undefined) return known;
  const none = { name: null, version: null, description: null, homepage: null, license: null, platform: null, depends: [], conflicts: [], provides: [], priority: null, env: null, prefix: null };
  return { id: id as Package['id'], store: store.path, path: `${store.path}/${id}`, name: id, version: null, aliasOf: null, metadata: none, problem: null };
}

function isRetained(context: Context, { config }: ScannedStore, entry: Quarantined): boolean {
  return config.retention !== null && context.now().getTime() - Date.parse(entry.at) < config.retention * 1000;
}

/** An alias leaves with its package. */
function removeAliases(store: ScannedStore, id: string): void {
  for (const alias of store.packages) {
    if (alias.aliasOf !== id || status(alias.path)?.type !== 'symlink') continue;
    const entry = quarantine(store.path, alias.id, new Date());
    if (entry !== null) destroy(entry);
  }
}

function uniqueDoubts(doubts: readonly Doubt[]): Doubt[] {
  return [...new Map(doubts.map((doubt) => [`${doubt.path}\0${doubt.reason}`, doubt])).values()].sort((a, b) => byName(a.path, b.path));
}

interface ResultParts {
  readonly stores: readonly ScannedStore[];
  readonly dryRun: boolean;
  readonly removed: readonly RemovedPackage[];
  readonly restored: readonly { readonly id: string; readonly store: string }[];
  readonly quarantined: readonly { readonly id: string; readonly store: string }[];
  readonly doubts: readonly Doubt[];
}

function resultOf({ stores, dryRun, removed, restored, quarantined, doubts }: ResultParts): GarbageResult {
  const order = (a: { store: string; id: string }, b: { store: string; id: string }): number => byName(a.store, b.store) || byName(a.id, b.id);
  const gone = new Set([...removed, ...quarantined].map(({ store, id }) => `${store}/${id}`));
  const kept = stores.flatMap((store) => store.packages).filter((pkg) => pkg.aliasOf === null && !gone.has(pkg.path)).length;
  const place = ({ id, store }: { id: string; store: string }): { id: string; store: string } => ({ id, store });
  const sized = ({ id, store, files, inodes, bytes }: RemovedPackage): RemovedPackage => ({ id, store, files, inodes, bytes });
  return { dryRun, removed: removed.map(sized).sort(order), kept, restored: restored.map(place).sort(order), doubts, quarantined: quarantined.map(place).sort(order) };
}

