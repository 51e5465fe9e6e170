import type { ListedPackage, Store } from '../package.js';
import type { StoreWarning } from './candidates.js';
import { readListingCache, writeListingCache } from './listing-cache.js';
import { openStore, scanOpened, type ScanOptions, withAliases } from './scan.js';

/** A store with what a listing tells of its packages. */
export interface ListedStore extends Store<ListedPackage> {
  readonly warnings: readonly StoreWarning[];
}

/**
 * Reads stores as `scanStores` does, for one who only shows what is there. Of a package whose `nox-package.yaml` gives name and version, and
 * that was listed before, nothing but that file is looked at.
 */
export async function listStores(paths: readonly string[], options: ScanOptions = {}): Promise<ListedStore[]> {
  const stores: ListedStore[] = [];
  for (const path of paths) stores.push(await listStore(path, options));
  return stores;
}

async function listStore(path: string, options: ScanOptions): Promise<ListedStore> {
  const opened = await openStore(path);
  const cache = options.cache ?? null;
  if (cache === null || opened.own.length === 0) return (await scanOpened(opened, options)).store;
  const listing = { cache, store: path, told: JSON.stringify([opened.problem, [...opened.store.config.packages]]), ids: opened.own.map(({ id }) => id) };
  const known = await readListingCache(listing);
  if (known !== null) return { ...opened.store, packages: opened.targets.size === known.length ? known : withAliases(opened, known) };
  const began = Date.now();
  const { store, readings } = await scanOpened(opened, options);
  writeListingCache(listing, began, { packages: store.packages, readings });
  return store;
}
