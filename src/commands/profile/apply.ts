import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags } from '../../cli/flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { applyProfile } from '../../ops/apply-profile.js';

export default class Apply extends NoxCommand {
  static override summary = 'make a profile exactly what a file says, in one step';
  static override description = `The file is one that "<%= config.bin %> export" writes, perhaps edited. Packages that it does not ask for leave, choices are replaced,
and what is there stays where it still fits. The profile is the one of -p, else the one that the file names; it is made when there is none.
With --locked only the very packages of the lock beside the file (dev.lock.yaml for dev.yaml) will do; whatever differs is listed, and nothing is changed.`;
  static override examples = ['<%= config.bin %> apply dev.yaml', 'ssh other <%= config.bin %> export dev | <%= config.bin %> apply -', '<%= config.bin %> apply dev.yaml --locked -p copy'];
  static override args = { file: Args.string({ required: true, description: 'the profile file; - for standard input' }) };
  static override flags = { ...changeFlags, locked: Flags.boolean({ description: 'exactly the packages of the lock beside the file, contents included', default: false }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Apply);
    const result = await applyProfile(context, { ...args, ...flags, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: changedLines(result) };
  }
}
