import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { importLines } from '../../cli/render/import.js';
import type { Context } from '../../context.js';
import { importPackages } from '../../ops/import-packages.js';

export default class Import extends NoxCommand {
  static override summary = 'bring packages into the first store: directories, tar archives, .deb, conda packages';
  static override strict = false;
  static override usage = 'import SOURCE… [--as ID]';
  static override args = { source: Args.string({ description: 'a directory, tar archive (plain, gzip, xz, zstd, bzip2), .deb, conda package, or an archive of "export"', required: true }) };
  static override flags = { ...dryRunFlag, as: Flags.string({ description: 'the identifier of the one package', helpValue: 'ID' }) };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Import);
    const result = await importPackages(context, flags, { sources: argv as string[], as: flags.as ?? null, dryRun: flags['dry-run'] });
    const answer = { json: { ...result }, text: importLines(result, (text) => this.hint(text)) };
    // Whoever wants the package as the source has it does not have it.
    return result.packages.some(({ changed }) => changed) ? { ...answer, exitCode: 6 } : answer;
  }
}
