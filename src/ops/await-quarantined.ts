import { readQuarantine, type Quarantined } from '../collect/io/quarantine.js';
import type { Context } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { status } from '../fs/disk.js';
import { quarantineRecords } from '../layout.js';
import { inferNameAndVersion } from '../store/identifier.js';
import type { ScannedStore } from '../store/io/scan.js';
import { dependencyName, splitAtRange } from '../store/request.js';

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
    const known = new Set(stores.flatMap(({ packages }) => packages.flatMap(({ id, name }) => [id, name])));
    const missing = requests.filter((request) => !known.has(request) && !known.has(splitAtRange(request)[0]));
    const [out] = missing.flatMap((request) => inQuarantine(context, request, stores) ?? []);
    // What came back after the stores were read is in neither, so they are read once more where there is a collector at all.
    if (out === undefined) return missing.some((request) => !isProvided(stores, request)) && stores.some(({ path }) => status(quarantineRecords(path)) !== null) ? read() : stores;
    if (context.now().getTime() > deadline) throw new NoxError('condemned', { id: out.id, store: out.store });
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

const isMeant = (request: string, id: string, name: string): boolean => id === request || name === splitAtRange(request)[0];

const isProvided = (stores: readonly ScannedStore[], request: string): boolean =>
  stores.some(({ packages }) => packages.some(({ metadata }) => metadata.provides.some((provided) => dependencyName(provided) === splitAtRange(request)[0])));

function inQuarantine(context: Context, request: string, stores: readonly ScannedStore[]): Quarantined | null {
  // Where it cannot be read, nobody waits.
  const entries = stores.flatMap((store) => orNull(() => readQuarantine(store, context.now())) ?? []);
  return entries.find(({ id, doomed }) => !doomed && isMeant(request, id, inferNameAndVersion(id).name)) ?? null;
}
