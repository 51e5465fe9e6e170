import { Args } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { searchJson, searchLines } from '../../cli/render/store-search.js';
import type { Context } from '../../context.js';
import { quoted } from '../../errors.js';
import { searchPackages } from '../../ops/store-search.js';
import { orRather } from '../../wordings/words.js';

export default class Search extends NoxCommand {
  static override summary = 'packages whose identifier, name, description or provisions hold a word';
  static override args = { word: Args.string({ required: true, description: 'part of a word, in upper or lower case' }) };

  async answer(context: Context): Promise<Answer> {
    const { args, flags } = await this.parse(Search);
    const { found, nearest } = await searchPackages(context, flags, args.word);
    if (found.length === 0) context.say(`no package matches ${quoted(args.word)}${orRather(nearest)}`);
    return { json: searchJson(found), text: searchLines(found) };
  }
}
