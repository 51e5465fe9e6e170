import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { editProfile } from '../../ops/edit-profile.js';

export default class Pin extends NoxCommand {
  static override summary = 'keep packages of a profile as they are, whatever upgrade finds';
  static override strict = false;
  static override args = { package: Args.string({ required: true, description: 'packages of the profile, by name or identifier' }) };
  static override usage = 'pin PACKAGE… [-p NAME]';
  static override flags = changeFlags;

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Pin);
    const result = await editProfile(context, { ...editOf('pin', flags), pin: argv as string[] });
    return { json: { ...result }, text: changedLines(result) };
  }
}
