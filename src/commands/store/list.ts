import { Args, Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';

export default class List extends NoxCommand {
  static override summary = 'stores and their packages';
  static override args = { package: Args.string({ description: 'package' }) };
  static override flags = { 'dry-run': Flags.boolean({ description: 'x' }) };

  async answer(): Promise<Answer> {
    const { flags } = await this.parse(List);
    return { json: { flags }, text: ['x'] };
  }
}
