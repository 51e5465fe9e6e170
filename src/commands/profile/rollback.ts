import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags, optionalName } from '../../cli/flags.js';
import { switchedLines } from '../../cli/render/history.js';
import type { Context } from '../../context.js';
import { switchGeneration } from '../../ops/switch-generation.js';

export default class Rollback extends NoxCommand {
  static override summary = 'go back to what the profile showed before';
  static override args = optionalName;
  static override flags = { ...changeFlags, carry: Flags.boolean({ description: 'keep the files that nox did not install, in a new generation', default: false }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Rollback);
    const { carry, wait } = flags;
    const result = await switchGeneration(context, { selection: { ...flags, ...args }, number: null, carry, dryRun: flags['dry-run'], wait });
    return { json: { ...result }, text: switchedLines(result, flags) };
  }
}
