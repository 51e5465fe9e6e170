import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { dryRunFlag, optionalName, profileFlag } from '../../cli/flags.js';
import { doctorLines, doctorStatus } from '../../cli/render/profile-doctor.js';
import type { Context } from '../../context.js';
import { profileDoctor } from '../../ops/profile-doctor.js';

export default class Doctor extends NoxCommand {
  static override summary = 'look for damage and leftovers, and repair what is safe to';
  static override description = `Looks at one profile and its home, or without a name at all profiles of the profile home. Exit status 6: something is damaged.
--repair makes links agree with the journal, removes what killed commands left and leases that are over, shows the newest intact generation where the current one is lost, and builds the current one anew where links or ready scripts of it are missing or changed.`;
  static override args = optionalName;
  static override flags = {
    ...profileFlag,
    ...dryRunFlag,
    repair: Flags.boolean({ description: 'set right what can be without losing anything', default: false, aliases: ['fix'] }),
  };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Doctor);
    const found = await profileDoctor(context, { selection: { ...args, ...flags }, repair: flags.repair, dryRun: flags['dry-run'] });
    const result = { ...found, findings: this.placed(found.findings) };
    return { json: { ...result }, text: doctorLines(result), exitCode: doctorStatus(result) };
  }
}
