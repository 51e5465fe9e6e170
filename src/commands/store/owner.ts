import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import type { Context } from '../../context.js';
import { display } from '../../fs/bytes.js';
import { findFileOwner } from '../../ops/store-owner.js';

export default class Owner extends NoxCommand {
  static override summary = 'which package holds a file';
  static override args = { file: Args.string({ required: true, description: 'a path, in a store or a profile' }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Owner);
    const { package: { id, name, version, store, path }, file } = await findFileOwner(context, flags, args.file);
    return { json: { package: { id, name, version, store, path }, file }, text: [`${display(id)}  ${display(path)}${file === '' ? '' : `/${display(file)}`}`] };
  }
}
