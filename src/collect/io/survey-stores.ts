import { isAnyNoxError } from '../../errors.js';
import { realPath } from '../../fs/disk.js';
import type { ScannedStore } from '../../store/io/scan.js';
import { readRecords, type RecordReading, rootsDirectory } from '../../store/io/root-records.js';
import type { RootRecord } from '../../store/root-record.js';
import { findHolders } from '../liveness.js';
import { type Doubt, type Finding, type Hold, type Holder, joinFindings, nothingFound, type SurveyedProfile } from '../survey.js';
import { userOf } from './accounts.js';
import { findHomes } from './find-homes.js';
import { readHome } from './read-home.js';
import { scopeOf } from './scope.js';

export interface SurveyRequest {
  readonly stores: readonly ScannedStore[];
  /** The caller's own profile homes. */
  readonly own: readonly string[];
  /** Homes of releases. */
  readonly releases: readonly string[];
  /** Users whose doubts and records do not count. */
  readonly forget: ReadonlySet<string>;
  /** Look for links among unmanaged files, too. */
  readonly links: boolean;
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
  const common = joinFindings([...request.own.map((home) => read(home) ?? nothingFound), ...request.releases.map((home) => read(home) ?? missingReleases(home))]);
  const perStore = stores.map((store) => surveyStore(store));
  const all = joinFindings([common, ...perStore.map(({ finding }) => finding)]);
  return {
    stores: perStore.map(({ store, scope, finding }) => ({
      store, scope, doubts: joinFindings([common, finding]).doubts.filter((doubt) => doubt.user === null || !forget.has(doubt.user)),
    })),
    profiles: all.profiles,
    holders: findHolders(stores.flatMap((store) => store.packages), all.holds, { realPath }),
  };

  function surveyStore(store: ScannedStore): { store: ScannedStore; scope: 'private' | 'shared'; finding: Finding } {
    const scope = scopeOf(store);
    const records = store.missing ? { records: [], doubts: [] } : recordsOf(store);
    const { survey } = store.config;
    const homes = scope === 'shared' ? findHomes(survey) : { homes: [], doubts: [] };
    const readings = homes.homes.map((home) => ({ home, finding: read(home) }));
    const speaksFor = ({ path, user }: Doubt): boolean => records.records.some((record) => userOf(record.uid) === user && (path === record.home || path === record.physicalHome));
    const closed = homes.doubts.filter((doubt) => !speaksFor(doubt));
    const doubts = [...closed, ...records.doubts, ...configDoubts(store, scope)];
    const found = readings.map(({ home, finding }) => withoutClosed(finding ?? nothingFound, home, speaksFor));
    const fromRecords = records.records.filter((record) => !forget.has(record.user)).map((record) => findingOf(record, store));
    return { store, scope, finding: joinFindings([...found, ...fromRecords, { ...nothingFound, doubts }]) };
  }
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
  if (scope === 'private' || config.survey !== null) return [];
  return [{
    path, reason: 'it is shared, and nobody said where the profile homes of its users are',
    hint: `add to ${file}: "survey: [/home/*/nix/profiles]", "survey: accounts" or "survey: records-only"; or for a store that only you use: "scope: private"`,
    user: null,
  }];
}

function recordsOf(store: ScannedStore): { records: RootRecord[]; doubts: Doubt[] } {
  const directory = rootsDirectory(store.path, store.config);
  try {
    const readings = readRecords(directory);
    if (readings === null && store.config.roots !== null) {
      return { records: [], doubts: [{ path: directory, reason: 'the spool directory for root records is not there', hint: `mount or make it: mkdir -m 1777 ${directory}`, user: null }] };
    }
    return { records: (readings ?? []).flatMap((reading) => ('record' in reading ? [reading.record] : [])), doubts: (readings ?? []).flatMap(badRecord) };
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    return { records: [], doubts: [{ path: directory, reason: error.message, hint: 'make it readable', user: null }] };
  }
}

function badRecord(reading: RecordReading): Doubt[] {
  if ('record' in reading) return [];
  return [{ path: reading.path, reason: reading.problem, hint: `let its owner run any nox-profile command that changes something, or remove it: rm ${reading.path}`, user: null }];
}

/** What a record says, as if its home had been read. */
function findingOf(record: RootRecord, { path: store }: ScannedStore): Finding {
  const holds: Hold[] = [];
  const profiles = record.profiles.map(({ name, kind, generations }): SurveyedProfile => {
    const path = `${record.home}/${name}`;
    for (const { number, current, packages } of generations) {
      const holder: Holder = { user: record.user, profile: path, name, why: 'record', generation: number, current, since: record.writtenAt };
      for (const id of packages) holds.push({ kind: 'package', store, id, holder });
    }
    return {
      path, name, owner: userOf(record.uid), kind, fromRecord: true,
      generations: generations.map(({ number, current, packages }) => ({ number, current, createdAt: null, packages: packages.map((id) => ({ id, store })) })),
    };
  });
  const linker: Holder = { user: record.user, profile: record.home, name: record.home, why: 'record', generation: null, current: true, since: record.writtenAt };
  for (const path of record.linked) holds.push({ kind: 'path', path: `${store}/${path}`, holder: linker });
  return { profiles, holds, doubts: [] };
}
