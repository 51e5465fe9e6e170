import { type Answer, NoxCommand } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import { outdatedLines } from '../../cli/render/outdated.js';
import type { Context } from '../../context.js';
import { listOutdated } from '../../ops/list-outdated.js';

export default class Outdated extends NoxCommand {
  static override summary = 'packages of a profile for which the stores have newer ones';
  static override description = 'Columns: identifier, current version, what upgrade would choose, the newest there is (whether it fits or not), and the store of the newest.';
  static override args = optionalName;
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Outdated);
    const result = await listOutdated(context, { ...args, ...flags });
    return { json: { ...result }, text: outdatedLines(result.packages) };
  }
}
