/** Number of single-character edits between two words (Levenshtein 1966), two rows of the table at a time. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
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
