import { isAnyNoxError, quoted } from '../../errors.js';
import { readDirectory, status, statusFollowed } from '../../fs/disk.js';
import { storeRoots } from '../../layout.js';
import { readHomeRecord } from '../../profile/io/home.js';
import type { ScannedStore } from '../../store/io/scan.js';
import { shellWord } from '../../shell-word.js';
import { readRecords, type RecordReading, rootsDirectory } from '../../store/io/root-records.js';
import type { RootRecord } from '../../store/root-record.js';
import { findHolders } from '../liveness.js';
import { type Doubt, type Finding, type Hold, type Holder, joinFindings, nothingFound, type SurveyedProfile } from '../survey.js';
import { userOf } from './accounts.js';
import { findHomes, homeOfOwner, leadsNowhere } from './find-homes.js';
import { follower } from './follow.js';
import { readHome } from './read-home.js';
import { scopeOf } from './scope.js';

interface SurveyRequest {
  readonly stores: readonly ScannedStore[];
  /** The caller's own profile homes. */
  readonly own: readonly string[];
  /** Homes of releases. */
  readonly releases: readonly string[];
  /** Users whose doubts and records do not count. */
  readonly forget: ReadonlySet<string>;
  /** Look for links among unmanaged files, too. */
  readonly links: 'none' | 'all';
  readonly now: Date;
}

export interface SurveyedStore {
  readonly store: ScannedStore;
  readonly scope: 'private' | 'shared';
  /** What keeps this store from being collected. */
  readonly doubts: readonly Doubt[];
}

export interface Survey {
  readonly stores: readonly SurveyedStore[];
  readonly profiles: readonly SurveyedProfile[];
  /** Holders by the package's path. */
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
}

/** Looks at every profile home that may use the stores, and at the records beside them. Throws for nothing that it cannot read. */
export function surveyStores(request: SurveyRequest): Survey {
  const { stores, forget } = request;
  const read = rememberedHomes(request);
  const perStore = stores.map((store) => surveyStore(store));
  const common = joinFindings([...request.own.map((home) => read(home) ?? { ...nothingFound, doubts: leadsNowhere(home) }), ...request.releases.map((home) => read(home) ?? missingReleases(home))]);
  const all = joinFindings([common, ...perStore.map(({ finding }) => finding)]);
  const { byPackage, unresolved } = findHolders(stores.flatMap((store) => store.packages), all.holds, { follow: follower(), inode: remembered(inodeAt) });
  const closed = unresolved.map(closedLink);
  return {
    stores: perStore.map(({ store, scope, finding }) => ({
      store, scope, doubts: joinFindings([common, finding, { ...nothingFound, doubts: closed }]).doubts.filter((doubt) => doubt.user === null || !forget.has(doubt.user)),
    })),
    profiles: all.profiles,
    holders: byPackage,
  };

  function surveyStore(store: ScannedStore): { store: ScannedStore; scope: 'private' | 'shared'; finding: Finding } {
    const scope = scopeOf(store);
    const { readings, doubts } = store.missing ? { readings: [], doubts: [] } : recordsOf(store);
    const records = readings.map(({ record }) => record);
    const speaksFor = ({ path, user }: Doubt): boolean =>
      records.some((record) => record.complete && tellsOf(record, store) && userOf(record.uid) === user && (path === record.home || path === record.physicalHome));
    const homes = [findHomes(store.config.survey), ...(scope === 'private' ? [homeOfOwner(store.path)] : [])];
    const found = [...new Set([...homes.flatMap((some) => some.homes), ...homesOfRecords(records)])].map((home) => withoutClosed(read(home) ?? nothingFound, home, speaksFor));
    const fromRecords = readings.filter(({ record }) => !forget.has(userOf(record.uid) ?? '')).flatMap((reading) => findingOf(reading, store) ?? []);
    const open = homes.flatMap((some) => some.doubts).filter((doubt) => !speaksFor(doubt));
    return { store, scope, finding: joinFindings([...found, ...fromRecords, { ...nothingFound, doubts: [...open, ...doubts, ...unsureOf(store), ...configDoubts(store, scope)] }]) };
  }
}

