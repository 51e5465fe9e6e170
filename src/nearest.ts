/**
 * Number of edits between two words: insert, delete, replace, or swap of neighbours (optimal string alignment: Damerau
 * 1964 on Levenshtein's table, three rows of it at a time).
 */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      const replaced = (previous[j - 1] ?? Infinity) + (same ? 0 : 1);
      row.push(Math.min(replaced, swapped, (previous[j] ?? Infinity) + 1, (row[j - 1] ?? Infinity) + 1));
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? Infinity;
}

/** The candidate that the user most likely meant, ignoring case, or `null` when none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.slice(0, 200).toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const d = distance(wanted, candidate.toLowerCase());
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}
