import { display } from '../../fs/bytes.js';
import type { PruneResult } from '../../ops/prune-profile.js';
import type { KeepReason } from '../../profile/keep.js';
import { count, humanBytes } from './size.js';

const WHY: Readonly<Record<KeepReason, string>> = {
  current: 'current',
  lease: 'in use by a running command or job',
  pin: 'pinned by a batch job',
  unpublished: 'being built',
  recent: 'was current not long ago',
  newest: 'among the newest',
};

export function prunedLines({ profile, pruned, kept, inodes, bytes, dryRun }: PruneResult): string[] {
  const numbers = pruned.length === 0 ? '' : ` (${pruned.join(', ')})`;
  const reasons = [...new Set(kept.map(({ why }) => why))];
  return [
    ...reasons.map((reason) => `kept, ${WHY[reason]}: ${kept.filter(({ why }) => why === reason).map(({ number }) => number).join(', ')}`),
    `${display(profile)}: ${dryRun ? 'would prune' : 'pruned'} ${count(pruned.length, 'generation')}${numbers}, ${count(inodes, 'inode')} and ${humanBytes(bytes)} ${dryRun ? 'would be freed' : 'freed'}`,
  ];
}
