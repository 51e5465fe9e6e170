/** Entries of a journal made anew where they are lost; see lost-journal.ts. */
import { makeDirectory, syncDirectory, writeNewFile } from '../../fs/change.js';
import { thisProcess } from '../../fs/owner.js';
import { seal } from '../../fs/sealed.js';
import { generation, generationLinkText, journal, journalRecord, profileState } from '../../layout.js';
import { userName } from '../../user-name.js';
import { type JournalEntry, journalKind, popEntry, pushEntry, type Shown, type Stamp } from '../journal.js';
import { renameIfFree } from './journal.js';
import type { LostEntries } from './lost-journal.js';
import { type ProfileRef, wholeManifest } from './read-profile.js';
import { readWithdrawn } from './withdraw.js';

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
    const manifest = wholeManifest(generation(ref.home, ref.name, number));
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
