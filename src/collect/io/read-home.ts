import * as v from 'valibot';
import { isAnyNoxError, isNoxError } from '../../errors.js';
import { readDirectory, realPath, status, statusFollowed } from '../../fs/disk.js';
import { readSealed, type SealedKind } from '../../fs/sealed.js';
import { adHocRecords, farmFile, generation, leases, manifestFile, NOX, profileLink, profileStates } from '../../layout.js';
import { readAdHoc } from '../../profile/io/ad-hoc.js';
import { readIntents } from '../../profile/io/intent.js';
import { type Lease, readLeases } from '../../profile/io/lease.js';
import { readLastEntry } from '../../profile/io/journal.js';
import { existingGenerations, readFarm } from '../../profile/io/read-profile.js';
import { scanUnmanaged } from '../../profile/io/unmanaged.js';
import type { TreeDirectory } from '../../profile/farm/tree.js';
import { manifestKind } from '../../profile/manifest.js';
import { parseProfileName } from '../../profile/name.js';
import type { Doubt, Finding, Hold, Holder, SurveyedGeneration, SurveyedProfile } from '../survey.js';
import { linksBelow, textTargets } from './read-links.js';
import { userOf } from './accounts.js';

export interface HomeRequest {
  readonly home: string;
  readonly now: Date;
  /** Look for links among unmanaged files, too: costs one read a directory. */
  readonly links: boolean;
}

/** Of a manifest only what a survey needs. */
const surveySchema = v.object({
  number: v.number(),
  kind: v.picklist(['user', 'release', 'ad-hoc']),
  createdAt: v.string(),
  packages: v.array(v.object({ id: v.string(), store: v.string() })),
});
const surveyKind: SealedKind<typeof surveySchema> = { ...manifestKind, schema: surveySchema };

/**
 * Reads one profile home: manifests of all generations, leases, intents, ad-hoc profiles, and trees that nox did not make.
 * `null` when there is nothing at its path. Whatever cannot be read is a doubt; nothing is thrown for it.
 */
