import { posix } from 'node:path';
import { bystanders } from '../collect/io/places.js';
import { accounts, userOf } from '../collect/io/accounts.js';
import { absolve, clearMarks, condemn, isOwnMark, readMark } from '../collect/io/marks.js';
import { type LinksSeen, measureAfter, type Size } from '../collect/io/measure.js';
import { quarantine } from '../collect/io/quarantine.js';
import type { Survey, SurveyedStore } from '../collect/io/survey-stores.js';
import type { Doubt } from '../collect/survey.js';
import { homesOfCaller, releaseHomesOf, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError, NoxError, quoted } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { isWritable, type Status, status } from '../fs/disk.js';
import { isFull } from '../fs/reserve.js';
import { TREE_NAMES } from '../store/adoption.js';
import type { ScannedStore } from '../store/io/scan.js';
import type { Package } from '../store/package.js';
import { interruptible, type Pause } from '../interrupt.js';
import { clearStaging } from '../store/io/store-staging.js';
import { syncPoint } from '../sync-point.js';
import { type Ended, finishQuarantine } from './finish-quarantine.js';
import { readStores } from './read-stores.js';
import { restorePackages } from './restore-packages.js';
import { distinctStores, takeSurvey } from './take-survey.js';

export interface GarbageRequest {
  readonly store?: readonly string[] | undefined;
  readonly profiles?: string | undefined;
  /** Users whose closed homes and records do not count. */
  readonly forget: readonly string[];
  /** Seconds; `null` for what the store says. */
  readonly settle: number | null;
  readonly minAge: number | null;
  /** Identifiers to take out of quarantine; then nothing is collected. */
  readonly restore: readonly string[];
  /** Only delete what is in quarantine, whatever the store's retention. */
  readonly purge: boolean;
  readonly dryRun: boolean;
}

export interface PackageRef {
  readonly id: string;
  readonly store: string;
}

export interface RemovedPackage extends Size, PackageRef {}

export interface GarbageResult {
  readonly dryRun: boolean;
  /** What was removed, or would be, its aliases included. */
  readonly removed: readonly RemovedPackage[];
  /** Number of packages that stay. */
  readonly kept: number;
  /** What came back out of quarantine. */
  readonly restored: readonly PackageRef[];
  readonly doubts: readonly Doubt[];
  /** Packages in quarantine until the store's retention is over. */
  readonly quarantined: readonly PackageRef[];
}

/** Seconds: over twice the time for which network file systems keep attributes. */
const SETTLE = { private: 0, shared: 180 };
const MIN_AGE = { private: 0, shared: 86_400 };
/** Milliseconds that a mark counts beyond the settling time. */
const MARK_GRACE = 3_600_000;

/**
 * Removes what no root reaches, from the stores that the caller may write and that are not in doubt: survey, mark, settle,
 * survey, quarantine, survey, restore or delete. On a full disk, renames and unlinks do. docs/collection.md argues why nothing live is lost.
 */
export async function collectGarbage(context: Context, request: GarbageRequest): Promise<GarbageResult> {
  const stores = distinctStores(await readStores(context, request));
  if (request.restore.length > 0) return restorePackages(context, request, stores);
  const survey = (): Survey => takeSurvey(context, { ...request, links: 'all' }, stores);
  const first = survey();
  const doubts = doubtsOf(first);
  tellUnheeded(context, request, stores);
  const collected = request.purge ? [] : first.stores.filter(({ store, doubts: own }) => store.writable && own.length === 0);
  const { planned, unreadable } = measureAll(collected.flatMap((surveyed) => candidatesOf(context, request, surveyed, first)));
  doubts.push(...unreadable);
  syncPoint(context, 'after-survey');
  const writable = stores.filter((store) => store.writable);
  if (request.dryRun) return dryRun(stores, { planned, doubts, ended: finishQuarantine(context, request, writable) });

  const { marked, unmarked } = mark(context, request, collected, planned);
  const settleFor = (packages: readonly Planned[], pause: Pause): Promise<void> => settle(context, request, { stores: collected.filter(({ store }) => packages.some(({ pkg }) => pkg.store === store.path)), pause });
  syncPoint(context, 'after-mark');
  try {
    // A signal while packages are marked takes the marks away; later, what is in quarantine is the next collector's.
    await interruptible(async (pause) => {
      if (marked.length + unmarked.length === 0) return;
      await settleFor([...marked, ...unmarked], pause);
      const second = survey();
      doubts.push(...doubtsOf(second));
      syncPoint(context, 'after-second-survey');
      await pause();
      const isUnclaimed = ({ pkg: { store, id } }: Planned): boolean => readMark(store, id, context.now()) === null;
      const isOwn = ({ pkg: { store, id } }: Planned): boolean => isOwnMark(store, id, context.now());
      const isDead = (one: Planned): boolean => isStillDead(one, second);
      const unmarkedDead = unmarked.filter(isDead).filter(isUnclaimed);
      doubts.push(...takeAway(context, [...marked.filter(isDead).filter(isOwn), ...unmarkedDead].map(({ pkg }) => pkg)));
      syncPoint(context, 'after-quarantine');
      // Where there was no room for a mark, the package's absence is the mark, and counts from here.
      await settleFor(unmarkedDead, () => Promise.resolve());
    });
    const ended = finishQuarantine(context, request, writable);
    return resultOf({ stores, dryRun: false, ended, doubts: [...doubts, ...ended.doubts] });
  } finally {
    for (const { pkg } of marked) if (isOwnMark(pkg.store, pkg.id, context.now())) absolve(pkg.store, pkg.id);
    for (const store of writable) clearQuietly(context, store.path);
  }
}

