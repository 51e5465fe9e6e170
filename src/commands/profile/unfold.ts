import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { collisionFlags, editOf } from '../../cli/edit-flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { unfoldDirectory } from '../../ops/unfold-directory.js';

export default class Unfold extends NoxCommand {
  static override summary = 'make a folded directory real, so that files can be put into it';
  static override args = { directory: Args.string({ required: true, description: 'its path in the profile' }) };
  static override flags = { ...changeFlags, ...collisionFlags };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Unfold);
    const result = await unfoldDirectory(context, editOf('unfold', flags), args.directory);
    return { json: { ...result }, text: changedLines(result) };
  }
}
