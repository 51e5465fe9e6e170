import type { PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { isAnyNoxError } from '../errors.js';
import { status } from '../fs/disk.js';
import { packageState } from '../layout.js';
import { byPath, type Contents, differenceOf } from '../store/contents.js';
import { readTree, sealedContents } from '../store/io/read-contents.js';
import type { Package } from '../store/package.js';
import { readStores } from './read-stores.js';
import { selectPackages } from './select-packages.js';

/** How one path of a package differs from what was imported. */
interface Difference {
  readonly path: string;
  readonly kind: 'changed' | 'missing' | 'added' | 'unreadable';
  /** In words. */
  readonly problem: string;
}

/** What was found of one package; `no-contents` for one that nox did not import, `damaged` when its contents manifest is. */
export interface VerifiedPackage {
  readonly id: string;
  readonly store: string;
  readonly status: 'intact' | 'differs' | 'no-contents' | 'damaged';
  readonly files: number;
  readonly differences: readonly Difference[];
  /** Why it is `damaged`. */
  readonly problem: string | null;
}

/**
 * `verify [PKG…]`: reads every file of the packages, all of the stores' by default, and compares it with the contents that were written down when
 * the package was imported: types, bytes, modes, texts of links, and what was added. Times do not count. Changes nothing.
 * @throws `no-such-package`.
 */
export async function verifyPackages(context: Context, flags: PlaceFlags, requests: readonly string[]): Promise<readonly VerifiedPackage[]> {
  const stores = await readStores(context, flags);
  const packages = requests.length === 0 ? stores.flatMap(({ packages: all }) => all.filter(({ aliasOf }) => aliasOf === null)) : selectPackages(stores, requests);
  const read = packages.map((pkg) => [pkg, contentsOf(pkg)] as const);
  const total = read.reduce((sum, [, contents]) => sum + (Array.isArray(contents) ? contents.length : 0), 0);
  const verified: VerifiedPackage[] = [];
  let before = 0;
  for (const [pkg, contents] of read) {
    verified.push(await verify(pkg, contents, (files) => context.progress.update('verifying', before + files, total)));
    before += Array.isArray(contents) ? contents.length : 0;
  }
  return verified;
}

/** The text is why the contents cannot be read. */
function contentsOf({ path }: Package): Contents | string | null {
  try {
    const contents = sealedContents(path);
    if (contents !== null) return contents;
    return status(packageState(path)) === null ? null : 'its .nox/contents.json is missing';
  } catch (error) {
    if (isAnyNoxError(error)) return error.message;
    throw error;
  }
}

async function verify({ id, store, path }: Package, contents: Contents | string | null, progress: (files: number) => void): Promise<VerifiedPackage> {
  if (contents === null || typeof contents === 'string') return { id, store, status: contents === null ? 'no-contents' : 'damaged', files: 0, differences: [], problem: contents };
  const { contents: found, special, failures } = await readTree(path, progress);
  const is = new Map(found.map((entry) => [entry.path, entry]));
  const unread = new Set(failures.map(({ path: at }) => at));
  const differences: Difference[] = [
    ...failures.map(({ path: at, error }): Difference => ({ path: at, kind: 'unreadable', problem: error.message })),
    ...special.map((at): Difference => ({ path: at, kind: 'added', problem: 'is a device, a FIFO or a socket' })),
  ];
  const replaced = new Set(special);
  for (const should of contents) {
    const now = is.get(should.path);
    is.delete(should.path);
    if (unread.has(should.path) && now === undefined) continue;
    const problem = now === undefined ? (replaced.has(should.path) ? null : `is missing, was a ${should.type}`) : differenceOf(should, now);
    if (problem !== null) differences.push({ path: should.path, kind: now === undefined ? 'missing' : 'changed', problem });
  }
  for (const extra of is.values()) differences.push({ path: extra.path, kind: 'added', problem: `was not there, is a ${extra.type}` });
  differences.sort((a, b) => byPath(a.path, b.path));
  return { id, store, status: differences.length === 0 ? 'intact' : 'differs', files: contents.length, differences, problem: null };
}
