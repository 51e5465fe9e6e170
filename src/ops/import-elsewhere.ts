import { storePathOf } from '../config.js';
import type { Context } from '../context.js';
import { isNoxError, NoxError, orNull } from '../errors.js';
import { existingAbove, isWritable } from '../fs/disk.js';
import { shellWord } from '../shell-word.js';
import { TREE_NAMES } from '../store/adoption.js';
import { readStoreConfig } from '../store/io/scan.js';

/** An import as it was asked for. */
interface Importing {
  readonly store: string;
  /** As typed. */
  readonly sources: readonly string[];
  readonly as: string | null;
}

/** The tree of another package manager is only read. @throws `adopted-store`. */
export function refuseAdopted(context: Context, importing: Importing): void {
  const { store } = importing;
  const { adopted } = readStoreConfig(store).config;
  if (adopted !== null) throw new NoxError('adopted-store', { path: store, kind: TREE_NAMES[adopted], instead: importElsewhere(context, importing) });
}

/** Runs an import; where the store is not the caller's to write, the error says which one is. */
export async function orElsewhere<T>(context: Context, importing: Importing, run: () => Promise<T>): Promise<T> {
  const { store } = importing;
  try {
    return await run();
  } catch (error) {
    if (!isNoxError(error, 'not-permitted') || (error.data.path !== store && !error.data.path.startsWith(`${store}/`))) throw error;
    const way = importElsewhere(context, importing);
    throw way === null ? error : new NoxError('not-permitted', { ...error.data, way }, error.cause);
  }
}

/**
 * The command that imports into another store than this one: the first of the store path that takes packages, or the caller's
 * default one, which an import makes. An identifier of several levels fits none without patterns. `null` when there is none.
 */
function importElsewhere(context: Context, { store, sources, as }: Importing): string | null {
  const stores = [...storePathOf(context, {}), `${context.home}/nix/store`];
  const other = stores.find((path) => path !== store && orNull(() => takesPackages(path)) === true);
  if (other === undefined) return null;
  const words = ['nox-store', 'import', ...sources, ...(as === null || as.includes('/') ? [] : ['--as', as]), '--store', other];
  return words.map(shellWord).join(' ');
}

/** Of a store with patterns nobody knows before the import whether the identifier fits. */
function takesPackages(path: string): boolean {
  const { config, problem } = readStoreConfig(path);
  return problem === null && config.adopted === null && config.patterns === null && isWritable(existingAbove(path));
}
