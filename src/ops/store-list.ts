import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { effective, type Standing } from '../store/effective.js';
import type { ListedPackage, Store } from '../store/package.js';
import { readListings } from './read-stores.js';

export interface StoreRow {
  readonly store: Store<ListedPackage>;
  readonly packages: ReadonlyArray<Standing<ListedPackage>>;
}

/** `list`: every store of the path with every package that it holds, shadowed ones and aliases included. */
export async function listStores(context: Context, flags: PlaceFlags): Promise<readonly StoreRow[]> {
  const stores = await readListings(context, flags);
  const standings = effective(stores);
  let from = 0;
  return stores.map((store) => ({ store, packages: standings.slice(from, (from += store.packages.length)) }));
}
