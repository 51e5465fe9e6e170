import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { collisionFlags, editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { editProfile } from '../../ops/edit-profile.js';

export default class Upgrade extends NoxCommand {
  static override summary = 'bring packages up to the newest that fit';
  static override strict = false;
  static override args = { package: Args.string({ description: 'packages to upgrade (all when none is named)' }) };
  static override usage = 'upgrade [PACKAGE]… [-p NAME]';
  static override flags = { ...changeFlags, ...collisionFlags };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Upgrade);
    const named = argv as string[];
    const packages = { add: [], del: [], upgrade: named.length === 0 ? ('all' as const) : named };
    const result = await editProfile(context, { ...editOf('upgrade', flags), packages });
    return { json: { ...result }, text: changedLines(result) };
  }
}
