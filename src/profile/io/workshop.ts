import { isAnyNoxError, NoxError, orNull } from '../../errors.js';
import { makeDirectories, makeDirectory, removeTree } from '../../fs/change.js';
import { clearOwned, removeIfPossible } from '../../fs/owned-entries.js';
import { isGone, ownedName, thisProcess } from '../../fs/owner.js';
import { readSealed } from '../../fs/sealed.js';
import { generation, journal, manifestFile, staging, trash } from '../../layout.js';
import { shellWord } from '../../shell-word.js';
import { manifestKind } from '../manifest.js';
import { readLastEntry } from './journal.js';
import { isShown, settleLink } from './publish.js';
import { onlyCopies } from './only-copies.js';
import { awaitFresh, existingGenerations, type ProfileRef, readManifest, selectorOf } from './read-profile.js';
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
    // Whoever is gone has written its entry or never will: so the journal is asked after the process table.
    if (isAbandoned(ref, number) && unpublished(ref).includes(number)) removeTree(generation(ref.home, ref.name, number));
  }
}

/** Removes what killed commands left of removed profiles. */
export function clearTrash(home: string, now: Date): void {
  clearOwned(trash(home), now);
}

/** Generations above all that the journal names; without a journal, what a `new` or `publish` that was killed leaves. */
function unpublished(ref: ProfileRef): number[] {
  const last = readLastEntry(ref.home, ref.name);
  return existingGenerations(ref).filter((number) => (last === null ? isFirst(ref, number) : number > last.highest));
}

/** True for what a profile begins with: a generation that holds nothing, or a release, which nobody can put anything into. */
function isFirst({ home, name }: ProfileRef, number: number): boolean {
  const manifest = orNull(() => readManifest(generation(home, name, number)));
  return manifest?.kind === 'release' || (manifest?.action === 'new' && manifest.packages.length === 0);
}

/** The generations of a profile whose journal is gone: more than a command that was killed leaves. */
export function orphanedGenerations(ref: ProfileRef): number[] {
  return readLastEntry(ref.home, ref.name) === null ? existingGenerations(ref).filter((number) => !isFirst(ref, number)) : [];
}

/** @throws `damaged` where a profile cannot be made, since generations of one whose journal is lost are in its place. */
export function refuseOrphaned(ref: ProfileRef): void {
  let orphaned: readonly number[] = [];
  awaitFresh(() => (orphaned = orphanedGenerations(ref)).length > 0);
  if (orphaned.length === 0) return;
  throw new NoxError('damaged', { path: journal(ref.home, ref.name), problem: `nothing is in it, and there are generations (${orphaned.join(', ')}), which may hold files of yours: see nox-profile doctor ${shellWord(selectorOf(ref))}` });
}

/**
 * A generation that its command, which is gone, never showed. One with files of the user's that no other generation has was shown, whatever
 * the journal says.
 */
export function isAbandoned(ref: ProfileRef, number: number): boolean {
  try {
    const manifest = readSealed(manifestKind, manifestFile(generation(ref.home, ref.name, number)));
    if (manifest === null || !isGone(manifest.owner)) return false;
    return manifest.kind === 'release' || onlyCopies(ref, [number], existingGenerations(ref).filter((other) => other !== number)).length === 0;
  } catch (error) {
    // What cannot be understood is not removed in passing.
    if (isAnyNoxError(error)) return false;
    throw error;
  }
}
