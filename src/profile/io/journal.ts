import { failedWith, NoxError } from '../../errors.js';
import { makeDirectory, rename, syncDirectory, writeNewFile } from '../../fs/change.js';
import { status } from '../../fs/disk.js';
import { readSealed, seal } from '../../fs/sealed.js';
import { journal, journalEntry, journalRecord } from '../../layout.js';
import { type JournalEntry, journalKind } from '../journal.js';
import { numbersIn } from './generations.js';

/** The entry of that number. @throws `damaged` when it cannot be read as one, or is missing. */
export function readEntry(home: string, name: string, sequence: number): JournalEntry {
  const path = journalRecord(journalEntry(home, name, sequence));
  const entry = readSealed(journalKind, path);
  if (entry === null) throw new NoxError('damaged', { path, problem: 'the journal entry is missing' });
  if (entry.sequence !== sequence) throw new NoxError('damaged', { path, problem: `it says it is entry ${entry.sequence}` });
  return entry;
}

/** The last entry, or `null` when the profile has no journal. */
export function readLastEntry(home: string, name: string): JournalEntry | null {
  const sequence = lastSequence(home, name);
  return sequence === null ? null : readEntry(home, name, sequence);
}

/** All entries, the first one first. */
export function readEntries(home: string, name: string): JournalEntry[] {
  const last = lastSequence(home, name);
  return Array.from({ length: last === null ? 0 : last + 1 }, (_, sequence) => readEntry(home, name, sequence));
}

function lastSequence(home: string, name: string): number | null {
  // A name that is listed, and that a stale cache holds to be absent, counts once that is over: until then, appending it fails and is tried again.
  const found = numbersIn(journal(home, name)).findLast((number) => status(journalEntry(home, name, number)) !== null);
  if (found === undefined) return null;
  let last = found;
  // A listing may come from a stale cache; a look-up by name reaches the server.
  while (status(journalEntry(home, name, last + 1)) !== null) last += 1;
  return last;
}

/**
 * Appends an entry if its number is still free: it is written in `workshop`, forced to disk and renamed onto its name,
 * which fails when another entry is there (a compare-and-swap on any file system). False: somebody else was first.
 */
export function appendEntry(home: string, name: string, entry: JournalEntry, workshop: string): boolean {
  const made = `${workshop}/entry`;
  makeDirectory(made);
  writeNewFile(journalRecord(made), seal(journalKind, entry));
  syncDirectory(made);
  if (!renameIfFree(made, journalEntry(home, name, entry.sequence))) return false;
  syncDirectory(journal(home, name));
  return true;
}

/** Renames a non-empty directory onto a name; false when a non-empty directory is there already. */
export function renameIfFree(from: string, to: string): boolean {
  try {
    rename(from, to);
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
