import { isAnyNoxError } from '../../errors.js';
import { status } from '../../fs/disk.js';
import { farmFile, generation } from '../../layout.js';
import type { BuiltFarm } from '../../profile/farm/farm.js';
import { profilesIn } from '../../profile/io/generations.js';
import { readLastEntry } from '../../profile/io/journal.js';
import type { Published } from '../../profile/io/publish.js';
import { readFarm } from '../../profile/io/read-profile.js';
import { untouchedDirectories } from '../../profile/io/unmanaged.js';

/** By the absolute path of a generation: its farm, and the directories that hold exactly what that says. */
export type ShownTrees = ReadonlyMap<string, { readonly farm: BuiltFarm; readonly untouched: ReadonlySet<string> }>;

/**
 * What there is to know of the generations that a home's profiles show, looked at many at once where the file system is slow. Those that
 * cannot be read are left out. What was published just now is as it was made.
 */
export async function shownTrees(home: string, published: Published | null): Promise<ShownTrees> {
  const trees = new Map<string, { farm: BuiltFarm; untouched: ReadonlySet<string> }>();
  if (published !== null) trees.set(published.tree, { farm: published.farm, untouched: new Set(published.farm.times.keys()) });
  for (const name of profilesIn(home)) {
    try {
      const shown = readLastEntry(home, name)?.generation ?? null;
      const tree = shown === null ? null : generation(home, name, shown);
      if (tree === null || trees.has(tree) || status(farmFile(tree)) === null) continue;
      const farm = readFarm(tree);
      trees.set(tree, { farm, untouched: await untouchedDirectories(tree, farm) });
    } catch (error) {
      if (!isAnyNoxError(error)) throw error;
    }
  }
  return trees;
}