/** What cannot be cleared does not count, or is told by `doctor`. */
function clearQuietly(context: Context, store: string): void {
  try {
    clearMarks(store, context.now());
    clearStaging(store, context.now());
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
  }
}

/** What the caller asked for and that has no effect. */
function tellUnheeded(context: Context, { forget }: GarbageRequest, stores: readonly ScannedStore[]): void {
  for (const user of forget) if (!/^\d+$/.test(user) && !accounts().some((account) => account.user === user)) context.say(`no account is called ${quoted(user)}`);
  if (stores.length > 0 && !stores.some(({ writable }) => writable)) context.say(`nothing can be collected: ${stores.map(whyNot).join(', ')}`);
}

const whyNot = ({ path, config: { adopted } }: ScannedStore): string => `${quoted(path)} ${adopted === null ? 'is not yours to write' : `is a tree of ${TREE_NAMES[adopted]}, which nox only reads`}`;

const doubtsOf = ({ stores }: Survey): Doubt[] => stores.filter(({ store }) => store.writable || store.unsure !== null).flatMap(({ doubts }) => doubts);

function candidatesOf(context: Context, request: GarbageRequest, { store, scope }: SurveyedStore, survey: Survey): Candidate[] {
  const { minAge } = request;
  const youngest = context.now().getTime() - (minAge ?? store.config.minAge ?? MIN_AGE[scope]) * 1000;
  const isBystander = bystanders(placesOf(context, request, survey));
  const dead = store.packages.filter((pkg) => pkg.aliasOf === null && !survey.holders.has(pkg.path) && landedBy(pkg, youngest) && !isBystander(pkg.path));
  return dead.map((pkg) => ({ pkg, youngest, aliases: store.packages.filter((other) => other.aliasOf === pkg.id).map(({ path }) => path) }));
}

/** Stores, profile homes, and the caller's home. */
function placesOf(context: Context, request: GarbageRequest, { stores, profiles }: Survey): string[] {
  const homes = [...homesOfCaller(context, request), ...releaseHomesOf(context), ...stores.flatMap(({ store }) => store.config.releases), ...profiles.map(({ path }) => posix.dirname(path))];
  return [...homes, ...stores.map(({ store }) => store.path), ...storePathOf(context, {}), context.home];
}

/** The change time of its directory is when a package landed: a rename sets it. */
const landedBy = ({ path }: Package, youngest: number): boolean => (status(path)?.ctimeMs ?? Infinity) <= youngest;

interface Candidate {
  readonly pkg: Package;
  /** Milliseconds since 1970: what landed later stays, be it under the same name. */
  readonly youngest: number;
  /** Paths of its aliases, which leave with it. */
  readonly aliases: readonly string[];
}

interface Planned extends Candidate {
  readonly size: Size;
}

/** What cannot be read whole could not be deleted whole either, nor what is in directories of others that the caller may not write. */
function measureAll(candidates: readonly Candidate[]): { planned: Planned[]; unreadable: Doubt[] } {
  const links: LinksSeen = new Map();
  const planned: Planned[] = [];
  const unreadable: Doubt[] = [];
  for (const candidate of candidates) {
    try {
      planned.push({ ...candidate, size: measureAfter(links, [candidate.pkg.path, ...candidate.aliases], refuseForeign) });
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      // Another collector was faster.
      if (status(candidate.pkg.path) === null) continue;
      unreadable.push({ path: candidate.pkg.path, reason: `it is unused, and ${error.message}`, hint: 'let its owner remove it, or give you permission', user: null });
    }
  }
  return { planned, unreadable };
}

function refuseForeign(path: string, { uid }: Status): void {
  const me = process.getuid?.();
  if (me === 0 || uid === me || isWritable(path)) return;
  throw new NoxError('not-permitted', { step: 'remove what is in', path, reason: `it is of ${userOf(uid) ?? 'another'}`, errno: 0, state: null, profile: null });
}

