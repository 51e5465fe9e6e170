import { userInfo } from 'node:os';
import { byName } from '../../fs/bytes.js';
import { isWritable, makeDirectories, realPath, setMode, status } from '../../fs/disk.js';
import { thisProcess } from '../../fs/owner.js';
import { generation, storeRoots } from '../../layout.js';
import { readHomeRecord } from '../../profile/io/home.js';
import { existingGenerations, type ProfileRef, readFarm, readManifest, readProfile } from '../../profile/io/read-profile.js';
import { scanUnmanaged } from '../../profile/io/unmanaged.js';
import type { Manifest } from '../../profile/manifest.js';
import type { ProfileName } from '../../profile/name.js';
import { type RecordOutcome, rootsDirectory, writeRecord } from '../../store/io/root-records.js';
import { readStoreConfig } from '../../store/io/scan.js';
import type { RootRecord } from '../../store/root-record.js';
import { textTargets } from './read-links.js';
import { scopeOf } from './scope.js';

export interface RecordsRequest {
  readonly home: string;
  /** Names of the profiles of the home. */
  readonly profiles: readonly ProfileName[];
  /** A generation that is about to be published. */
  readonly coming: { readonly ref: ProfileRef; readonly manifest: Manifest } | null;
  readonly user: string;
  readonly now: Date;
}

/**
 * Leaves a root record beside each store that the home uses, with all its generations and the coming one: where the store has a
 * directory for them, or is the caller's own. Returns the stores whose record could not be brought up to date.
 */
export function leaveRecords(request: RecordsRequest): { readonly store: string; readonly outcome: RecordOutcome }[] {
  const uses = usesOf(request);
  return [...uses.keys()].sort(byName).map((store) => ({ store, outcome: leaveRecord(request, store, uses) }));
}

type Uses = ReadonlyMap<string, RootRecord['profiles']>;

function leaveRecord({ home, user, now }: RecordsRequest, store: string, uses: Uses): RecordOutcome {
  const { config } = readStoreConfig(store);
  const directory = rootsDirectory(store, config);
  if (status(directory) === null && config.roots === null) makeRoots(store, scopeOf({ path: store, config }));
  const record = {
    home, physicalHome: realPath(home) ?? home, homeId: readHomeRecord(home)?.id ?? 'unknown', user, uid: userInfo().uid,
    host: thisProcess().host, writtenAt: now.toISOString(), store, profiles: uses.get(store) ?? [], linked: linkedInto(home, store, uses),
  };
  return writeRecord(directory, record);
}

/** In a store of the caller's own; in a shared one everybody may leave a record, and nobody may remove another's. */
function makeRoots(store: string, scope: 'private' | 'shared'): void {
  if (!isWritable(store) || status(store)?.uid !== process.getuid?.()) return;
  makeDirectories(storeRoots(store));
  if (scope === 'shared') setMode(storeRoots(store), 0o1777);
}

function usesOf({ home, profiles, coming }: RecordsRequest): Map<string, RootRecord['profiles']> {
  const uses = new Map<string, RootRecord['profiles']>();
  for (const name of profiles) {
    const ref = { home, name };
    const shown = readProfile(ref)?.generation ?? null;
    const manifests = existingGenerations(ref).map((number) => readManifest(generation(home, name, number)));
    const own = coming !== null && coming.ref.name === name ? [...manifests, coming.manifest] : manifests;
    for (const store of new Set(own.flatMap((manifest) => manifest.packages.map((pkg) => pkg.store)))) {
      const generations = own.map((manifest) => ({
        number: manifest.number, current: manifest.number === shown,
        packages: manifest.packages.filter((pkg) => pkg.store === store).map((pkg) => pkg.id),
      }));
      const kind = own.at(-1)?.kind ?? 'user';
      uses.set(store, [...(uses.get(store) ?? []), { name, kind, generations: generations.filter(({ packages }) => packages.length > 0) }]);
    }
  }
  return uses;
}

/** Paths in the store, relative to it, that links among the unmanaged files of current generations lead to. */
function linkedInto(home: string, store: string, uses: Uses): string[] {
  const physical = realPath(store) ?? store;
  const found = (uses.get(store) ?? []).flatMap(({ name }) => {
    const state = readProfile({ home, name: name as ProfileName });
    if (state === null || state.generation === null) return [];
    const targets = textTargets(scanUnmanaged(state.tree, readFarm(state.tree)), state.tree);
    return [...targets, ...targets.flatMap((target) => realPath(target) ?? [])];
  });
  const roots = [store, physical];
  return [...new Set(found.flatMap((path) => roots.filter((root) => path.startsWith(`${root}/`)).map((root) => path.slice(root.length + 1))))].sort(byName);
}