/** Without the number of the device: the same file system mounted twice over a network may have two. */
function inodeAt(path: string): string | null {
  try {
    const found = statusFollowed(path);
    return found === null ? null : String(found.ino);
  } catch (error) {
    if (isAnyNoxError(error)) return null;
    throw error;
  }
}

function remembered<T>(ask: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    let answer = known.get(path);
    if (answer === undefined) known.set(path, (answer = ask(path)));
    return answer;
  };
}

/** Homes that left a record and can be read: what is there now counts, too. One that is not its record's is left alone. */
function homesOfRecords(records: readonly RootRecord[]): string[] {
  return records.filter((record) => {
    try {
      return status(record.home)?.uid === record.uid && readHomeRecord(record.home)?.id === record.homeId;
    } catch (error) {
      // A closed home is what records are for.
      if (isAnyNoxError(error)) return false;
      throw error;
    }
  }).map((record) => record.home);
}

function closedLink({ path, holder }: { readonly path: string; readonly holder: Holder }): Doubt {
  const whose = holder.user ?? 'its owner';
  return { path: holder.profile, reason: `a link in it leads to ${path}, through a directory that cannot be searched`, hint: `let ${whose} remove the link, or: nox-store gc --forget ${holder.user ?? 'USER'}`, user: holder.user };
}

/** Each home is read once, whoever names it. */
function rememberedHomes({ now, links }: SurveyRequest): (home: string) => Finding | null {
  const known = new Map<string, Finding | null>();
  return (home) => {
    let finding = known.get(home);
    if (finding === undefined) known.set(home, (finding = readHome({ home, now, links })));
    return finding;
  };
}

/** A home that cannot be entered at all is no doubt when a record of its owner speaks for it. */
function withoutClosed(finding: Finding, home: string, speaksFor: (doubt: Doubt) => boolean): Finding {
  return { ...finding, doubts: finding.doubts.filter((doubt) => doubt.path !== home || !speaksFor(doubt)) };
}

function missingReleases(home: string): Finding {
  return { ...nothingFound, doubts: [{ path: home, reason: 'this directory of releases is not there: not mounted, or removed', hint: 'mount it, or take it out of the configuration', user: null }] };
}

function configDoubts({ path, config, configProblem }: ScannedStore, scope: 'private' | 'shared'): Doubt[] {
  const file = `${path}/nox-store.yaml`;
  if (configProblem !== null) return [{ path: file, reason: configProblem, hint: 'correct the file', user: null }];
  const [unknown] = config.unknown;
  if (unknown !== undefined) return [{ path: file, reason: `it has the key ${quoted(unknown)}, which this nox does not know, and which may be there to keep packages`, hint: 'correct the file, or collect with the nox that knows the key', user: null }];
  if (scope === 'private' || config.survey !== null) return [];
  const ways = '"survey: [/home/*/nix/profiles]", "survey: accounts" or "survey: records-only"';
  const isThere = status(file) !== null;
  return [{
    path, reason: 'it is shared, and nobody said where the profile homes of its users are',
    hint: isThere
      ? `add to ${file}: ${ways}; or for a store that only you use, and whose unused packages may go: "scope: private"`
      : `for a store that only you use, and whose unused packages may go: nox-store init ${shellWord(path)} --private; for one that others use, write into ${file}: ${ways}`,
    user: null,
  }];
}

const unsureOf = ({ path, unsure }: ScannedStore): Doubt[] => (unsure === null ? [] : [{ path, reason: unsure, hint: 'run it again once the file system answers, or leave this store out', user: null }]);

interface FoundRecord {
  readonly path: string;
  readonly record: RootRecord;
}

interface Records {
  readonly readings: readonly FoundRecord[];
  readonly doubts: readonly Doubt[];
}

