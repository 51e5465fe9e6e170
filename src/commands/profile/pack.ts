import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag, profileFlag } from '../../cli/flags.js';
import { packedLines } from '../../cli/render/pack.js';
import type { Context } from '../../context.js';
import { packProfile } from '../../ops/pack-profile.js';
import { OUTSIDE_WAYS } from '../../profile/pack/entry.js';
import { PACK_FORMATS } from '../../profile/pack/format.js';

export default class Pack extends NoxCommand {
  static override summary = 'pack a profile into one file that runs anywhere';
  static override description = `The file holds the generation and its packages whole, and scripts to activate it wherever it is unpacked. A squashfs image
is run by nox-run, which needs neither nox nor Node. The same generation gives the same bytes.`;
  static override examples = ['<%= config.bin %> pack dev -o dev.tar.zst', '<%= config.bin %> pack dev -o dev.squashfs'];
  static override args = { name: Args.string({ description: 'profile (or -p)' }) };
  static override flags = {
    ...profileFlag,
    ...dryRunFlag,
    output: Flags.string({ char: 'o', description: 'the file to make; one that is there is replaced when the new one is whole', required: true, helpValue: 'FILE' }),
    format: Flags.option({ options: PACK_FORMATS, description: 'its form (else its name tells: .tar, .tar.gz, .tar.zst, .squashfs)' })(),
    outside: Flags.option({ options: OUTSIDE_WAYS, default: 'refuse' as const, description: 'links that lead out of the packages: refuse, pack what they lead to, or keep them as they are' })(),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Pack);
    const { output, format, outside } = flags;
    const result = await packProfile(context, { selection: { ...flags, ...args }, output, format, outside, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: packedLines(result) };
  }
}
