import { byName } from '../fs/bytes.js';
import { compareVersions } from '../store/version.js';
import type { Change, ManifestPackage } from './manifest.js';

type Packages = readonly ManifestPackage[];

/** The differences from one set of packages to another, sorted by identifier. A profile holds one package of a name. */
export function changesBetween(before: Packages, after: Packages): Change[] {
  const old = new Map(before.map((pkg) => [pkg.name, pkg]));
  const names = new Set(after.map((pkg) => pkg.name));
  const changes = after.flatMap((pkg) => changeOf(old.get(pkg.name), pkg) ?? []);
  for (const pkg of before) if (!names.has(pkg.name)) changes.push({ change: 'removed', id: pkg.id, from: null });
  return changes.sort((a, b) => byName(a.id, b.id));
}

function changeOf(before: ManifestPackage | undefined, after: ManifestPackage): Change | null {
  if (before === undefined) return { change: 'added', id: after.id, from: null };
  if (before.id === after.id && before.store === after.store) {
    return before.requested === after.requested && before.pinned === after.pinned ? null : { change: 'requested', id: after.id, from: null };
  }
  const order = compareVersions(after.version ?? '', before.version ?? '');
  const change = order > 0 ? 'upgraded' : order < 0 ? 'downgraded' : 'replaced';
  return { change, id: after.id, from: before.id };
}
