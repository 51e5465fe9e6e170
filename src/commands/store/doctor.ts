import { type Answer, NoxCommand } from '../../cli/command.js';
import type { Context } from '../../context.js';
import { display, displayHint } from '../../fs/bytes.js';
import { storeDoctor } from '../../ops/store-doctor.js';

export default class Doctor extends NoxCommand {
  static override summary = 'what is wrong with the stores';

  async answer(context: Context): Promise<Answer> {
    const { flags } = await this.parse(Doctor);
    const findings = this.placed(await storeDoctor(context, flags));
    const text = findings.flatMap(({ path, problem, hint }) => [`${display(path)}: ${display(problem)}`, `  ${displayHint(hint)}`]);
    return { json: { findings }, text: text.length === 0 ? ['nothing is wrong'] : text };
  }
}
