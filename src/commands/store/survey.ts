import { Flags } from '@oclif/core';
import { type Answer, NoxCommand } from '../../cli/command.js';
import { surveyJson, surveyLines } from '../../cli/render/survey.js';
import type { Context } from '../../context.js';
import { survey } from '../../ops/survey.js';

export default class Survey extends NoxCommand {
  static override summary = 'which profiles use which packages';
  static override flags = {
    forget: Flags.string({ description: 'what this user has does not count where it cannot be read; repeat for several', multiple: true, multipleNonGreedy: true, helpValue: 'USER' }),
    sizes: Flags.boolean({ description: 'measure the packages, too; reads all of their directories', default: false }),
  };

  async answer(context: Context): Promise<Answer> {
    const { flags } = await this.parse(Survey);
    const found = await survey(context, { ...flags, forget: flags.forget ?? [] });
    const result = { ...found, doubts: this.placed(found.doubts) };
    const answer = { json: surveyJson(result), text: surveyLines(result) };
    return result.doubts.length > 0 ? { ...answer, exitCode: 7 } : answer;
  }
}
