import { cacheDirectoryOf, type PlaceFlags, storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { quoted } from '../errors.js';
import { display } from '../fs/bytes.js';
import { scanStores, type ScannedStore } from '../store/io/scan.js';

/**
 * The stores of a command, read, in order of precedence. What could not be read is said on standard error; a missing
 * store is there, empty. Throws `colon-in-path`, `invalid-config`.
 */
export async function readStores(context: Context, flags: PlaceFlags): Promise<readonly ScannedStore[]> {
  const progress = (done: number, total: number): void => context.progress.update('reading packages', done, total);
  const stores = await scanStores(storePathOf(context, flags), { progress, cache: cacheDirectoryOf(context) });
  for (const { path, problem } of stores.flatMap(({ warnings }) => warnings)) context.say(`${quoted(path)}: ${display(problem)}`);
  return stores;
}
