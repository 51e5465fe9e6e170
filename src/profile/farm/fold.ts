import type { FarmPackage, FarmRequest } from './request.js';
import { isLibc } from './special-files.js';
import { type TreeDirectory, under } from './tree.js';

/** Decides which directories the folded layout links as a whole. */
interface Folding {
  /** True when the directory of this one package may be linked whole, by the path of the directory that is to hold it and its name. */
  canFold(directory: string, name: string, whose: { readonly pkg: FarmPackage; readonly node: TreeDirectory }): boolean;
}

/**
 * A directory folds when it lies at depth 2 or deeper and neither it nor anything in it must be real or left out.
 * Never at depth 1: `bin/../lib` would then lead into the package. What is in a directory is read only where something below
 * may have to be real, is hidden by a pattern or has a remedy; the C library's files elsewhere are on no search path.
 */
export function createFolding(request: Pick<FarmRequest, 'layout' | 'withLibc' | 'isHidden' | 'remedyOf' | 'mustBeReal' | 'mustLookInto'>): Folding {
  /** By path: through links to directories one directory of a package may come to several. */
  const known = new Map<string, boolean>();

  function isWhole(directory: string, name: string, { pkg, node }: { readonly pkg: FarmPackage; readonly node: TreeDirectory }): boolean {
    if (request.mustBeReal(directory, name)) return false;
    if (!request.mustLookInto(directory, name)) return true;
    const path = under(directory, name);
    let whole = known.get(path);
    if (whole === undefined) {
      whole = isWholeInside(path, pkg, node);
      known.set(path, whole);
    }
    return whole;
  }

  function isWholeInside(path: string, pkg: FarmPackage, node: TreeDirectory): boolean {
    return [...node.entries].every(([name, child]) => {
      const childPath = under(path, name);
      if (request.isHidden(childPath, pkg)) return false;
      if (child.type === 'directory') return isWhole(path, name, { pkg, node: child });
      if (request.remedyOf(childPath, pkg) !== null) return false;
      return request.withLibc || !isLibc(name);
    });
  }

  return {
    canFold: (directory, name, whose) => request.layout === 'folded' && directory !== '' && isWhole(directory, name, whose),
  };
}
