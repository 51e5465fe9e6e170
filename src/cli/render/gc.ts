import type { Doubt } from '../../collect/survey.js';
import { display, displayHint } from '../../fs/bytes.js';
import type { GarbageResult } from '../../ops/collect-garbage.js';
import type { JsonObject } from '../command.js';
import { count, humanBytes } from './size.js';
import { table } from './table.js';

export function garbageJson({ doubts, ...rest }: GarbageResult): JsonObject {
  return { ...rest, doubts: doubtsJson(doubts) };
}

export function doubtsJson(doubts: readonly Doubt[]): readonly JsonObject[] {
  return doubts.map(({ path, reason, hint, user }) => ({ path, reason, hint, user }));
}

/** One line a package with what it frees, one a doubt with its way out, and a line that sums up. */
export function garbageLines(result: GarbageResult): string[] {
  const { dryRun, removed, restored, quarantined, doubts, kept } = result;
  const sum = removed.reduce((all, pkg) => ({ inodes: all.inodes + pkg.inodes, bytes: all.bytes + pkg.bytes }), { inodes: 0, bytes: 0 });
  const rows = [
    ...removed.map(({ id, store, files, bytes }) => [dryRun ? 'would remove' : 'removed', id, humanBytes(bytes), count(files, 'file'), store]),
    ...quarantined.map(({ id, store }) => [dryRun ? 'would be in quarantine' : 'in quarantine', id, '', '', store]),
    ...restored.map(({ id, store }) => [dryRun ? 'would restore' : 'restored', id, '', '', store]),
  ];
  const freed = `${dryRun ? 'would free' : 'freed'} ${humanBytes(sum.bytes)} and ${count(sum.inodes, 'inode')}`;
  return [...table(rows), ...doubtLines(doubts), `${count(removed.length, 'package')} ${dryRun ? 'to remove' : 'removed'}, ${kept} kept; ${freed}`];
}

/** Each doubt, and below it, indented, its way out. */
export function doubtLines(doubts: readonly Doubt[]): string[] {
  return doubts.flatMap(({ path, reason, hint }) => [`in doubt: ${display(path)}: ${display(reason)}`, `  way out: ${displayHint(hint)}`]);
}
