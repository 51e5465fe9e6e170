import type { StoreRow } from '../../ops/store-list.js';
import { display } from '../../fs/bytes.js';
import type { Standing } from '../../store/effective.js';
import type { ListedPackage } from '../../store/package.js';
import type { JsonObject } from '../command.js';
import { table } from './table.js';

/** The fields of a package that every listing has. */
export function packageJson({ package: pkg, shadowedBy }: Standing<ListedPackage>): JsonObject {
  const { id, name, version, path, aliasOf, problem } = pkg;
  return { id, name, version, path, shadowedBy, aliasOf, problem };
}

export function storesJson(rows: readonly StoreRow[]): JsonObject {
  return {
    stores: rows.map(({ store, packages }) => ({
      path: store.path,
      writable: store.writable,
      missing: store.missing,
      packages: packages.map(packageJson),
    })),
  };
}

/** A line for each store, and below it, indented, one for each package. */
export function storeLines(rows: readonly StoreRow[]): string[] {
  return rows.flatMap(({ store, packages }) => {
    const state = store.missing ? '  (missing)' : packages.length === 0 ? '  (no packages)' : '';
    return [`${display(store.path)}${state}`, ...standingRows(packages).map((line) => `  ${line}`)];
  });
}

/** One row per package: identifier, name, version, and what is special about it. */
function standingRows(standings: ReadonlyArray<Standing<ListedPackage>>): string[] {
  return table(standings.map((standing) => [standing.package.id, standing.package.name, standing.package.version, remark(standing)])).map(withoutLastDash);
}

function remark({ package: pkg, shadowedBy }: Standing<ListedPackage>): string {
  if (pkg.aliasOf === null && shadowedBy === null && pkg.problem === null) return '';
  const remarks = [
    pkg.aliasOf === null ? '' : `alias of ${pkg.aliasOf}`,
    shadowedBy === null ? '' : `shadowed by ${shadowedBy}`,
    pkg.problem === null ? '' : `unusable: ${pkg.problem}`,
  ];
  return remarks.filter((text) => text !== '').join(', ');
}

/** A row without remarks ends with its version. */
function withoutLastDash(row: string): string {
  return row.endsWith('  -') ? row.slice(0, -3).trimEnd() : row.trimEnd();
}
