import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { registerLines } from '../../cli/render/register.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { forgetProfile, registerProfile, type RegisterResult } from '../../ops/register-profile.js';

export default class Register extends NoxCommand {
  static override summary = 'make an ad-hoc profile known to collection';
  static override description = `A profile outside of the profile home keeps its packages from being collected only while it is registered.
--forget takes the registration of a profile back that is gone.`;
  static override usage = ['register PATH [--name NAME]', 'register --forget NAME [--force]'];
  static override args = { path: Args.string({ description: 'the profile' }) };
  static override flags = {
    name: Flags.string({ description: 'its name here (else the last part of PATH)', helpValue: 'NAME', exclusive: ['forget'] }),
    forget: Flags.string({ description: 'take the registration of this profile back', helpValue: 'NAME' }),
    force: Flags.boolean({ description: 'forget a profile that is still there, too', dependsOn: ['forget'] }),
    ...dryRunFlag,
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Register);
    const result = this.perform(context, args.path, { ...flags, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: registerLines(result) };
  }

  private perform(context: Context, path: string | undefined, flags: { name?: string | undefined; forget?: string | undefined; force: boolean; dryRun: boolean; profiles?: string | undefined }): RegisterResult {
    const { name, forget, force, dryRun, profiles } = flags;
    if ((path === undefined) === (forget === undefined)) {
      throw new NoxError('usage', { problem: path === undefined ? 'missing argument: PATH' : 'PATH and --forget exclude each other', command: null });
    }
    return forget === undefined ? registerProfile(context, { path: path ?? '', name, profiles, dryRun }) : forgetProfile(context, { name: forget, profiles, force, dryRun });
  }
}
