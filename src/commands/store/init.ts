import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { initLines } from '../../cli/render/store-init.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { initStore } from '../../ops/store-init.js';

export default class Init extends NoxCommand {
  static override summary = 'make a store';
  static override args = { directory: Args.string({ description: 'where (else the first store of the path)' }) };
  static override flags = {
    ...dryRunFlag,
    private: Flags.boolean({ description: 'only its owner uses it' }),
    shared: Flags.boolean({ description: 'other users use it too' }),
    pattern: Flags.string({
      description: 'where its packages are, such as "*/*" for ROOT/6.30.02; repeat for several (default: one level)',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'GLOB',
    }),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Init);
    if (flags.private && flags.shared) throw new NoxError('usage', { problem: '--private and --shared exclude each other', command: `${context.bin} init` });
    const scope = flags.private ? 'private' : flags.shared ? 'shared' : null;
    const options = { directory: args.directory, scope, patterns: flags.pattern ?? [], dryRun: flags['dry-run'] } as const;
    const result = initStore(context, flags, options);
    return { json: { ...result }, text: initLines(result) };
  }
}
