import type { ProfileStatus } from '../../ops/profile-status.js';
import { display } from '../../fs/bytes.js';
import { table } from './table.js';

export function statusLines(status: ProfileStatus): string[] {
  const { name, path, kind, generation, link, createdAt, layout, packages, links, omit, prefer, hide } = status;
  const rows: [string, string | number | null][] = [
    ['profile', name], ['path', path], ['kind', kind],
    link === null ? ['generation', generation] : ['links to', link],
    ['made', createdAt], ['layout', layout], ['packages', packages], ['links', links],
  ];
  if (omit.length > 0) rows.push(['omits', omit.join(' ')]);
  if (prefer.length > 0) rows.push(['prefers', prefer.join(' ')]);
  if (hide.length > 0) rows.push(['hides', hide.join(' ')]);
  if (status.copy.length > 0) rows.push(['copies', status.copy.join(' ')]);
  if (status.withLibc) rows.push(['C library', 'linked']);
  return [
    ...table(rows),
    ...section('folded directories', status.folded),
    ...section('files instead of links', status.made.map(({ path: file, kind: made }) => `${file} (${made})`)),
    ...section('files that nox did not install', status.unmanaged),
    ...section('packages that are gone', status.gone.map(({ id, store }) => `${id} (${store})`)),
    ...section('packages that cannot be read', status.unreadable.map(({ id, store }) => `${id} (${store})`)),
  ];
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`${title}:`, ...entries.map((entry) => `  ${display(entry)}`)];
}
