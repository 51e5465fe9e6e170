import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { doubtLines, doubtsJson } from '../../cli/render/gc.js';
import { table } from '../../cli/render/table.js';
import type { Context } from '../../context.js';
import { quoted } from '../../errors.js';
import { whatIf } from '../../ops/what-if.js';

export default class WhatIf extends NoxCommand {
  static override summary = 'who would lose what without a package';
  static override args = { package: Args.string({ required: true, description: 'identifier, name, or name@range' }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(WhatIf);
    const { package: { id, store, path }, losers, doubts: found } = await whatIf(context, flags, args.package);
    const doubts = this.placed(found);
    const rows = losers.map(({ user, profile, generations, current }) => [user, profile, current ? 'uses it now' : 'only in earlier generations', generations.length === 0 ? 'by a link' : `generations ${generations.join(', ')}`]);
    const text = rows.length === 0 ? [`nobody whose profiles can be read would lose anything without ${quoted(id)}`] : table(rows);
    return { json: { package: { id, store, path }, losers, doubts: doubtsJson(doubts) }, text: [...text, ...doubtLines(doubts)] };
  }
}
