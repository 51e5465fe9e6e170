/**
 * The journal of switches is the truth about which generation a profile shows. Entries are numbered from 0 without a gap
 * and never change. Each names the entry that lies below it on the history stack, so that the stack is a linked list:
 * a push puts the new entry on the current one, a rollback shows again what lies below.
 *
 *     0 new (gen 0, below -)   1 add A (1, 0)   2 add B (2, 1)   3 rollback (1, 0)   4 add C (3, 3)   5 rollback (1, 0)
 */
import * as v from 'valibot';
import type { SealedKind } from '../fs/sealed.js';

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const path = v.pipe(v.string(), v.check((text) => !text.includes('\0'), 'it holds a NUL byte'));

const entrySchema = v.object({
  sequence: number,
  /** The command that made it: `new`, `add`, `rollback`, … */
  action: v.string(),
  /** The generation shown; for a linked profile `null`, see `link`. */
  generation: v.nullable(number),
  /** The profile or release shown instead of a generation: the text of the profile's symlink, so a name of the same home, or an absolute path. */
  link: v.nullable(path),
  /** The entry below this one on the history stack. */
  below: v.nullable(number),
  /** The highest generation number ever used, so that none is used twice. */
  highest: number,
  /** RFC 3339, UTC. */
  at: v.string(),
  user: v.string(),
  host: v.string(),
});

/** One switch of a profile. */
export type JournalEntry = v.InferOutput<typeof entrySchema>;

export const journalKind: SealedKind<typeof entrySchema> = { kind: 'journal-entry', version: 1, schema: entrySchema, limit: 1 << 16 };

/** What a switch shows. */
export type Shown = { readonly generation: number; readonly link: null } | { readonly generation: null; readonly link: string };

/** Who switches, when, by which command. */
export type Stamp = Pick<JournalEntry, 'action' | 'at' | 'user' | 'host'>;

/** The entry that puts `shown` on top of the history. `last` is `null` for a new profile. */
export function pushEntry(last: JournalEntry | null, shown: Shown, stamp: Stamp): JournalEntry {
  return {
    ...stamp,
    ...shown,
    sequence: last === null ? 0 : last.sequence + 1,
    below: last === null ? null : last.sequence,
    highest: Math.max(last?.highest ?? 0, shown.generation ?? 0),
  };
}

/** The entry that takes the place of the last one on the history: a rollback goes to what lies below both. */
export const replaceEntry = (last: JournalEntry, shown: Shown, stamp: Stamp): JournalEntry => ({ ...pushEntry(last, shown, stamp), below: last.below });

/** The entry that shows again what `below`, the entry under `last`, shows. */
export function popEntry(last: JournalEntry, below: JournalEntry, stamp: Stamp): JournalEntry {
  const { generation, link } = below;
  return { ...stamp, generation, link, sequence: last.sequence + 1, below: below.below, highest: last.highest };
}