function recordsOf(store: ScannedStore): Records {
  const directory = rootsDirectory(store.path, store.config);
  const doubt = (reason: string, hint: string): Records => ({ readings: [], doubts: [{ path: directory, reason, hint, user: null }] });
  try {
    const readings = readRecords(directory);
    if (readings === null && store.config.roots !== null) return doubt('the spool directory for root records is not there', `mount or make it: mkdir -m 1777 ${shellWord(directory)}`);
    if (readings === null && store.config.survey === 'records-only') return doubt('it is to be surveyed by records only, and has no directory for them', `mkdir -p -m 1777 ${shellWord(directory)}`);
    if (store.config.survey === 'records-only' && ((status(directory)?.mode ?? 0) & 0o022) === 0) return doubt('it is to be surveyed by records only, and nobody but their owner may leave any', `chmod 1777 ${shellWord(directory)}`);
    return { readings: (readings ?? []).filter((reading) => 'record' in reading), doubts: (readings ?? []).flatMap(badRecord) };
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    return doubt(error.message, 'make it readable');
  }
}

function badRecord(reading: RecordReading): Doubt[] {
  if ('record' in reading) return [];
  const { path, problem, uid } = reading;
  const user = userOf(uid);
  return [{ path, reason: problem, hint: `let ${user ?? 'its owner'} remove it and change a profile, or: nox-store gc --forget ${user ?? 'USER'}`, user }];
}

/** What a record says, as if its home had been read; `null` for one of another store, in a spool directory of several. */
function findingOf({ path: file, record }: FoundRecord, scanned: ScannedStore): Finding | null {
  if (isOtherStore(record.store, scanned)) return null;
  const store = scanned.path;
  const holds: Hold[] = [];
  const told = { user: userOf(record.uid), why: 'record', since: record.writtenAt, record: file, homeMissing: isMissing(record.home) } as const;
  const profiles = record.profiles.map(({ name, kind, generations }): SurveyedProfile => {
    const path = `${record.home}/${name}`;
    for (const { number, current, packages } of generations) {
      const holder: Holder = { ...told, profile: path, name, generation: number, current };
      for (const id of packages) holds.push({ kind: 'package', store, id, holder });
    }
    return {
      path, name, owner: userOf(record.uid), kind, fromRecord: true,
      generations: generations.map(({ number, current, packages }) => ({ number, current, createdAt: null, packages: packages.map((id) => ({ id, store })) })),
    };
  });
  const linker: Holder = { ...told, profile: record.home, name: record.home, generation: null, current: true };
  for (const path of record.linked) holds.push({ kind: 'path', path: `${store}/${path}`, holder: linker });
  return { profiles, holds, doubts: [] };
}

/** Not of a home that cannot be seen. */
function isMissing(home: string): boolean {
  try {
    return statusFollowed(home) === null;
  } catch (error) {
    if (isAnyNoxError(error)) return false;
    throw error;
  }
}

/** True when a record tells of this very store. In a spool directory of several, one whose store cannot be found here may be any. */
function tellsOf(record: RootRecord, store: ScannedStore): boolean {
  return !isOtherStore(record.store, store) && (store.config.roots === null || record.store === store.path || isThere(record.store));
}

/**
 * True when the name that a profile has for its store leads to another one here. Beside a store there are its own records, or those of
 * the store that it is a copy of: only a name that leads to such a store means another. What a spool directory holds is told apart by any name that
 * leads somewhere; an empty directory is where something is mounted elsewhere.
 */
function isOtherStore(named: string, { path, config }: ScannedStore): boolean {
  if (named === path) return false;
  const inode = inodeAt(named);
  if (inode === null || inode === inodeAt(path)) return false;
  return config.roots === null ? inodeAt(storeRoots(named)) !== null : isThere(named);
}

function isThere(store: string): boolean {
  try {
    return statusFollowed(store) !== null && readDirectory(store).length > 0;
  } catch (error) {
    if (isAnyNoxError(error)) return false;
    throw error;
  }
}
