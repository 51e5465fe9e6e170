import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { garbageJson, garbageLines } from '../../cli/render/gc.js';
import type { Context } from '../../context.js';
import { collectGarbage } from '../../ops/collect-garbage.js';

export default class Gc extends NoxCommand {
  static override summary = 'remove packages that nothing uses';
  static override flags = {
    ...dryRunFlag,
    forget: Flags.string({ description: 'what this user has does not count where it cannot be read; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'USER' }),
    settle: Flags.integer({ description: 'seconds between marking and removal (default: what the store says; 0 private, 180 shared)', min: 0, max: 86_400, helpValue: 'SECONDS' }),
    'min-age': Flags.integer({ description: 'keep packages that landed within so many seconds (default: what the store says; 0 private, 86400 shared)', min: 0, helpValue: 'SECONDS' }),
    restore: Flags.string({ description: 'take this package out of quarantine, and collect nothing; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'ID', exclusive: ['purge'] }),
    purge: Flags.boolean({ description: 'only delete what is in quarantine, whatever its retention', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { flags } = await this.parse(Gc);
    const result = await collectGarbage(context, {
      ...flags, forget: flags.forget ?? [], settle: flags.settle ?? null, minAge: flags['min-age'] ?? null, restore: flags.restore ?? [], purge: flags.purge, dryRun: flags['dry-run'],
    });
    const answer = { json: garbageJson(result), text: garbageLines(result) };
    return result.doubts.length > 0 ? { ...answer, exitCode: 7 } : answer;
  }
}
