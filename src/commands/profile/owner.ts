import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { profileFlag } from '../../cli/flags.js';
import { display } from '../../fs/bytes.js';
import type { Context } from '../../context.js';
import { findOwner } from '../../ops/find-owner.js';

export default class Owner extends NoxCommand {
  static override summary = 'which package brings a file or command of a profile';
  static override args = { what: Args.string({ required: true, description: 'a path, in the profile or absolute, or a command' }) };
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Owner);
    const result = findOwner(context, flags, args.what);
    return { json: { ...result }, text: [`${display(result.id)}  ${display(result.target)}`] };
  }
}
