import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import { generationLines, switchLines } from '../../cli/render/history.js';
import type { Context } from '../../context.js';
import { showHistory } from '../../ops/show-history.js';

export default class History extends NoxCommand {
  static override summary = 'the generations of a profile';
  static override args = optionalName;
  static override flags = { ...profileFlag, switches: Flags.boolean({ description: 'every switch, rollbacks included, instead of the generations', default: false }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(History);
    const result = showHistory(context, { ...args, ...flags });
    return { json: { ...result }, text: flags.switches ? switchLines(result) : generationLines(result) };
  }
}
