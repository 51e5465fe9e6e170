import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { parseDuration } from '../../cli/parse.js';
import { garbageJson, garbageLines } from '../../cli/render/gc.js';
import type { Context } from '../../context.js';
import { collectGarbage } from '../../ops/collect-garbage.js';

const DAY = 86_400;

const secondsOf = (text: string | undefined, flag: string, most?: number): number | null => (text === undefined ? null : parseDuration(text, flag, most));

export default class Gc extends NoxCommand {
  static override summary = 'remove packages that nothing uses';
  static override flags = {
    ...dryRunFlag,
    forget: Flags.string({ description: 'what this user has does not count where it cannot be read; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'USER' }),
    settle: Flags.string({ description: 'time between marking and removal, such as 90s or 5m, a day at most (default: what the store says; 0 private, 3m shared)', helpValue: 'TIME' }),
    'min-age': Flags.string({ description: 'keep packages that landed within this time, such as 1h or 7d (default: what the store says; 0 private, 1d shared)', helpValue: 'TIME' }),
    restore: Flags.string({ description: 'take this package out of quarantine, and collect nothing; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'ID', exclusive: ['purge'] }),
    purge: Flags.boolean({ description: 'only delete what is in quarantine, whatever its retention', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { flags } = await this.parse(Gc);
    const found = await collectGarbage(context, {
      ...flags, forget: flags.forget ?? [], settle: secondsOf(flags.settle, '--settle', DAY), minAge: secondsOf(flags['min-age'], '--min-age'), restore: flags.restore ?? [], purge: flags.purge, dryRun: flags['dry-run'],
    });
    const result = { ...found, doubts: this.placed(found.doubts) };
    const answer = { json: garbageJson(result), text: garbageLines(result) };
    return result.doubts.length > 0 ? { ...answer, exitCode: 7 } : answer;
  }
}
