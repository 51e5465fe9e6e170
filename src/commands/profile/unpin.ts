import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { editProfile } from '../../ops/edit-profile.js';

export default class Unpin extends NoxCommand {
  static override summary = 'let packages of a profile be upgraded again';
  static override strict = false;
  static override args = { package: Args.string({ required: true, description: 'packages of the profile, by name or identifier' }) };
  static override usage = 'unpin PACKAGE… [-p NAME]';
  static override flags = changeFlags;

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Unpin);
    const result = await editProfile(context, { ...editOf('unpin', flags), unpin: argv as string[] });
    return { json: { ...result }, text: changedLines(result) };
  }
}
