import type { PackageList } from '../../ops/list-packages.js';
import type { ProfileRow } from '../../ops/list-profiles.js';
import { count } from './size.js';
import { table } from './table.js';

export function profileLines(profiles: readonly ProfileRow[]): string[] {
  return table(profiles.map(({ name, kind, generation, link, packages, path, problem }) => {
    const shown = link === null ? `generation ${generation ?? (problem === null ? 0 : '?')}` : `-> ${link}`;
    return [name, kind ?? 'unreadable', shown, packages === null ? null : count(packages, 'package'), path, ...(problem === null ? [] : [problem])];
  }));
}

export function packageLines({ packages }: PackageList): string[] {
  return table(packages.map(({ id, version, store, requested, pinned }) => [id, version, requested ? 'requested' : 'dependency', store, ...(pinned ? ['pinned'] : [])]));
}
