import { isAnyNoxError } from '../../errors.js';
import { makeDirectories, makeDirectory, removeTree } from '../../fs/change.js';
import { clearOwned, removeIfPossible } from '../../fs/owned-entries.js';
import { isGone, ownedName, thisProcess } from '../../fs/owner.js';
import { readSealed } from '../../fs/sealed.js';
import { generation, manifestFile, staging, trash } from '../../layout.js';
import { manifestKind } from '../manifest.js';
import { wasClaimed } from './claims.js';
import { existingGenerations } from './generations.js';
import { readLastEntry } from './journal.js';
import { lostEntries } from './lost-journal.js';
import { onlyCopies } from './only-copies.js';
import { isShown, settleLink } from './publish.js';
import type { ProfileRef } from './read-profile.js';
import { clearWithdrawn } from './withdraw.js';

/**
 * Makes a private directory for things under construction, beside where they will go, named by this process; runs,
 * and removes it whatever happens.
 */
export async function withWorkshop<T>(home: string, name: string, run: (workshop: string) => Promise<T> | T): Promise<T> {
  const workshop = makeWorkshop(home, name);
  try {
    return await run(workshop);
  } finally {
    removeIfPossible(workshop);
  }
}

function makeWorkshop(home: string, name: string): string {
  const workshop = `${staging(home, name)}/${ownedName(thisProcess())}`;
  makeDirectory(workshop);
  return workshop;
}

/** Shows what the journal of a profile says where a killed command left its link behind, or somebody took it away. */
export function settleProfile({ home, name }: ProfileRef): void {
  const last = readLastEntry(home, name);
  if (last === null || isShown(home, name, last) || lostEntries({ home, name }, last) !== null) return;
  makeDirectories(staging(home, name));
  const workshop = makeWorkshop(home, name);
  try {
    settleLink(home, name, () => workshop);
  } finally {
    removeIfPossible(workshop);
  }
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
    // Whoever is gone has written its entry or never will: so the journal is asked after the process table.
    if (isAbandoned(ref, number) && unpublished(ref).includes(number)) removeTree(generation(ref.home, ref.name, number));
  }
}

/** Removes what killed commands left of removed profiles. */
export function clearTrash(home: string, now: Date): void {
  clearOwned(trash(home), now);
}

/** Generations above all that the journal names; without a journal, what a `new` or `publish` that was killed leaves. None where entries are lost. */
function unpublished(ref: ProfileRef): number[] {
  const last = readLastEntry(ref.home, ref.name);
  return lostEntries(ref, last) === null ? existingGenerations(ref).filter((number) => number > (last?.highest ?? -1)) : [];
}

/**
 * A generation that its command, which is gone, never showed. One that somebody claimed was shown, and one with files of the user's that no other
 * generation has, whatever the journal says.
 */
export function isAbandoned(ref: ProfileRef, number: number): boolean {
  try {
    const manifest = readSealed(manifestKind, manifestFile(generation(ref.home, ref.name, number)));
    if (manifest === null || !isGone(manifest.owner) || wasClaimed(ref, number)) return false;
    return manifest.kind === 'release' || onlyCopies(ref, [number], existingGenerations(ref).filter((other) => other !== number)).length === 0;
  } catch (error) {
    // What cannot be understood is not removed in passing.
    if (isAnyNoxError(error)) return false;
    throw error;
  }
}
