import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { isAnyNoxError, isNoxError } from '../../errors.js';
import { readDirectory, readLinkIfAny, realPath, status, statusFollowed } from '../../fs/disk.js';
import { readSealed, type SealedKind } from '../../fs/sealed.js';
import { adHocRecords, farmFile, generation, homeState, intents, leases, manifestFile, NOX, profileLink, profileStates } from '../../layout.js';
import { isAdHocThere, readAdHoc } from '../../profile/io/ad-hoc.js';
import { readIntents } from '../../profile/io/intent.js';
import { type Lease, readLeases } from '../../profile/io/lease.js';
import { readLastEntry } from '../../profile/io/journal.js';
import { existingGenerations } from '../../profile/io/generations.js';
import { awaitVisible, linkGone, type ProfileRef, readFarm } from '../../profile/io/read-profile.js';
import { scanUnmanaged, untouchedDirectoriesNow } from '../../profile/io/unmanaged.js';
import { readWithdrawn } from '../../profile/io/withdraw.js';
import type { BuiltFarm } from '../../profile/farm/farm.js';
import type { TreeDirectory } from '../../profile/farm/tree.js';
import type { JournalEntry } from '../../profile/journal.js';
import { manifestKind } from '../../profile/manifest.js';
import { parseProfileName } from '../../profile/name.js';
import { shellWord } from '../../shell-word.js';
import { userName } from '../../user-name.js';
import type { Doubt, Finding, Hold, Holder, SurveyedGeneration, SurveyedProfile } from '../survey.js';
import { linksBelow, textTargets } from './read-links.js';
import type { ShownTrees } from './shown-trees.js';
import { userOf } from './accounts.js';
import { hintForClosed } from './find-homes.js';

interface HomeRequest {
  readonly home: string;
  readonly now: Date;
  /** Of which generations to look for links among unmanaged files, too: costs one read a directory. */
  readonly links: 'none' | 'current' | 'all';
  /** With `current`: what is known of trees already. */
  readonly trees?: ShownTrees | undefined;
}

