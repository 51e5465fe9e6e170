import { display } from '../../fs/bytes.js';
import type { EditResult } from '../../ops/recompose-profile.js';
import type { Change } from '../../profile/manifest.js';

/** One line per change: `+` added, `-` removed, `~` another in its place, `*` asked for (or not) where it stays as it is. */
export function changeLines(changes: readonly Change[], asked?: string): string[] {
  return changes.map((change) => display(changeText(change, asked)));
}

/** A change in words, as yet unfit for a terminal. */
export function changeText({ change, id, from }: Change, asked = 'as requested'): string {
  switch (change) {
    case 'added':
      return `+ ${id}`;
    case 'removed':
      return `- ${id}`;
    case 'requested':
      return `* ${id} (${asked})`;
    default:
      return `~ ${id} (${change}${from === null || from === id ? '' : ` from ${from}`})`;
  }
}

/** What a change of a profile did: {@link outcomeLines}, and the files of the user's that go out of view; `kept` says where they are. */
export function changedLines(result: EditResult, { asked, kept = 'kept in the generation left' }: { readonly asked?: string; readonly kept?: string } = {}): string[] {
  const { outOfView } = result;
  const lines = outcomeLines(result, asked);
  if (outOfView.length === 0) return lines;
  return [...lines, `out of view now, and ${kept}:`, ...outOfView.map((path) => `  ${display(path)}`)];
}

/** What a change of a profile did, in one line and a line per change; `asked` says what became of a package that stays as it is. */
function outcomeLines(result: EditResult, asked?: string): string[] {
  const { profile, generation, previous, changes, dryRun } = result;
  const name = display(profile);
  const at = (number: number | null): string => (number === null ? 'the linked profile' : `generation ${number}`);
  if (generation === previous && changes.length === 0) return [`${name}: nothing to change, at ${at(generation)}`];
  return [...changeLines(changes, asked), `${name}: ${dryRun ? 'would be' : 'now'} at ${at(generation)}, ${dryRun ? 'is' : 'was'} at ${at(previous)}`];
}
