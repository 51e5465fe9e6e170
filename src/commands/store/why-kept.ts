import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { doubtLines, doubtsJson } from '../../cli/render/gc.js';
import { holderLines } from '../../cli/render/survey.js';
import type { Context } from '../../context.js';
import { quoted } from '../../errors.js';
import { whyKept } from '../../ops/why-kept.js';

export default class WhyKept extends NoxCommand {
  static override summary = 'everything that keeps a package';
  static override args = { package: Args.string({ required: true, description: 'identifier, name, or name@range' }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(WhyKept);
    const { package: { id, store, path }, heldBy, doubts: found } = await whyKept(context, flags, args.package);
    const doubts = this.placed(found);
    const held = heldBy.length === 0 ? [`nothing that can be read holds ${quoted(id)}`] : holderLines(heldBy, context.now());
    return { json: { package: { id, store, path }, heldBy, doubts: doubtsJson(doubts) }, text: [...held, ...doubtLines(doubts)] };
  }
}
