import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { collisionFlags, editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { editProfile } from '../../ops/edit-profile.js';

export default class Del extends NoxCommand {
  static override summary = 'remove packages from a profile';
  static override strict = false;
  static override args = { package: Args.string({ required: true, description: 'packages to remove, by name or identifier' }) };
  static override usage = 'del PACKAGE… [-p NAME]';
  static override flags = { ...changeFlags, ...collisionFlags };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Del);
    const packages = { add: [], del: argv as string[], upgrade: [] };
    const result = await editProfile(context, { ...editOf('del', flags), packages });
    return { json: { ...result }, text: changedLines(result) };
  }
}
