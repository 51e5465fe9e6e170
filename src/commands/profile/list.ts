import { type Answer, NoxCommand } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import { packageLines, profileLines } from '../../cli/render/list-profile.js';
import type { Context } from '../../context.js';
import { listPackages } from '../../ops/list-packages.js';
import { listProfiles } from '../../ops/list-profiles.js';

export default class List extends NoxCommand {
  static override summary = 'profiles, or the packages of one';
  static override args = optionalName;
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(List);
    if (args.name === undefined && flags.profile === undefined) {
      const profiles = listProfiles(context, flags);
      return { json: { profiles }, text: profileLines(profiles) };
    }
    const result = listPackages(context, { ...args, ...flags });
    return { json: { ...result }, text: packageLines(result) };
  }
}
