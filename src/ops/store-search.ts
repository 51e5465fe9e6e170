import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { effective, type Standing } from '../store/effective.js';
import { nearest } from '../nearest.js';
import { readStores } from './read-stores.js';

interface SearchResult {
  readonly found: readonly Standing[];
  /** The name that was most likely meant where nothing is found; `null` when none is close. */
  readonly nearest: string | null;
}

/** `search WORD`: packages whose identifier, name, description or provisions hold the word, upper and lower case alike. */
export async function searchPackages(context: Context, flags: PlaceFlags, word: string): Promise<SearchResult> {
  const wanted = word.toLowerCase();
  const stores = await readStores(context, flags);
  const known = effective(stores);
  const found = known.filter(({ package: pkg }) =>
    [pkg.id, pkg.name, pkg.metadata.description ?? '', ...pkg.metadata.provides].some((text) => text.toLowerCase().includes(wanted)));
  return { found, nearest: found.length > 0 ? null : nearest(word, known.map(({ package: pkg }) => pkg.name)) };
}
