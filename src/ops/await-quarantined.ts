import { readQuarantine, type Quarantined } from '../collect/io/quarantine.js';
import type { Context } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { inferNameAndVersion } from '../store/identifier.js';
import type { ScannedStore } from '../store/io/scan.js';

const POLL = 50;

/**
 * The stores, as `read` gives them once none of the requests names a package that is only in quarantine: it may come back, so that
 * it is waited for as for a marked one.
 * @throws `condemned` when it is there still after `wait` seconds.
 */
export async function awaitQuarantined(context: Context, requests: readonly string[], wait: number, read: () => Promise<readonly ScannedStore[]>): Promise<readonly ScannedStore[]> {
  const deadline = context.now().getTime() + wait * 1000;
  for (;;) {
    const stores = await read();
    const [out] = requests.flatMap((request) => onlyInQuarantine(context, request, stores) ?? []);
    if (out === undefined) return stores;
    if (context.now().getTime() > deadline) throw new NoxError('condemned', { id: out.id, store: out.store });
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

function onlyInQuarantine(context: Context, request: string, stores: readonly ScannedStore[]): Quarantined | null {
  const name = request.replace(/(?<=.)@.*$/, '');
  const isMeant = (id: string, own: string): boolean => id === request || own === name;
  if (stores.some(({ packages }) => packages.some((pkg) => isMeant(pkg.id, pkg.name)))) return null;
  // Where it cannot be read, nobody waits.
  const entries = stores.flatMap((store) => orNull(() => readQuarantine(store, context.now())) ?? []);
  return entries.find(({ id, doomed }) => !doomed && isMeant(id, inferNameAndVersion(id).name)) ?? null;
}
