import { byName } from '../../fs/bytes.js';
import { setMode } from '../../fs/change.js';
import { isWritable, realPath, status, statusFollowed } from '../../fs/disk.js';
import { clearDrafts } from '../../fs/draft.js';
import { thisProcess } from '../../fs/owner.js';
import { storeRoots } from '../../layout.js';
import { readHomeRecord } from '../../profile/io/home.js';
import type { Manifest } from '../../profile/manifest.js';
import { countCompleteRecords, discard, leaveRecord, readRecord, recordKey, recordsSpeakingFor, replaceableRecords, rootsDirectory } from '../../store/io/root-records.js';
import { readStoreConfig } from '../../store/io/scan.js';
import { makeStateDirectory } from '../../store/io/state-directory.js';
import type { RootRecord } from '../../store/root-record.js';
import { isNamed } from './find-homes.js';
import { follower } from './follow.js';
import { readHome } from './read-home.js';
import { scopeOf } from './scope.js';
import type { Finding } from '../survey.js';
import type { ShownTrees } from './shown-trees.js';

interface RecordsRequest {
  readonly home: string;
  readonly user: string;
  readonly now: Date;
  /** What is known of the trees that profiles show; else each is looked at. */
  readonly trees?: ShownTrees;
}

interface Claims {
  /** The records left; see {@link endClaims}. */
  readonly paths: readonly string[];
  /** Stores beside which an older record stands that cannot be removed, and that does not know what is coming. */
  readonly stale: readonly string[];
  /** Stores of others beside which no record can be left, and whose collection looks at other homes than this one. */
  readonly unseen: readonly Unseen[];
}

export interface Unseen {
  readonly store: string;
  /** Which homes it looks at: its owner's alone, none, or those that it names. */
  readonly looksAt: 'owner' | 'records' | 'named';
}

/**
 * Says beside each store of a coming generation what it is going to use, in an incomplete record of this process's own. Where that
 * cannot be said, the home's older records are removed, since they would speak for a home that they do not know.
 */
export function claimUse(request: RecordsRequest, profile: string, { number, kind, packages }: Manifest): Claims {
  const paths: string[] = [];
  const stale: string[] = [];
  const unseen: Unseen[] = [];
  for (const store of [...new Set(packages.map((pkg) => pkg.store))].sort(byName)) {
    const directory = directoryFor(store);
    if (directory === null) continue;
    const own = packages.filter((pkg) => pkg.store === store).map((pkg) => pkg.id);
    const record = recordOf(request, store, { complete: false, profiles: [{ name: profile, kind, generations: [{ number, current: true, packages: own }] }], linked: [] });
    const path = leaveRecord(directory, record);
    if (path !== null) paths.push(path);
    else if (!recordsSpeakingFor(directory, record).every(discard)) stale.push(store);
    else unseen.push(...blindness(store, request.home));
  }
  return { paths, stale, unseen };
}

/**
 * Ends claims: the home is read as it now stands, complete records say so, and then the claims go. Where the home cannot be
 * read whole, or a record cannot be left, the claims and the older records stay: together they hold all that is used.
 * `stores` get a record even when nothing in them is used, so that a closed home is known to use nothing. Without claims, links
 * among unmanaged files are looked for in all generations; else in current ones, and older records tell of the others. False: what failed
 * may succeed later (a full disk, an error of the server).
 */
export function endClaims(request: RecordsRequest, claims: readonly string[], stores: readonly string[]): boolean {
  const places = new Map<string, { directory: string; replaced: readonly string[] }>();
  const place = (store: string): void => {
    if (places.has(store)) return;
    const directory = directoryFor(store);
    if (directory !== null && status(directory) !== null) places.set(store, { directory, replaced: replaceableRecords(directory, keyOf(request, store), request.now) });
  };
  // What is replaced is listed before the home is read: whatever it says, the home has said too, or says no longer.
  for (const store of stores) place(store);
  for (const store of storesOf(readHome({ home: request.home, now: request.now, links: 'none' }))) place(store);
  if (places.size === 0) return true;
  const isRefresh = claims.length === 0;
  const finding = readHome({ home: request.home, now: request.now, links: isRefresh ? 'all' : 'current', trees: request.trees });
  if (finding === null) return true;
  if (finding.doubts.length > 0) return false;
  let isDone = true;
  const remove = (path: string): void => {
    if (!discard(path) && status(path)?.uid === process.getuid?.()) isDone = false;
  };
  for (const [store, { directory, replaced }] of places) {
    clearDrafts(directory);
    const record = recordOf(request, store, { complete: true, ...usesOf(finding, store, isRefresh ? [] : linkedBefore(replaced)) });
    if (leaveRecord(directory, record) === null) {
      isDone &&= !isWritable(directory);
      continue;
    }
    for (const path of replaced) remove(path);
    for (const path of claims) if (path.startsWith(`${directory}/${recordKey(record)}`)) remove(path);
  }
  return isDone;
}

