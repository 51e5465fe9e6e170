import type { Context } from '../context.js';
import { isNoxError, NoxError, orNull } from '../errors.js';
import { generation } from '../layout.js';
import { readEntries, readEntry } from '../profile/io/journal.js';
import { existingGenerations } from '../profile/io/generations.js';
import { linkedTree, nameOf, type ProfileState, readManifest, selectorOf } from '../profile/io/read-profile.js';
import type { JournalEntry } from '../profile/journal.js';
import { changesBetween, type ChoiceChange, choicesBetween } from '../profile/changes.js';
import type { Change, Composition, Manifest } from '../profile/manifest.js';
import { openOrDefault, type ProfileSelection } from './find-profile.js';
import { compositionOf } from './new-profile.js';

interface HistoryRow {
  readonly number: number;
  readonly current: boolean;
  readonly createdAt: string;
  readonly action: string;
  readonly packages: readonly { readonly id: string; readonly store: string }[];
  readonly changes: readonly Change[];
  /** Compared with what was shown before it; none where that is not there any longer. */
  readonly choices: readonly ChoiceChange[];
}

export interface History {
  readonly name: string;
  /** Generations that exist, ascending. */
  readonly generations: readonly HistoryRow[];
  /** The journal of switches, the first one first. */
  readonly switches: readonly JournalEntry[];
}

/** The generations of a profile and the switches between them. A generation that is damaged is talked about and left out. */
export function showHistory(context: Context, selection: ProfileSelection): History {
  const { ref, state } = openOrDefault(context, selection);
  if (state === null) return { name: nameOf(ref), generations: [], switches: [] };
  const switches = readEntries(ref.home, ref.name);
  const published = new Set(switches.map((entry) => entry.generation));
  const read = new Map<number, Manifest>();
  const rows = existingGenerations(state.ref).filter((number) => published.has(number)).flatMap((number) => {
    try {
      const manifest = manifestOf(state, number);
      read.set(number, manifest);
      return [rowOf(state, manifest, shownBefore(state, switches, { number, read }))];
    } catch (error) {
      if (!isNoxError(error, 'damaged')) throw error;
      context.say(`generation ${number} is damaged: ${error.message}`);
      return [];
    }
  });
  return { name: nameOf(state.ref), generations: rows, switches };
}

function rowOf(state: ProfileState, manifest: Manifest, before: Manifest | null): HistoryRow {
  const { number, createdAt, action, packages, changes } = manifest;
  const choices = before === null ? [] : choicesBetween(before, manifest);
  return { number, current: number === state.generation, createdAt, action, packages: packages.map(({ id, store }) => ({ id, store })), changes, choices };
}

/** What the profile showed when a generation was published, if that is still there; `read` has manifests that need not be read again. */
function shownBefore(state: ProfileState, switches: readonly JournalEntry[], { number, read }: { readonly number: number; readonly read: ReadonlyMap<number, Manifest> }): Manifest | null {
  const before = switches[switches.findIndex((entry) => entry.generation === number) - 1];
  if (before === undefined) return null;
  return orNull(() => (before.generation === null ? readManifest(linkedTree(state.ref, before.link ?? '', null)) : (read.get(before.generation) ?? manifestOf(state, before.generation))));
}

/** The manifest of one of the profile's generations. @throws `no-such-generation`. */
export function manifestOf(state: ProfileState, number: number): Manifest {
  const { home, name } = state.ref;
  const existing = existingGenerations(state.ref);
  if (!existing.includes(number)) throw new NoxError('no-such-generation', { profile: selectorOf(state.ref), generation: number, existing });
  return readManifest(generation(home, name, number));
}

export interface Difference {
  readonly name: string;
  /** `null` for a profile that was linked to, and when nothing lies below the current generation. */
  readonly from: number | null;
  /** `null` for a profile that is linked to. */
  readonly to: number | null;
  readonly changes: readonly Change[];
  readonly choices: readonly ChoiceChange[];
}

/**
 * What changed from one generation to another. Without numbers from what lies below the current one on the history, nothing
 * at the bottom; with one from that to the current. The profile `default` need not exist.
 */
export function showDifference(context: Context, selection: ProfileSelection, numbers: readonly number[]): Difference {
  const { ref, state } = openOrDefault(context, selection);
  const [first, second] = numbers;
  if (state === null) {
    if (first !== undefined) throw new NoxError('no-such-generation', { profile: selectorOf(ref), generation: first, existing: [] });
    return { name: nameOf(ref), from: null, to: 0, changes: [], choices: [] };
  }
  const from = first === undefined ? shownBelow(state) : { generation: first, composition: manifestOf(state, first) };
  const after = second === undefined ? state.manifest : manifestOf(state, second);
  return { name: nameOf(ref), from: from.generation, to: second ?? state.generation, changes: changesBetween(from.composition.packages, after.packages), choices: choicesBetween(from.composition, after) };
}

/** What the history has under the present entry. @throws `no-such-generation` when that was pruned. */
function shownBelow(state: ProfileState): { readonly generation: number | null; readonly composition: Composition } {
  const { ref, last } = state;
  if (last.below === null) return { generation: null, composition: { ...compositionOf(state.manifest), packages: [] } };
  const { generation: number, link } = readEntry(ref.home, ref.name, last.below);
  return { generation: number, composition: number === null ? readManifest(linkedTree(ref, link ?? '', state.generation)) : manifestOf(state, number) };
}
