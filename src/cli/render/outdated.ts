import type { OutdatedPackage } from '../../ops/list-outdated.js';
import { table } from './table.js';

/** A row per package: identifier, current, wanted, newest, store of the newest; `pinned` at the end of those that are. */
export function outdatedLines(packages: readonly OutdatedPackage[]): string[] {
  return table(packages.map(({ id, pinned, current, wanted, newest }) => [
    id, current.version, wanted?.version ?? null, newest.version, newest.store, ...(pinned ? ['pinned'] : []),
  ]));
}