export function readHome(request: HomeRequest): Finding | null {
  const { home, now } = request;
  const profiles: SurveyedProfile[] = [];
  const holds: Hold[] = [];
  const doubts: Doubt[] = [];
  const owner = ownerOf(home);
  const doubt = (path: string, reason: string, hint: string): void => void doubts.push({ path, reason, hint, user: owner });

  const entries = attempt(home, () => (statusFollowed(home) === null ? null : readDirectory(home)));
  if (entries === undefined) return { profiles, holds, doubts };
  if (entries === null) return null;
  const states = attempt(profileStates(home), () => readStates(home)) ?? [];
  for (const name of states) attempt(profileLink(home, name), () => addProfile(home, name, profileLink(home, name)));
  for (const name of attempt(adHocRecords(home), () => readNames(adHocRecords(home))) ?? []) {
    attempt(`${adHocRecords(home)}/${name}`, () => addAdHoc(name.replace(/\.json$/, '')));
  }
  attempt(leases(home), () => readLeases(home, now).forEach(addLease));
  attempt(home, () => {
    for (const { profile, packages } of readIntents(home, now)) {
      const holder = holderOf(profile, { why: 'intent', generation: null, current: false, since: null });
      for (const { store, id } of packages) holds.push({ kind: 'package', store, id, holder });
    }
  });
  for (const { name } of entries) if (name !== NOX && !states.includes(name)) attempt(`${home}/${name}`, () => addForeign(`${home}/${name}`));
  return { profiles, holds, doubts };

  function attempt<T>(path: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      const closed = isNoxError(error, 'not-permitted');
      const hint = closed
        ? `let its owner run any nox-profile command that changes something, or: nox-store gc --forget ${owner ?? 'USER'}`
        : `nox-profile doctor, as ${owner ?? 'its owner'}`;
      doubt(path, error.message, hint);
      return undefined;
    }
  }

  function holderOf(profile: string, rest: Pick<Holder, 'why' | 'generation' | 'current' | 'since'>): Holder {
    return { user: owner, profile, name: profile.slice(profile.lastIndexOf('/') + 1), ...rest };
  }

  function addProfile(where: string, text: string, path: string): void {
    const name = parseProfileName(text);
    const last = readLastEntry(where, name);
    if (last === null) return;
    const generations: SurveyedGeneration[] = existingGenerations({ home: where, name }).map((number) => {
      const tree = generation(where, name, number);
      const current = number === last.generation;
      const { createdAt, packages } = holdTree(tree, path, current);
      return { number, current, createdAt, packages };
    });
    if (last.link !== null) {
      const shown = realPath(last.link.startsWith('/') ? last.link : `${where}/${last.link}`);
      if (shown === null) doubt(path, `what it links to, ${last.link}, cannot be reached`, `nox-profile remove ${path}`);
      else holdTree(shown, path, true);
    }
    const kind = readKind(where, name, generations) ?? 'user';
    profiles.push({ path, name, owner, kind, generations, fromRecord: false });
  }

  function readKind(where: string, name: string, generations: readonly SurveyedGeneration[]): SurveyedProfile['kind'] | null {
    const newest = generations.at(-1);
    return newest === undefined ? null : (readSealed(surveyKind, manifestFile(generation(where, name, newest.number)))?.kind ?? null);
  }

  /** Holds what a generation consists of. */
  function holdTree(tree: string, profile: string, current: boolean): { createdAt: string | null; packages: { id: string; store: string }[] } {
    const manifest = readSealed(surveyKind, manifestFile(tree));
    if (manifest === null) {
      doubt(tree, 'the manifest of the generation is missing', `nox-profile doctor, as ${owner ?? 'its owner'}`);
      return { createdAt: null, packages: [] };
    }
    const holder = holderOf(profile, { why: 'generation', generation: manifest.number, current, since: manifest.createdAt });
    for (const { id, store } of manifest.packages) holds.push({ kind: 'package', store, id, holder });
    if (request.links && status(farmFile(tree)) !== null) holdLinks(scanUnmanaged(tree, readFarm(tree)), tree, { ...holder, why: 'link' });
    return { createdAt: manifest.createdAt, packages: manifest.packages };
  }

  function holdLinks(unmanaged: TreeDirectory, tree: string, holder: Holder): void {
    for (const path of textTargets(unmanaged, tree)) holds.push({ kind: 'path', path, holder });
  }

  function addAdHoc(text: string): void {
    const record = readAdHoc(home, parseProfileName(text));
    if (record === null) return;
    const where = record.path.slice(0, record.path.lastIndexOf('/'));
    const name = record.path.slice(where.length + 1);
    if (readLastEntry(where, parseProfileName(name)) === null) {
      doubt(record.path, `the ad-hoc profile "${text}" is not there: not mounted, or removed by hand`, `nox-profile forget ${text}`);
    } else addProfile(where, name, record.path);
  }

  function addLease({ profile, generation: number, tree, createdAt }: Lease): void {
    const manifest = readSealed(surveyKind, manifestFile(tree));
    const holder = holderOf(profile, { why: 'lease', generation: number, current: false, since: createdAt });
    for (const { id, store } of manifest?.packages ?? []) holds.push({ kind: 'package', store, id, holder });
  }

  /** A farm made by hand, or a link to anything: it holds what its links lead to. */
  function addForeign(path: string): void {
    const holder = holderOf(path, { why: 'link', generation: null, current: true, since: null });
    const { targets, unreadable } = linksBelow(path);
    for (const target of targets) holds.push({ kind: 'path', path: target, holder });
    for (const place of unreadable) doubt(place, 'it cannot be read, and may hold links to packages', `let ${owner ?? 'its owner'} make it readable, or remove it`);
  }
}

function ownerOf(path: string): string | null {
  try {
    return userOf(status(path)?.uid ?? null);
  } catch (error) {
    if (isAnyNoxError(error)) return null;
    throw error;
  }
}

function readNames(directory: string): string[] {
  return status(directory) === null ? [] : readDirectory(directory).map((entry) => entry.name).filter((name) => !name.startsWith('.'));
}

function readStates(home: string): string[] {
  return readNames(profileStates(home));
}

