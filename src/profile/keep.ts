import type { JournalEntry } from './journal.js';

/** Why a prune keeps a generation, the strongest reason first. */
export type KeepReason = 'current' | 'lease' | 'pin' | 'unpublished' | 'recent' | 'newest';

interface KeepRequest {
  /** The whole journal, the first entry first. */
  readonly entries: readonly JournalEntry[];
  /** Numbers of the generations that exist, ascending. */
  readonly existing: readonly number[];
  /** Generations that leases and pins hold. */
  readonly claimed: ReadonlyMap<number, 'lease' | 'pin'>;
  /** Generations that a living command has built and not published yet. */
  readonly coming: ReadonlySet<number>;
  /** How many of the newest stay. */
  readonly newest: number;
  /** Milliseconds since 1970: what was current after it stays. */
  readonly since: number;
}

/** The generations that stay, each with its strongest reason; all others may go. */
export function keptGenerations(request: KeepRequest): Map<number, KeepReason> {
  const { entries, existing, claimed, coming, newest, since } = request;
  const recent = currentSince(entries, since);
  const top = new Set(newest === 0 ? [] : existing.slice(-newest));
  const current = entries.at(-1)?.generation ?? null;
  const reasonFor = (number: number): KeepReason | null => {
    if (number === current) return 'current';
    const claim = claimed.get(number);
    if (claim !== undefined) return claim;
    if (coming.has(number)) return 'unpublished';
    return recent.has(number) ? 'recent' : top.has(number) ? 'newest' : null;
  };
  return new Map(existing.flatMap((number) => {
    const reason = reasonFor(number);
    return reason === null ? [] : [[number, reason] as const];
  }));
}

/**
 * The generations that the profile showed at any time after `since`: each from its entry until the next one's. Where a clock went
 * back between the two, or a time cannot be read, the later or no end counts, so that rather too many are kept.
 */
function currentSince(entries: readonly JournalEntry[], since: number): Set<number> {
  const found = new Set<number>();
  entries.forEach(({ generation, at }, index) => {
    const next = entries[index + 1];
    const end = next === undefined ? Infinity : Math.max(Date.parse(at), Date.parse(next.at));
    if (generation !== null && !(end <= since)) found.add(generation);
  });
  return found;
}
