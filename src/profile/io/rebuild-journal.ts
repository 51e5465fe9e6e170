/**
 * A journal that is lost, made anew of the generations: each tells by which command it was made and when, and the profile's link which of
 * them was shown. What nothing tells any longer is the way between them, its switches and rollbacks.
 */
import { makeDirectory, syncDirectory, writeNewFile } from '../../fs/change.js';
import { readLinkIfAny } from '../../fs/disk.js';
import { thisProcess } from '../../fs/owner.js';
import { seal } from '../../fs/sealed.js';
import { generation, generationLinkText, journal, journalRecord, profileLink, profileState } from '../../layout.js';
import { userName } from '../../user-name.js';
import { type JournalEntry, journalKind, popEntry, pushEntry, type Stamp } from '../journal.js';
import { renameIfFree } from './journal.js';
import { existingGenerations, type ProfileRef, wholeManifest } from './read-profile.js';

/** Who makes a repair, and when. */
export const stampOfRepair = (now: Date): Stamp => ({ action: 'doctor', at: now.toISOString(), user: userName(), host: thisProcess().host });

/**
 * The entries, as if every whole generation had been shown in order, and then the one that the link names, where another was the last. `null` where
 * nobody can say what was shown: no generation is whole, or the link leads to none of those.
 */
export function rebuiltJournal(ref: ProfileRef, stamp: Stamp): readonly JournalEntry[] | null {
  const { home, name } = ref;
  const existing = existingGenerations(ref);
  const entries: JournalEntry[] = [];
  for (const number of existing) {
    const manifest = wholeManifest(generation(home, name, number));
    if (manifest?.number !== number) continue;
    const { action, createdAt, owner: { host } } = manifest;
    // No number is used twice, be it that of a damaged generation.
    entries.push({ ...pushEntry(entries.at(-1) ?? null, { generation: number, link: null }, { action, at: createdAt, user: stamp.user, host }), highest: existing.at(-1) ?? 0 });
  }
  const last = entries.at(-1);
  const link = readLinkIfAny(profileLink(home, name));
  const shown = link === null ? last : entries.find((entry) => generationLinkText(name, entry.generation ?? 0) === link);
  if (last === undefined || shown === undefined) return null;
  return shown === last ? entries : [...entries, popEntry(last, shown, stamp)];
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