function storesOf(finding: Finding | null): Set<string> {
  return new Set((finding?.holds ?? []).flatMap((hold) => (hold.kind === 'package' ? [hold.store] : [])));
}

/** True when a store that takes records has none that tells of the whole home, or several. */
export function lacksRecord(request: RecordsRequest, stores: readonly string[]): boolean {
  return stores.some((store) => {
    const directory = directoryFor(store);
    return directory !== null && status(directory) !== null && countCompleteRecords(directory, keyOf(request, store)) !== 1;
  });
}

/** Whether collection of the store would miss a home that has left no record beside it. Where nobody said which homes there are, nothing is collected. */
function blindness(store: string, home: string): Unseen[] {
  if (statusFollowed(store)?.uid === process.getuid?.()) return [];
  const { config } = readStoreConfig(store);
  if (scopeOf({ path: store, config }) === 'private') return [{ store, looksAt: 'owner' }];
  const { survey } = config;
  if (survey === 'records-only') return [{ store, looksAt: 'records' }];
  return survey === null || [home, realPath(home) ?? home].some((name) => isNamed(name, survey)) ? [] : [{ store, looksAt: 'named' }];
}

/**
 * Where the records of a store are; made in a store of the caller's own: in one that others can reach, whatever its scope, everybody
 * may leave some, and only remove one's own. `null` for the tree of another package manager: nothing is ever collected from it, and
 * nothing is written into it.
 */
function directoryFor(store: string): string | null {
  const { config } = readStoreConfig(store);
  if (config.adopted !== null) return null;
  const directory = rootsDirectory(store, config);
  if (config.roots === null && status(directory) === null && isWritable(store) && status(store)?.uid === process.getuid?.()) {
    makeStateDirectory(store, storeRoots(store));
    if (scopeOf({ path: store, config: { ...config, scope: null } }) === 'shared') setMode(storeRoots(store), 0o1777);
  }
  return directory;
}

const placeOf = (home: string): Pick<RootRecord, 'physicalHome' | 'homeId'> => ({ physicalHome: realPath(home) ?? home, homeId: readHomeRecord(home)?.id ?? 'unknown' });

const keyOf = ({ home }: RecordsRequest, store: string): string => recordKey({ ...placeOf(home), store });

function recordOf({ home, user, now }: RecordsRequest, store: string, uses: Pick<RootRecord, 'complete' | 'profiles' | 'linked'>): RootRecord {
  return { ...uses, home, ...placeOf(home), store, user, uid: process.getuid?.() ?? 0, host: thisProcess().host, writtenAt: now.toISOString() };
}

/** Links of older generations were looked at when those were current. */
function linkedBefore(replaced: readonly string[]): string[] {
  return replaced.map(readRecord).flatMap((reading) => (reading !== null && 'record' in reading ? reading.record.linked : []));
}

/** What the home's profiles show, be it their own or another's. Intents and leases have records and generations of their own. */
function usesOf({ profiles, holds }: Finding, store: string, before: readonly string[]): Pick<RootRecord, 'profiles' | 'linked'> {
  const roots = [...new Set([store, realPath(store) ?? store])];
  const follow = follower();
  const linked = holds.flatMap((hold) => (hold.kind === 'path' ? follow(hold.path).passed : []))
    .flatMap((path) => roots.filter((root) => path.startsWith(`${root}/`)).map((root) => path.slice(root.length + 1)));
  const used = profiles.map(({ path, name, kind }) => {
    const generations = new Map<number, { number: number; current: boolean; packages: string[] }>();
    for (const hold of holds) {
      if (hold.kind !== 'package' || hold.store !== store || hold.holder.why !== 'generation' || hold.holder.profile !== path) continue;
      const { generation: number, current } = hold.holder;
      const known = generations.get(number ?? 0) ?? { number: number ?? 0, current, packages: [] };
      known.packages.push(hold.id);
      generations.set(number ?? 0, known);
    }
    return { name, kind, generations: [...generations.values()].sort((a, b) => a.number - b.number) };
  });
  return { profiles: used.filter(({ generations }) => generations.length > 0), linked: [...new Set([...before, ...linked])].sort(byName) };
}
