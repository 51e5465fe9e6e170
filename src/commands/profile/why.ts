import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { profileFlag } from '../../cli/flags.js';
import { reasonLines } from '../../cli/render/explain-package.js';
import type { Context } from '../../context.js';
import { explainPackage } from '../../ops/explain-package.js';

export default class Why extends NoxCommand {
  static override summary = 'who asked for a package of a profile';
  static override args = { package: Args.string({ required: true, description: 'its name or identifier' }) };
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Why);
    const result = explainPackage(context, flags, args.package);
    return { json: { ...result }, text: reasonLines(result) };
  }
}
