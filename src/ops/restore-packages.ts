import { readQuarantine, restore } from '../collect/io/quarantine.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import type { ScannedStore } from '../store/io/scan.js';
import type { GarbageRequest, GarbageResult } from './collect-garbage.js';

/** `gc --restore ID`: takes packages out of quarantine, all or none that are not there. @throws `not-in-quarantine`, `not-restored`. */
export function restorePackages(context: Context, { restore: ids, dryRun }: GarbageRequest, stores: readonly ScannedStore[]): GarbageResult {
  const entries = stores.flatMap((store) => readQuarantine(store, context.now()));
  const whole = entries.filter(({ doomed }) => !doomed);
  const missing = ids.filter((id) => !whole.some((entry) => entry.id === id));
  if (missing.length > 0) {
    throw new NoxError('not-in-quarantine', { ids: missing, stores: stores.map(({ path }) => path), quarantined: whole.map(({ id }) => id) });
  }
  const wanted = whole.filter(({ id }) => ids.includes(id));
  for (const entry of wanted) {
    if (!dryRun && !restore(entry)) throw new NoxError('not-restored', { id: entry.id, store: entry.store, problem: 'something else has its name' });
  }
  const kept = stores.flatMap((store) => store.packages).filter((pkg) => pkg.aliasOf === null).length + wanted.length;
  const retained = whole.filter((entry) => !wanted.includes(entry)).map(({ id, store }) => ({ id, store }));
  return { dryRun, removed: [], kept, restored: wanted.map(({ id, store }) => ({ id, store })), doubts: [], quarantined: retained };
}