interface Marking {
  readonly marked: readonly Planned[];
  /** Those that a full disk has no room to mark. */
  readonly unmarked: readonly Planned[];
}

/** A mark counts until the longest settling of this run is over; see {@link settle}. What another collector has marked is its own. */
function mark(context: Context, request: GarbageRequest, collected: readonly SurveyedStore[], planned: readonly Planned[]): Marking {
  const seconds = Math.max(0, ...collected.map((surveyed) => settleOf(surveyed, request.settle)));
  const [marked, unmarked]: [Planned[], Planned[]] = [[], []];
  for (const one of planned) {
    const { pkg } = one;
    const now = context.now();
    try {
      if (condemn(pkg.store, pkg.id, new Date(now.getTime() + seconds * 1000 + MARK_GRACE), now)) marked.push(one);
    } catch (error) {
      if (!isFull(error)) throw error;
      unmarked.push(one);
    }
  }
  if (unmarked.length > 0) context.say('the disk is too full for marks and records: what is unused is renamed at once, and comes back if somebody used it');
  return { marked, unmarked };
}

const settleOf = ({ store, scope }: SurveyedStore, asked: number | null): number => asked ?? store.config.settle ?? SETTLE[scope];

async function settle(context: Context, request: GarbageRequest, { stores, pause }: { readonly stores: readonly SurveyedStore[]; readonly pause: Pause }): Promise<void> {
  const seconds = Math.max(0, ...stores.map((surveyed) => settleOf(surveyed, request.settle)));
  for (let left = seconds; left > 0; left -= 1) {
    context.progress.update('settling, seconds left', seconds - left, seconds);
    await pause();
    await new Promise((resolve) => setTimeout(resolve, Math.min(1, left) * 1000));
  }
}

function isStillDead({ pkg, youngest }: Planned, survey: Survey): boolean {
  const inDoubt = survey.stores.some(({ store, doubts }) => store.path === pkg.store && doubts.length > 0);
  return !inDoubt && !survey.holders.has(pkg.path) && landedBy(pkg, youngest);
}

/** Puts packages into quarantine; those that cannot be renamed stay, and why is returned. */
function takeAway(context: Context, dead: readonly Package[]): Doubt[] {
  return dead.flatMap((pkg) => {
    try {
      quarantine(pkg.store, pkg.id, context.now());
      return [];
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      return [{ path: pkg.path, reason: error.message, hint: 'let the owner of the directory that holds it collect it', user: null }];
    }
  });
}

interface Outcome {
  readonly stores: readonly ScannedStore[];
  readonly dryRun: boolean;
  readonly ended: Ended;
  readonly doubts: readonly Doubt[];
}

/** What would be removed now, and what is in quarantine and would be. */
function dryRun(stores: readonly ScannedStore[], { planned, doubts, ended }: { planned: readonly Planned[]; doubts: readonly Doubt[]; ended: Ended }): GarbageResult {
  const removed = planned.map(({ pkg, size }): RemovedPackage => ({ id: pkg.id, store: pkg.store, ...size }));
  const isRetained = ({ store: path }: PackageRef): boolean => stores.some((store) => store.path === path && store.config.retention !== null);
  const going = removed.filter((pkg) => !isRetained(pkg));
  const waiting = removed.filter(isRetained);
  return resultOf({ stores, dryRun: true, doubts: [...doubts, ...ended.doubts], ended: { ...ended, removed: [...ended.removed, ...going], retained: [...ended.retained, ...waiting] } });
}

function resultOf({ stores, dryRun: isDry, ended, doubts }: Outcome): GarbageResult {
  const order = (a: PackageRef, b: PackageRef): number => byName(a.store, b.store) || byName(a.id, b.id);
  const gone = new Set([...ended.removed, ...ended.retained].map(({ store, id }) => `${store}/${id}`));
  const kept = stores.flatMap((store) => store.packages).filter((pkg) => pkg.aliasOf === null && !gone.has(pkg.path)).length;
  const place = ({ id, store }: PackageRef): PackageRef => ({ id, store });
  const sized = ({ id, store, files, inodes, bytes }: RemovedPackage): RemovedPackage => ({ id, store, files, inodes, bytes });
  const unique = [...new Map(doubts.map((doubt) => [`${doubt.path}\0${doubt.reason}`, doubt])).values()];
  return {
    dryRun: isDry, removed: ended.removed.map(sized).sort(order), kept, restored: ended.restored.map(place).sort(order),
    doubts: unique.sort((a, b) => byName(a.path, b.path) || byName(a.reason, b.reason)), quarantined: ended.retained.map(place).sort(order),
  };
}
