import type { PackageList } from '../../ops/list-packages.js';
import type { ProfileRow } from '../../ops/list-profiles.js';
import { table } from './table.js';

export function profileLines(profiles: readonly ProfileRow[]): string[] {
  return table(profiles.map(({ name, kind, generation, link, packages, path }) => [name, kind, link === null ? `generation ${generation ?? 0}` : `-> ${link}`, `${packages} packages`, path]));
}

export function packageLines({ packages }: PackageList): string[] {
  return table(packages.map(({ id, version, store, requested }) => [id, version, requested ? 'requested' : 'dependency', store]));
}
