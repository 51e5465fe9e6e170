import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { effective, type Standing } from '../store/effective.js';
import type { Store } from '../store/package.js';
import { readStores } from './read-stores.js';

export interface StoreRow {
  readonly store: Store;
  readonly packages: readonly Standing[];
}

/** `list`: every store of the path with every package that it holds, shadowed ones and aliases included. */
export async function listStores(context: Context, flags: PlaceFlags): Promise<readonly StoreRow[]> {
  const stores = await readStores(context, flags);
  const standings = effective(stores);
  let from = 0;
  return stores.map((store) => ({ store, packages: standings.slice(from, (from += store.packages.length)) }));
}
