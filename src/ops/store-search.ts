import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { effective, type Standing } from '../store/effective.js';
import { readStores } from './read-stores.js';

/** `search WORD`: packages whose identifier, name, description or provisions hold the word, upper and lower case alike. */
export async function searchPackages(context: Context, flags: PlaceFlags, word: string): Promise<readonly Standing[]> {
  const wanted = word.toLowerCase();
  const stores = await readStores(context, flags);
  return effective(stores).filter(({ package: pkg }) =>
    [pkg.id, pkg.name, pkg.metadata.description ?? '', ...pkg.metadata.provides].some((text) => text.toLowerCase().includes(wanted)));
}
