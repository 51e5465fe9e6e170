import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { parseGeneration } from '../../cli/parse.js';
import { switchedLines } from '../../cli/render/history.js';
import type { Context } from '../../context.js';
import { switchGeneration } from '../../ops/switch-generation.js';

export default class Switch extends NoxCommand {
  static override summary = 'show another generation';
  static override args = { generation: Args.string({ required: true, description: 'its number' }) };
  static override flags = { ...changeFlags, carry: Flags.boolean({ description: 'keep the files that nox did not install, in a new generation', default: false }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Switch);
    const { carry, wait } = flags;
    const number = parseGeneration(args.generation, 'nox-profile switch');
    const result = await switchGeneration(context, { selection: flags, number, carry, dryRun: flags['dry-run'], wait });
    return { json: { ...result }, text: switchedLines(result, flags) };
  }
}
