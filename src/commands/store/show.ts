import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { showJson, showLines } from '../../cli/render/store-show.js';
import type { Context } from '../../context.js';
import { showPackage } from '../../ops/store-show.js';

export default class Show extends NoxCommand {
  static override summary = 'what is known of a package';
  static override args = { package: Args.string({ required: true, description: 'identifier, name, or name@range' }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Show);
    const shown = await showPackage(context, flags, args.package);
    return { json: showJson(shown), text: showLines(shown) };
  }
}
