import type { Standing } from '../../store/effective.js';
import type { JsonObject } from '../command.js';
import { packageJson } from './store-list.js';
import { table } from './table.js';

export function searchJson(found: readonly Standing[]): JsonObject {
  return {
    packages: found.map((standing) => ({ ...packageJson(standing), store: standing.package.store, description: standing.package.metadata.description })),
  };
}

/** One row per package: identifier, version, store, description. */
export function searchLines(found: readonly Standing[]): string[] {
  return table(found.map(({ package: pkg }) => [pkg.id, pkg.version, pkg.store, pkg.metadata.description]));
}
