import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { changeFlags, optionalName } from '../../cli/flags.js';
import { count } from '../../cli/render/size.js';
import { display } from '../../fs/bytes.js';
import type { Context } from '../../context.js';
import { publishRelease } from '../../ops/publish-release.js';

export default class Publish extends NoxCommand {
  static override summary = 'make a read-only release of a profile, for everybody';
  static override args = optionalName;
  static override flags = {
    ...changeFlags,
    as: Flags.string({ description: 'name of the release (else that of the profile)', helpValue: 'RELEASE' }),
    releases: Flags.string({ description: 'where releases go (else the first of NOX_RELEASES or the configuration)', helpValue: 'DIR' }),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Publish);
    const { as, releases, wait } = flags;
    const result = await publishRelease(context, { selection: { ...flags, ...args }, as, releases, wait, dryRun: flags['dry-run'] });
    const line = `${display(result.name)}: ${result.dryRun ? 'would be published' : 'published'} at ${display(result.path)}, ${count(result.packages.length, 'package')}`;
    return { json: { ...result }, text: [line] };
  }
}
