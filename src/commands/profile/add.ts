import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { collisionFlags, editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { editProfile } from '../../ops/edit-profile.js';

export default class Add extends NoxCommand {
  static override summary = 'add packages to a profile';
  static override description = 'A package is named by its identifier, its name, or a name with a range: root-6.30.02, root, root@^6.28, "root@>=6.28 <7".';
  static override strict = false;
  static override args = { package: Args.string({ required: true, description: 'packages to add' }) };
  static override usage = 'add PACKAGE… [--del PACKAGE]… [-p NAME]';
  static override flags = {
    ...changeFlags,
    ...collisionFlags,
    del: Flags.string({ description: 'remove this package in the same step; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'PACKAGE' }),
  };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Add);
    const packages = { add: argv as string[], del: flags.del ?? [], upgrade: [] };
    const result = await editProfile(context, { ...editOf('add', flags), packages });
    return { json: { ...result }, text: changedLines(result) };
  }
}
