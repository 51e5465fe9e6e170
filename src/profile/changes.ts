import { byName } from '../fs/bytes.js';
import { compareVersions } from '../store/version.js';
import type { Change, Composition, ManifestPackage } from './manifest.js';

type Packages = readonly ManifestPackage[];

/** A choice of a profile that is another: what it has that it had not, and what it had; of one value the new and the old. */
export interface ChoiceChange {
  readonly choice: 'layout' | 'with-libc' | 'omit' | 'prefer' | 'hide' | 'copy' | 'unfold' | 'pins';
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The choices that are not the same in two compositions. Packages are told by {@link changesBetween}, their pins here. */
export function choicesBetween(before: Composition, after: Composition): ChoiceChange[] {
  const pins = ({ packages }: Composition): string[] => packages.flatMap(({ id, pinned }) => (pinned ? [id] : []));
  const rows: ReadonlyArray<readonly [ChoiceChange['choice'], readonly string[], readonly string[]]> = [
    ['layout', [before.layout], [after.layout]],
    ['with-libc', [String(before.withLibc)], [String(after.withLibc)]],
    ['omit', before.omit, after.omit],
    ['prefer', before.prefer, after.prefer],
    ['hide', before.hide, after.hide],
    ['copy', before.copy, after.copy],
    ['unfold', before.unfold, after.unfold],
    // The pin of a package that went has gone with it.
    ['pins', pins(before).filter((id) => after.packages.some((pkg) => pkg.id === id)), pins(after)],
  ];
  return rows.flatMap(([choice, had, has]): ChoiceChange[] => {
    const [added, removed] = [has.filter((text) => !had.includes(text)), had.filter((text) => !has.includes(text))];
    // The order of preference decides, too.
    const isReordered = choice === 'prefer' && added.length + removed.length === 0 && has.some((text, at) => text !== had[at]);
    if (isReordered) return [{ choice, added: has, removed: had }];
    return added.length + removed.length === 0 ? [] : [{ choice, added, removed }];
  });
}

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
