import { display } from '../../fs/bytes.js';
import type { EditResult } from '../../ops/recompose-profile.js';
import type { ChoiceChange } from '../../profile/changes.js';
import type { Change } from '../../profile/manifest.js';

/** What is another, in packages and choices. */
interface Changed {
  readonly changes: readonly Change[];
  readonly choices: readonly ChoiceChange[];
}

/**
 * One text per change, as yet unfit for a terminal: `+` added, `-` removed, `~` another in its place, `*` asked for (or not), pinned or unpinned where it
 * stays as it is; then the choices.
 */
export function changeTexts({ changes, choices }: Changed): string[] {
  const pins = choices.find(({ choice }) => choice === 'pins');
  const became = (id: string): string | null => (pins?.added.includes(id) === true ? 'pinned' : pins?.removed.includes(id) === true ? 'unpinned' : null);
  const isTold = (id: string): boolean => changes.some((change) => change.change === 'requested' && change.id === id);
  const others = choices.map((one) => (one === pins ? { ...one, added: one.added.filter((id) => !isTold(id)), removed: one.removed.filter((id) => !isTold(id)) } : one));
  return [...changes.map((change) => changeText(change, became(change.id) ?? 'as requested')), ...others.flatMap(choiceTexts)];
}

function changeText({ change, id, from }: Change, asked: string): string {
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

function choiceTexts({ choice, added, removed }: ChoiceChange): string[] {
  const signed = [...added.map((text) => `+ ${text}`), ...removed.map((text) => `- ${text}`)];
  return signed.length === 0 ? [] : [`${choice}: ${signed.join(', ')}`];
}

/** What a change of a profile did: {@link outcomeLines}, and the files of the user's that go out of view; `kept` says where they are. */
export function changedLines(result: EditResult, { kept = 'kept in the generation left' }: { readonly kept?: string } = {}): string[] {
  const { outOfView } = result;
  const lines = outcomeLines(result);
  if (outOfView.length === 0) return lines;
  return [...lines, `out of view now, and ${kept}:`, ...outOfView.map((path) => `  ${display(path)}`)];
}

/** What a change of a profile did, in one line and a line per change. */
function outcomeLines(result: EditResult): string[] {
  const { profile, generation, previous, changes, dryRun } = result;
  const name = display(profile);
  const at = (number: number | null): string => (number === null ? 'the linked profile' : `generation ${number}`);
  if (generation === previous && changes.length === 0) return [`${name}: nothing to change, at ${at(generation)}`];
  return [...changeTexts(result).map(display), `${name}: ${dryRun ? 'would be' : 'now'} at ${at(generation)}, ${dryRun ? 'is' : 'was'} at ${at(previous)}`];
}
