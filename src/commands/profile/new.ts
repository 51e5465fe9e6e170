import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag, waitFlag } from '../../cli/flags.js';
import { parseVariable } from '../../cli/parse.js';
import { newProfileLines } from '../../cli/render/new-profile.js';
import { readConfiguration } from '../../config.js';
import type { Context } from '../../context.js';
import { NoxError } from '../../errors.js';
import { newProfile } from '../../ops/new-profile.js';

export default class New extends NoxCommand {
  static override summary = 'make a profile';
  static override args = { name: Args.string({ required: true, description: 'its name' }) };
  static override flags = {
    from: Flags.string({ description: 'start with the packages of this profile or release', helpValue: 'PROFILE', exclusive: ['link'] }),
    link: Flags.string({ description: 'show this profile or release until the first change', helpValue: 'PROFILE' }),
    path: Flags.string({ description: 'make an ad-hoc profile at this path, outside of stores and other profiles', helpValue: 'PATH' }),
    register: Flags.boolean({ description: 'let collection know the ad-hoc profile', default: true, allowNo: true }),
    layout: Flags.string({ description: 'link every file (full), or whole directories where one package owns them (folded)', options: ['full', 'folded'] }),
    omit: Flags.string({ description: 'variable that its environment leaves alone; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'VAR' }),
    ...dryRunFlag,
    ...waitFlag,
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(New);
    const { from, link, path, register, profiles, store, wait } = flags;
    if (!register && path === undefined) throw new NoxError('usage', { problem: '--no-register is for --path', command: null });
    for (const variable of flags.omit ?? []) parseVariable(variable, '--omit');
    const configured = readConfiguration(context);
    const layout = (flags.layout ?? configured.layout ?? 'full') as 'full' | 'folded';
    const omit = [...new Set([...(configured.omit ?? []), ...(flags.omit ?? [])])];
    const result = await newProfile(context, { name: args.name, from, link, path, register, layout, omit, profiles, store, wait, dryRun: flags['dry-run'] });
    return { json: { ...result }, text: newProfileLines(result) };
  }
}
