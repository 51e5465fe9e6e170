import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { profileFlag } from '../../cli/flags.js';
import { differenceLines } from '../../cli/render/history.js';
import { parseGeneration } from '../../cli/parse.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { showDifference } from '../../ops/show-history.js';

export default class Diff extends NoxCommand {
  static override summary = 'what changed between two generations';
  static override usage = 'diff [NAME] [N [M]] [-p NAME]';
  static override args = {
    name: Args.string({ description: 'profile (or -p)' }),
    from: Args.string({ description: 'generation to start from (else the one before the current)' }),
    to: Args.string({ description: 'generation to end at (else the current one)' }),
  };
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Diff);
    const words = [args.name, args.from, args.to].filter((word) => word !== undefined);
    const name = words[0] !== undefined && !/^\d+$/.test(words[0]) ? words.shift() : undefined;
    const [, , extra] = words;
    if (extra !== undefined) throw new NoxError('usage', { problem: `unexpected argument: "${extra}"`, command: 'nox-profile diff' });
    const result = showDifference(context, { ...flags, name }, words.map((word) => parseGeneration(word, 'nox-profile diff')));
    return { json: { ...result }, text: differenceLines(result) };
  }
}
