import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags, optionalName } from '../../cli/flags.js';
import { changedLines } from '../../cli/render/changes.js';
import type { Context } from '../../context.js';
import { refreshProfile } from '../../ops/refresh-profile.js';

export default class Refresh extends NoxCommand {
  static override summary = 'take the packages of a profile as they are now';
  static override description = `For packages that are built again under the same identifier: their files and what they say of themselves are read anew.
No package is exchanged for another, and nothing is made where the profile has them so already.`;
  static override args = optionalName;
  static override flags = changeFlags;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Refresh);
    const result = await refreshProfile(context, { selection: { ...flags, ...args }, dryRun: flags['dry-run'], wait: flags.wait });
    return { json: { ...result }, text: changedLines(result) };
  }
}
