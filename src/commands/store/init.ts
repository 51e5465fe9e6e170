import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag } from '../../cli/flags.js';
import { initLines } from '../../cli/render/store-init.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { initStore } from '../../ops/store-init.js';

export default class Init extends NoxCommand {
  static override summary = 'make a store';
  static override description = `With --adopt the tree of another package manager becomes one where it is: what it is gets recognised, a nox-store.yaml says so, and
nox only ever reads it. Where that tree is not yours, name a directory of your own: the store is made there, and leads to the tree.`;
  static override examples = ['<%= config.bin %> init ~/sw --private', '<%= config.bin %> init --adopt ~/spack', '<%= config.bin %> init ~/nix/site-spack --adopt /apps/spack'];
  static override args = { directory: Args.string({ description: 'where (else the first store of the path)' }) };
  static override flags = {
    ...dryRunFlag,
    adopt: Flags.string({ description: 'a Spack tree, an EasyBuild software directory, a conda package cache or a Nix store to use as it stands', helpValue: 'DIR', exclusive: ['pattern'] }),
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
    const options = { directory: args.directory, scope, patterns: flags.pattern ?? [], adopt: flags.adopt, dryRun: flags['dry-run'] } as const;
    const result = initStore(context, flags, options);
    return { json: { ...result }, text: initLines(result) };
  }
}
