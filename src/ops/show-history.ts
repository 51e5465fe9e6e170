import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { generation } from '../layout.js';
import { readEntries } from '../profile/io/journal.js';
import { existingGenerations, type ProfileState, readManifest, selectorOf } from '../profile/io/read-profile.js';
import type { JournalEntry } from '../profile/journal.js';
import { changesBetween } from '../profile/changes.js';
import type { Change, Manifest } from '../profile/manifest.js';
import { openOrDefault, openProfile, type ProfileSelection } from './find-profile.js';

export interface HistoryRow {
  readonly number: number;
  readonly current: boolean;
  readonly createdAt: string;
  readonly action: string;
  readonly packages: readonly { readonly id: string; readonly store: string }[];
  readonly changes: readonly Change[];
}

export interface History {
  readonly name: string;
  /** Generations that exist, ascending. */
  readonly generations: readonly HistoryRow[];
  /** The journal of switches, the first one first. */
  readonly switches: readonly JournalEntry[];
}

/** The generations of a profile and the switches between them. */
export function showHistory(context: Context, selection: ProfileSelection): History {
  const { ref, state } = openOrDefault(context, selection);
  if (state === null) return { name: ref.name, generations: [], switches: [] };
  const switches = readEntries(ref.home, ref.name);
  const published = new Set(switches.map((entry) => entry.generation));
  const rows = existingGenerations(state.ref).filter((number) => published.has(number)).map((number) => rowOf(state, number));
  return { name: state.ref.name, generations: rows, switches };
}

function rowOf(state: ProfileState, number: number): HistoryRow {
  const { createdAt, action, packages, changes } = manifestOf(state, number);
  return { number, current: number === state.generation, createdAt, action, packages: packages.map(({ id, store }) => ({ id, store })), changes };
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
  readonly from: number | null;
  readonly to: number | null;
  readonly changes: readonly Change[];
}

/**
 * What changed from one generation to another. Without numbers from the one below the current on the history; with one
 * from that to the current.
 */
export function showDifference(context: Context, selection: ProfileSelection, numbers: readonly number[]): Difference {
  const state = openProfile(context, selection);
  const { name } = state.ref;
  const [from, to] = [numbers[0] ?? generationBelow(state), numbers[1] ?? state.generation];
  const before = from === null ? [] : manifestOf(state, from).packages;
  const after = to === null ? state.manifest.packages : manifestOf(state, to).packages;
  return { name, from, to, changes: changesBetween(before, after) };
}

function generationBelow(state: ProfileState): number | null {
  const { below } = state.last;
  if (below === null) return null;
  const entry = readEntries(state.ref.home, state.ref.name)[below];
  return entry?.generation ?? null;
}
