import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags, optionalName } from '../../cli/flags.js';
import { parseDuration } from '../../cli/parse.js';
import { prunedLines } from '../../cli/render/prune.js';
import type { Context } from '../../context.js';
import { pruneProfile } from '../../ops/prune-profile.js';

export default class Prune extends NoxCommand {
  static override summary = 'remove old generations';
  static override description = `Kept are the current generation, those in use by running commands and jobs, and what was current within the time of --older-than.
A rollback cannot go back to a generation that was pruned. Packages stay in their stores until they are collected.`;
  static override examples = ['<%= config.bin %> prune dev --dry-run', '<%= config.bin %> prune dev --older-than 7d --keep 3'];
  static override args = optionalName;
  static override flags = {
    ...changeFlags,
    keep: Flags.integer({ description: 'keep so many of the newest, too', default: 0, min: 0, max: 1_000_000, helpValue: 'N' }),
    'older-than': Flags.string({ description: 'only what was not current for so long: 30d, 12h, 0', default: '30d', helpValue: 'TIME' }),
    'discard-unmanaged': Flags.boolean({ description: 'delete files that nox did not install and that no kept generation has, too', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Prune);
    const { keep, wait } = flags;
    const olderThan = parseDuration(flags['older-than'], '--older-than');
    const result = await pruneProfile(context, { selection: { ...flags, ...args }, keep, olderThan, discardUnmanaged: flags['discard-unmanaged'], dryRun: flags['dry-run'], wait });
    return { json: { ...result }, text: prunedLines(result) };
  }
}
