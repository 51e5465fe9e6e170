import { isAnyNoxError } from '../../errors.js';
import { makeDirectories, makeDirectory, removeTree } from '../../fs/change.js';
import { clearOwned, removeIfPossible } from '../../fs/owned-entries.js';
import { isGone, ownedName, thisProcess } from '../../fs/owner.js';
import { readSealed } from '../../fs/sealed.js';
import { generation, manifestFile, staging, trash } from '../../layout.js';
import { manifestKind } from '../manifest.js';
import { readLastEntry } from './journal.js';
import { isShown, settleLink } from './publish.js';
import { existingGenerations, type ProfileRef } from './read-profile.js';
import { clearWithdrawn } from './withdraw.js';

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
    removeIfPossible(workshop);
  }
}

/** Shows what the journal of a profile says where a killed command left its link behind. */
export async function settleProfile({ home, name }: ProfileRef): Promise<void> {
  const last = readLastEntry(home, name);
  if (last === null || isShown(home, name, last)) return;
  makeDirectories(staging(home, name));
  await withWorkshop(home, name, (workshop) => settleLink(home, name, () => workshop));
}

/**
 * Removes what killed commands left: workshops, generations half pruned, and generations that never got into the journal. What a
 * living or unknown process works on stays.
 */
export function clearLeftovers(ref: ProfileRef, now: Date): void {
  clearWithdrawn(ref, now);
  clearOwned(staging(ref.home, ref.name), now);
  clearTrash(ref.home, now);
  for (const number of unpublished(ref)) {
    const tree = generation(ref.home, ref.name, number);
    // Whoever is gone has written its entry or never will: so the journal is asked after the process table.
    if (isAbandoned(tree) && unpublished(ref).includes(number)) removeTree(tree);
  }
}

/** Removes what killed commands left of removed profiles. */
export function clearTrash(home: string, now: Date): void {
  clearOwned(trash(home), now);
}

/** Generations above all that the journal names. */
function unpublished(ref: ProfileRef): number[] {
  const last = readLastEntry(ref.home, ref.name);
  return existingGenerations(ref).filter((number) => last === null || number > last.highest);
}

function isAbandoned(tree: string): boolean {
  try {
    const manifest = readSealed(manifestKind, manifestFile(tree));
    return manifest !== null && isGone(manifest.owner);
  } catch (error) {
    // What cannot be understood is not removed in passing.
    if (isAnyNoxError(error)) return false;
    throw error;
  }
}
