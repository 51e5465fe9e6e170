/**
 * A journal that has lost all entries, or its last ones, as a restore of half a backup leaves it. An entry is written before the profile's link is, so
 * that a link to what no entry knows shows that some are lost. Nothing is removed then, and `doctor` makes the entries anew.
 */
import { isNoxError, NoxError, orNull } from '../../errors.js';
import { makeDirectory, syncDirectory, writeNewFile } from '../../fs/change.js';
import { readLinkIfAny, status } from '../../fs/disk.js';
import { thisProcess } from '../../fs/owner.js';
import { readSealed, seal } from '../../fs/sealed.js';
import { awaitFresh } from '../../fs/wait.js';
import { generation, generationLinkText, journal, journalRecord, manifestFile, profileLink, profileState } from '../../layout.js';
import { userName } from '../../user-name.js';
import { type JournalEntry, journalKind, popEntry, pushEntry, type Shown, type Stamp } from '../journal.js';
import { type Manifest, manifestKind } from '../manifest.js';
import { existingGenerations } from './generations.js';
import { readLastEntry, renameIfFree } from './journal.js';
import type { ProfileRef } from './read-profile.js';
import { readWithdrawn } from './withdraw.js';

/** What a journal does not know any longer. */
export interface LostEntries {
  readonly lost: 'all' | 'last';
  /** Generations that were shown, or may have been. */
  readonly generations: readonly number[];
  /** The text of the profile's link; `null` where there is none. */
  readonly link: string | null;
}

/**
 * What the journal has lost, as can be seen; `null`: nothing. Without an `older` entry, the journal is read after the link, so that no change made meanwhile looks like a
 * loss; one that is found with it has to be looked for again.
 */
export function lostEntries(ref: ProfileRef, older?: JournalEntry | null): LostEntries | null {
  const { home, name } = ref;
  const link = readLinkIfAny(profileLink(home, name));
  const last = older === undefined ? readLastEntry(home, name) : older;
  if (last === null && status(profileState(home, name)) === null) return null;
  if (last !== null) {
    if (link === null || (last.generation !== null && link === generationLinkText(name, last.generation))) return null;
    const generations = existingGenerations(ref).filter((number) => number > last.highest);
    return generations.some((number) => generationLinkText(name, number) === link) ? { lost: 'last', generations, link } : null;
  }
  const generations = existingGenerations(ref);
  return link !== null || generations.some((number) => !isFirst(ref, number)) ? { lost: 'all', generations, link } : null;
}

/** True for what a profile begins with, and a `new` or `publish` that was killed leaves: a generation that holds nothing, or a release, which nobody can put anything into. */
function isFirst({ home, name }: ProfileRef, number: number): boolean {
  const manifest = orNull(() => readSealed(manifestKind, manifestFile(generation(home, name, number))));
  return manifest?.kind === 'release' || (manifest?.action === 'new' && manifest.packages.length === 0);
}

/** @throws `journal-lost` where entries are lost, for all that this machine can know a moment later: nothing may be built on what is left. */
export function refuseLost(ref: ProfileRef): void {
  awaitFresh(() => lostEntries(ref) !== null);
  const found = lostEntries(ref);
  if (found !== null) throw lossOf(ref, found);
}

/** That entries are lost. */
export function lossOf(ref: ProfileRef, lost: LostEntries): NoxError<'journal-lost'> {
  return new NoxError('journal-lost', { profile: ref.called ?? ref.name, path: journal(ref.home, ref.name), problem: lossInWords(lost) });
}

/** What is lost, and what shows it. */
export function lossInWords({ lost, generations, link }: LostEntries): string {
  if (lost === 'last') return `its last entries are lost, since the profile's link leads to ${link ?? ''}, which it does not know`;
  const seen = generations.length === 0 ? `the profile's link leads to ${link ?? ''}` : `there are generations (${generations.join(', ')}), which may hold files of yours`;
  return `all of its entries are lost, and ${seen}`;
}

/** Who makes a repair, and when. */
export const stampOfRepair = (now: Date): Stamp => ({ action: 'doctor', at: now.toISOString(), user: userName(), host: thisProcess().host });

/**
 * The entries that are lost, after `last`: each generation as if it had been shown in order, then what the link shows, where that is not the last of
 * them. The way between them, its switches and rollbacks, is not to be had. Where there is no link, the last whole generation was shown, for all that is known.
 * @throws `not-permitted`, `file-system` when a generation cannot be read just now.
 */
export function entriesAnew(ref: ProfileRef, last: JournalEntry | null, { lost, generations, link }: LostEntries, stamp: Stamp): readonly JournalEntry[] {
  const undecided = readWithdrawn(ref).filter(({ stage, number }) => stage === 'pruning' && number > (last?.highest ?? -1)).map(({ number }) => number);
  const entries: JournalEntry[] = [];
  const whole: JournalEntry[] = [];
  const push = (shown: Shown, how: Stamp): void => void entries.push(pushEntry(entries.at(-1) ?? last, shown, how));
  for (const number of [...new Set([...generations, ...undecided])].sort((a, b) => a - b)) {
    const manifest = manifestIfWhole(generation(ref.home, ref.name, number));
    push({ generation: number, link: null }, manifest === null ? stamp : { action: manifest.action, at: manifest.createdAt, user: stamp.user, host: manifest.owner.host });
    if (manifest !== null) whole.push(entries.at(-1) as JournalEntry);
  }
  const end = entries.at(-1);
  const own = entries.find((entry) => generationLinkText(ref.name, entry.generation ?? 0) === link);
  const shown = link === null ? (whole.at(-1) ?? end) : own;
  if (shown === undefined) push({ generation: null, link: link ?? '' }, stamp);
  else if (shown !== end && end !== undefined) entries.push(popEntry(end, shown, stamp));
  if (lost === 'last') return entries;
  // Nor is the number of one that is being deleted used again.
  const highest = Math.max(...readWithdrawn(ref).map(({ number }) => number), 0);
  return entries.map((entry) => ({ ...entry, highest: Math.max(entry.highest, highest) }));
}

function manifestIfWhole(tree: string): Manifest | null {
  try {
    return readSealed(manifestKind, manifestFile(tree));
  } catch (error) {
    if (isNoxError(error, 'damaged')) return null;
    throw error;
  }
}

/** Puts a whole journal in the place of one that is gone or empty, in one step. False: something is there. */
export function putJournal({ home, name }: ProfileRef, entries: readonly JournalEntry[], workshop: string): boolean {
  const made = `${workshop}/journal`;
  makeDirectory(made);
  for (const entry of entries) {
    const own = `${made}/${entry.sequence}`;
    makeDirectory(own);
    writeNewFile(journalRecord(own), seal(journalKind, entry));
    syncDirectory(own);
  }
  syncDirectory(made);
  if (!renameIfFree(made, journal(home, name))) return false;
  syncDirectory(profileState(home, name));
  return true;
}
