import { type Answer, NoxCommand } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import { statusLines } from '../../cli/render/profile-status.js';
import type { Context } from '../../context.js';
import { profileStatus } from '../../ops/profile-status.js';

export default class Status extends NoxCommand {
  static override summary = 'what a profile consists of, and what is unusual about it';
  static override args = optionalName;
  static override flags = profileFlag;

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Status);
    const result = profileStatus(context, { ...args, ...flags });
    return { json: { ...result }, text: statusLines(result) };
  }
}
