import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { optionalName, profileFlag } from '../../cli/flags.js';
import type { Context } from '../../context.js';
import { exportProfile, lockProfile } from '../../ops/export-profile.js';
import { formatProfileFile } from '../../profile/profile-file.js';
import { formatProfileLock } from '../../profile/profile-lock.js';

export default class Export extends NoxCommand {
  static override summary = 'write a profile down: what is wanted of it, or with --lock what exactly it consists of';
  static override examples = ['<%= config.bin %> export dev > dev.yaml', '<%= config.bin %> export dev --lock > dev.lock.yaml'];
  static override args = optionalName;
  static override flags = { ...profileFlag, lock: Flags.boolean({ description: 'the packages with the digests of their contents, for apply --locked', default: false }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Export);
    const selection = { ...args, ...flags };
    if (flags.lock) {
      const lock = await lockProfile(context, selection);
      return { json: { ...lock }, text: linesOf(formatProfileLock(lock)) };
    }
    const file = exportProfile(context, selection);
    return { json: { ...file }, text: linesOf(formatProfileFile(file)) };
  }
}

/** The end of the last line is added when the answer is printed. */
const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');
