import { display } from '../../fs/bytes.js';
import type { Change } from '../../profile/manifest.js';

/** One line per change: `+` added, `-` removed, `~` another in its place, `*` requested. */
export function changeLines(changes: readonly Change[]): string[] {
  return changes.map((change) => display(changeText(change)));
}

/** A change in words, as yet unfit for a terminal. */
export function changeText({ change, id, from }: Change): string {
  switch (change) {
    case 'added':
      return `+ ${id}`;
    case 'removed':
      return `- ${id}`;
    case 'requested':
      return `* ${id} (as requested)`;
    default:
      return `~ ${id} (${change}${from === null || from === id ? '' : ` from ${from}`})`;
  }
}

/** What a change of a profile did, in one line and a line per change. */
export function outcomeLines(result: { profile: string; generation: number | null; previous: number | null; changes: readonly Change[]; dryRun: boolean }): string[] {
  const { profile, generation, previous, changes, dryRun } = result;
  const name = display(profile);
  const at = (number: number | null): string => (number === null ? 'the linked profile' : `generation ${number}`);
  if (generation === previous && changes.length === 0) return [`${name}: nothing to change, at ${at(generation)}`];
  return [...changeLines(changes), `${name}: ${dryRun ? 'would be' : 'now'} at ${at(generation)}, ${dryRun ? 'is' : 'was'} at ${at(previous)}`];
}
