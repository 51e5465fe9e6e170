import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag, waitFlag } from '../../cli/flags.js';
import { count } from '../../cli/render/size.js';
import { display } from '../../fs/bytes.js';
import type { Context } from '../../context.js';
import { removeProfile } from '../../ops/remove-profile.js';

export default class Remove extends NoxCommand {
  static override summary = 'remove a profile with all its generations';
  static override args = { name: Args.string({ required: true, description: 'the profile' }) };
  static override flags = {
    ...dryRunFlag, ...waitFlag,
    'discard-unmanaged': Flags.boolean({ description: 'delete files in it that nox did not install, too', default: false }),
    'ignore-leases': Flags.boolean({ description: 'remove it while commands or jobs run in it, too', default: false }),
    release: Flags.boolean({ description: 'withdraw a release, too: profiles that link to it elsewhere lead nowhere then', default: false }),
    'ignore-links': Flags.boolean({ description: 'remove it while other profiles link to it, too', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Remove);
    const { profiles, wait } = flags;
    const result = await removeProfile(context, { name: args.name, profiles, wait, discardUnmanaged: flags['discard-unmanaged'], ignoreLeases: flags['ignore-leases'], ignoreLinks: flags['ignore-links'], release: flags.release, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: [`${display(result.name)}: ${result.dryRun ? 'would be removed' : 'removed'}, with ${count(result.generations.length, 'generation')}`] };
  }
}
