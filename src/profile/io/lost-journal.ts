/**
 * A journal that has lost all entries, or its last ones, as a restore of half a backup leaves it. An entry is written before the profile's link is, so
 * that a link to what no entry knows shows that some are lost. Nothing is removed then, and `doctor` makes the entries anew.
 */
import { NoxError, orNull } from '../../errors.js';
import { readLinkIfAny, status } from '../../fs/disk.js';
import { readSealed } from '../../fs/sealed.js';
import { awaitFresh } from '../../fs/wait.js';
import { generation, generationLinkText, journal, manifestFile, profileLink, profileState } from '../../layout.js';
import type { JournalEntry } from '../journal.js';
import { manifestKind } from '../manifest.js';
import { existingGenerations } from './generations.js';
import { readLastEntry } from './journal.js';
import type { ProfileRef } from './read-profile.js';

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
