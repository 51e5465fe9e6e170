import { cacheDirectoryOf, type PlaceFlags, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { quoted } from '../errors.js';
import { display } from '../fs/bytes.js';
import { type ListedStore, listStores } from '../store/io/list-stores.js';
import { scanStores, type ScannedStore, type ScanOptions, type StoreWarning } from '../store/io/scan.js';

/**
 * The stores of a command, read, in order of precedence. What could not be read is said on standard error; a missing
 * store is there, empty. Throws `colon-in-path`, `invalid-config`.
 */
export async function readStores(context: Context, flags: PlaceFlags): Promise<readonly ScannedStore[]> {
  const stores = await scanStores(storePathOf(context, flags), optionsOf(context));
  warn(context, stores);
  return stores;
}

/** The same for a command that shows packages and uses none, with what a listing tells of each. */
export async function readListings(context: Context, flags: PlaceFlags): Promise<readonly ListedStore[]> {
  const stores = await listStores(storePathOf(context, flags), optionsOf(context));
  warn(context, stores);
  return stores;
}

function optionsOf(context: Context): ScanOptions {
  const progress = (done: number, total: number): void => context.progress.update('reading packages', done, total);
  return { progress, cache: cacheDirectoryOf(context) };
}

function warn(context: Context, stores: ReadonlyArray<{ readonly warnings: readonly StoreWarning[] }>): void {
  for (const { path, problem } of stores.flatMap(({ warnings }) => warnings)) context.say(`${quoted(path)}: ${display(problem)}`);
}
