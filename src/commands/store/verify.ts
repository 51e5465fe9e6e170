import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { verifyLines } from '../../cli/render/verify.js';
import type { Context } from '../../context.js';
import { verifyPackages } from '../../ops/verify-packages.js';

export default class Verify extends NoxCommand {
  static override summary = 'compare packages with what was imported, file by file';
  static override strict = false;
  static override usage = 'verify [PACKAGE…]';
  static override args = { package: Args.string({ description: 'package, several of them, or all of the stores' }) };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Verify);
    const packages = await verifyPackages(context, flags, argv as string[]);
    const answer = { json: { packages }, text: verifyLines(packages) };
    return packages.some(({ status }) => status === 'differs' || status === 'damaged') ? { ...answer, exitCode: 6 } : answer;
  }
}
