import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { exportLines } from '../../cli/render/export.js';
import type { Context } from '../../context.js';
import { exportPackages } from '../../ops/export-packages.js';

export default class Export extends NoxCommand {
  static override summary = 'write packages to one archive, which "import" takes back';
  static override strict = false;
  static override usage = 'export PACKAGE… [--closure] -o FILE';
  static override args = { package: Args.string({ description: 'package, or several of them', required: true }) };
  static override flags = {
    ...dryRunFlag,
    output: Flags.string({ char: 'o', description: 'the archive: .tar, .tar.gz, .tar.zst or .tar.xz', required: true, helpValue: 'FILE' }),
    closure: Flags.boolean({ description: 'with all that they depend on', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { argv, flags } = await this.parse(Export);
    const result = await exportPackages(context, flags, { requests: argv as string[], closure: flags.closure, output: flags.output, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: exportLines(result) };
  }
}
