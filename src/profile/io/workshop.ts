import { makeDirectory, readDirectoryIfAny, removeTree, status } from '../../fs/disk.js';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { generation, staging } from '../../layout.js';
import type { JournalEntry } from '../journal.js';
import { existingGenerations, type ProfileRef, readManifest } from './read-profile.js';

/** Milliseconds after which what a process of another machine left under construction is taken for abandoned. */
const ABANDONED = 7 * 24 * 3600 * 1000;

/**
 * Makes a private directory for things under construction, beside where they will go, named by this process; runs,
 * and removes it whatever happens.
 */
export async function withWorkshop<T>(home: string, name: string, run: (workshop: string) => Promise<T> | T): Promise<T> {
  const workshop = `${staging(home, name)}/${ownedName(thisProcess())}`;
  makeDirectory(workshop);
  try {
    return await run(workshop);
  } finally {
    removeTree(workshop);
  }
}

/**
 * Removes what killed commands left: workshops, and generations above `last` that never got into the journal. What a
 * living or unknown process works on stays.
 */
export function clearLeftovers(ref: ProfileRef, last: JournalEntry | null, now: Date): void {
  clearWorkshops(ref.home, ref.name, now);
  for (const number of existingGenerations(ref)) {
    if (last !== null && number <= last.highest) continue;
    const tree = generation(ref.home, ref.name, number);
    if (isGone(readManifest(tree).owner)) removeTree(tree);
  }
}

function clearWorkshops(home: string, name: string, now: Date): void {
  const directory = staging(home, name);
  for (const entry of readDirectoryIfAny(directory) ?? []) {
    const path = `${directory}/${entry.name}`;
    const owner = ownerOfName(entry.name);
    if (owner === null) continue;
    const age = now.getTime() - (status(path)?.mtimeMs ?? now.getTime());
    if (isGone(owner) || age > ABANDONED) removeTree(path);
  }
}