const ROUNDS = 200;

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

  // Where nox's own directory is closed, the home counts as closed, for which a record may speak.
  const entries = attempt(home, () => (statusFollowed(home) === null ? null : (status(homeState(home)) !== null && readDirectory(homeState(home)), readDirectory(home))));
  if (entries === undefined) return { profiles, holds, doubts };
  if (entries === null) return null;
  // What a command is about to publish is declared until it is published: so declarations are read before what is published.
  addDeclared(home);
  const states = attempt(profileStates(home), () => readStates(home)) ?? [];
  for (const state of states) attempt(profileLink(home, state), () => addProfile(home, state, profileLink(home, state)));
  for (const file of attempt(adHocRecords(home), () => readNames(adHocRecords(home))) ?? []) {
    attempt(`${adHocRecords(home)}/${file}`, () => addAdHoc(file.replace(/\.json$/, '')));
  }
  for (const entry of entries) if (entry.name !== NOX && !states.includes(entry.name)) attempt(`${home}/${entry.name}`, () => addForeign(`${home}/${entry.name}`));
  return { profiles, holds, doubts };

  /** Intents and leases. */
  function addDeclared(where: string): void {
    attempt(intents(where), () => {
      for (const { profile, packages } of readIntents(where, now)) {
        const holder = holderOf(profile, { why: 'intent', generation: null, current: false, since: null });
        for (const { store, id } of packages) holds.push({ kind: 'package', store, id, holder });
      }
    });
    attempt(leases(where), () => readLeases(where, now).forEach(addLease));
  }

  function attempt<T>(path: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
      const closed = isNoxError(error, 'not-permitted');
      doubt(path, error.message, closed ? hintForClosed(path, owner) : doctorOf(home, owner));
      return undefined;
    }
  }

  function holderOf(profile: string, rest: Pick<Holder, 'why' | 'generation' | 'current' | 'since'>): Holder {
    return { user: owner, profile, name: name(profile), record: null, homeMissing: false, ...rest };
  }

  function addProfile(where: string, text: string, path: string): void {
    const profile = parseProfileName(text);
    const last = attempt(path, () => readLastEntry(where, profile)) ?? null;
    const generations = holdGenerations({ home: where, name: profile }, path, last?.generation ?? null);
    if (last !== null && last.link !== null) holdLinked({ home: where, name: profile, called: path }, last.link);
    if (!isOwnLink(where, profile, last)) addForeign(path);
    if (last === null && generations.length === 0) return;
    const kind = readKind(where, profile, generations) ?? 'user';
    profiles.push({ path, name: profile, owner, kind, generations, fromRecord: false });
  }

  /**
   * Holds all generations, and those that a prune has taken out of view and may bring back. One may change its name while the
   * directory is listed, so that is done until it shows nothing new. One that stays listed and is not found is waited for, once.
   */
  function holdGenerations(ref: ProfileRef, path: string, shown: number | null): SurveyedGeneration[] {
    const found = new Map<number, SurveyedGeneration>();
    const awaited = new Set<number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const there = [
        ...readWithdrawn(ref).filter(({ stage }) => stage === 'pruning').map((one) => ({ number: one.number, tree: one.path })),
        ...existingGenerations(ref).map((number) => ({ number, tree: generation(ref.home, ref.name, number) })),
      ].filter(({ number }) => !found.has(number));
      if (there.length === 0 && round > 0) return [...found.values()].sort((a, b) => a.number - b.number);
      for (const { number, tree } of there) {
        const current = number === shown;
        const held = attempt(tree, () => unlessGone(tree, () => holdTree(tree, path, current)));
        if (held === undefined) found.set(number, { number, current, createdAt: null, packages: [] });
        else if (held !== null) found.set(number, { number, current, ...held });
        else if (!awaited.has(number)) {
          awaited.add(number);
          awaitVisible(ref, number);
        }
      }
    }
    doubt(path, 'its generations change faster than they can be read', 'run it again');
    return [...found.values()];
  }

  /** A profile that shows another one holds what that one shows. */
  function holdLinked(ref: ProfileRef & { readonly called: string }, text: string): void {
    const shown = realPath(resolve(ref.home, text));
    if (shown !== null && holdTree(shown, ref.called, true) !== null) return;
    const { data, hint } = linkGone(ref, text, null);
    doubt(ref.called, `what it links to, ${data.link}, cannot be reached`, hint === null ? doctorOf(home, owner) : byOwner(hint, owner));
  }

  /** False when somebody put another link in the place of nox's. */
  function isOwnLink(where: string, profile: string, last: JournalEntry | null): boolean {
    const text = readLinkIfAny(profileLink(where, profile));
    return text === null || text === last?.link || text.startsWith(`${NOX}/profiles/${profile}/generations/`);
  }

  function readKind(where: string, profile: string, generations: readonly SurveyedGeneration[]): SurveyedProfile['kind'] | null {
    const newest = generations.at(-1);
    return newest === undefined ? null : (readSealed(surveyKind, manifestFile(generation(where, profile, newest.number)))?.kind ?? null);
  }

  /** Holds what a generation consists of; `null` when it is gone. */
  function holdTree(tree: string, profile: string, current: boolean): { createdAt: string | null; packages: { id: string; store: string }[] } | null {
    const manifest = readSealed(surveyKind, manifestFile(tree));
    if (manifest === null) {
      if (status(tree) === null) return null;
      doubt(tree, 'the manifest of the generation is missing', doctorOf(home, owner));
      return { createdAt: null, packages: [] };
    }
    const holder = holderOf(profile, { why: 'generation', generation: manifest.number, current, since: manifest.createdAt });
    for (const { id, store } of manifest.packages) holds.push({ kind: 'package', store, id, holder });
    const wanted = request.links === 'all' || (request.links === 'current' && current);
    if (wanted && status(farmFile(tree)) !== null) holdLinks(unmanagedOf(tree), tree, { ...holder, why: 'link' });
    return { createdAt: manifest.createdAt, packages: manifest.packages };
  }

  /** Collection looks at every link; a record, which is made with each change, goes by the times of directories. */
  function unmanagedOf(tree: string): TreeDirectory {
    if (request.links !== 'current') return scanUnmanaged(tree, readFarm(tree));
    const { farm, untouched } = request.trees?.get(tree) ?? knownNow(tree);
    return scanUnmanaged(tree, farm, untouched);
  }

  function knownNow(tree: string): { readonly farm: BuiltFarm; readonly untouched: ReadonlySet<string> } {
    const farm = readFarm(tree);
    return { farm, untouched: untouchedDirectoriesNow(tree, farm) };
  }

  function holdLinks(unmanaged: TreeDirectory, tree: string, holder: Holder): void {
    for (const path of textTargets(unmanaged, tree)) holds.push({ kind: 'path', path, holder });
  }

  function addAdHoc(text: string): void {
    const record = readAdHoc(home, parseProfileName(text));
    if (record === null) return;
    const where = dirname(record.path);
    addDeclared(where);
    if (!isAdHocThere(record)) {
      doubt(record.path, `the ad-hoc profile "${text}" is not there: not mounted, or removed by hand`, byOwner(`nox-profile register --forget ${text} --profiles ${shellWord(home)}`, owner));
    } else addProfile(where, name(record.path), record.path);
  }

  function addLease({ profile, generation: number, tree, createdAt }: Lease): void {
    const manifest = readSealed(surveyKind, manifestFile(tree));
    const holder = holderOf(profile, { why: 'lease', generation: number, current: false, since: createdAt });
    for (const { id, store } of manifest?.packages ?? []) holds.push({ kind: 'package', store, id, holder });
  }

  /** A farm made by hand, or a link to anything: it holds what its links lead to. */
  function addForeign(path: string): void {
    const holder = holderOf(path, { why: 'link', generation: null, current: true, since: null });
    const { targets, unreadable, tooMany } = linksBelow(path);
    const nowhere = missingTarget(path);
    if (nowhere !== null) doubt(path, `it is a link to ${nowhere}, which is not there: not mounted, perhaps, and it may hold links to packages`, `mount it, or let ${owner ?? 'its owner'} remove the link`);
    if (tooMany) doubt(path, 'it is no profile of nox, and holds too much to look for links', `let ${owner ?? 'its owner'} move it elsewhere`);
    for (const target of targets) holds.push({ kind: 'path', path: target, holder });
    for (const place of unreadable) doubt(place, 'it cannot be read, and may hold links to packages', `let ${owner ?? 'its owner'} make it readable, or remove it`);
  }
}

/** The way out of damage in a profile home; it names the home, which need not be the one that a command of the reader's would use. */
const doctorOf = (home: string, owner: string | null): string => byOwner(`nox-profile doctor --profiles ${shellWord(home)}`, owner);

/** A command that only the owner of a profile home can run. */
const byOwner = (command: string, owner: string | null): string => (owner === userName() ? command : `let ${owner ?? 'its owner'} run: ${command}`);

/** What reading a tree gives, `null` when it went away meanwhile: then it has another name now, or none. */
function unlessGone<T>(tree: string, run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (isAnyNoxError(error) && status(tree) === null) return null;
    throw error;
  }
}

/** Where a link leads when even the directory of that is not there; a missing entry of a directory that is there is nothing. */
function missingTarget(path: string): string | null {
  const text = readLinkIfAny(path);
  if (text === null || statusFollowed(path) !== null) return null;
  const target = resolve(dirname(path), text);
  return statusFollowed(dirname(target)) === null ? target : null;
}

const name = (profile: string): string => profile.slice(profile.lastIndexOf('/') + 1);

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

