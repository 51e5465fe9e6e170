import { type Answer, NoxCommand } from '../../cli/command.js';
import { storeLines, storesJson } from '../../cli/render/store-list.js';
import type { Context } from '../../context.js';
import { listStores } from '../../ops/store-list.js';

export default class List extends NoxCommand {
  static override summary = 'stores and their packages';

  async answer(context: Context): Promise<Answer> {
    const { flags } = await this.parse(List);
    const rows = await listStores(context, flags);
    return { json: storesJson(rows), text: storeLines(rows) };
  }
}
