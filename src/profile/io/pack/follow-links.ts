import { dirname, normalize } from 'node:path';
import { orNull } from '../../../errors.js';
import { realPath, statusFollowed } from '../../../fs/disk.js';
import { packedOutside } from '../../../layout.js';
import { baseOf } from '../../farm/tree.js';
import type { OutsideLink, OutsideWay } from '../../pack/entry.js';
import { relativeText } from '../../pack/place.js';

/** A tree to be packed. */
export interface PackRoot {
  /** Its physical path. */
  readonly physical: string;
  /** Its path in the pack. */
  readonly place: string;
}

/** A symlink to be packed. */
interface FoundLink {
  /** Absolute path, and the tree that it lies in. */
  readonly path: string;
  readonly root: PackRoot;
  readonly place: string;
  readonly text: string;
}

interface LinkFollower {
  /** The text that the link gets in the pack. */
  textOf(link: FoundLink): string;
  /** Trees found by following links outwards (`copy`), in order; grows while links are followed. */
  readonly outside: readonly PackRoot[];
  /** Links that lead out of the pack to something that is there (`refuse`). */
  readonly refused: readonly OutsideLink[];
}

/**
 * Decides what links of a pack say. A link that stays inside of its tree keeps its text; one that leads to anything else that is
 * packed becomes relative; one that leads out, and neither nowhere nor to a device, is dealt with by `way`.
 */
export function followLinks(roots: readonly PackRoot[], way: OutsideWay): LinkFollower {
  const outside: PackRoot[] = [];
  const refused: OutsideLink[] = [];
  const byPath = new Map(roots.map((root) => [root.physical, root]));
  const physicalOf = remembering((directory: string) => orNull(() => realPath(directory)));

  /** The innermost tree that holds a physical path. */
  function rootOf(path: string): PackRoot | null {
    for (let at = path; at !== '' && at !== '/'; at = dirname(at)) {
      const root = byPath.get(at);
      if (root !== undefined) return root;
    }
    return byPath.get('/') ?? null;
  }

  const placeOf = (path: string, { physical, place }: PackRoot): string => {
    const rest = path.slice(physical === '/' ? 0 : physical.length).replace(/^\//, '');
    return [place, rest].filter((part) => part !== '').join('/');
  };

  function textOf(link: FoundLink): string {
    const { path, root, place, text } = link;
    const target = destination(dirname(path), text);
    const found = rootOf(target);
    if (found !== null) return found === root && staysInside(link) ? text : relativeText(place, placeOf(target, found));
    const type = orNull(() => statusFollowed(path))?.type;
    if (type === undefined || type === 'other') return text.startsWith('/') || staysInside(link) ? text : target;
    if (way === 'keep') return target;
    if (way === 'refuse') {
      refused.push({ path, target });
      return target;
    }
    const physical = realPath(path) ?? target;
    const known = rootOf(physical);
    if (known !== null) return relativeText(place, placeOf(physical, known));
    const added: PackRoot = { physical, place: `${packedOutside(outside.length)}/${baseOf(physical) || 'root'}` };
    byPath.set(physical, added);
    outside.push(added);
    return relativeText(place, added.place);
  }

  /** The physical path of what a text names, itself not followed; where directories are missing, as it reads. */
  function destination(from: string, text: string): string {
    const whole = (text.startsWith('/') ? text : `${from}/${text}`).replace(/\/+(?:\.\/*)*$/, '') || '/';
    const name = baseOf(whole);
    if (name === '' || name === '.' || name === '..') return physicalOf(whole) ?? normalize(whole);
    const directory = physicalOf(whole.slice(0, -name.length));
    return directory === null ? normalize(whole) : `${directory === '/' ? '' : directory}/${name}`;
  }

  return { textOf, outside, refused };
}

/** True when a text is relative and does not climb out of its tree, nor back over a directory that may be a link. */
function staysInside({ path, root, text }: FoundLink): boolean {
  if (text.startsWith('/')) return false;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  if (climbs >= 0 && parts.slice(climbs).includes('..')) return false;
  const depth = path.slice(root.physical.length).split('/').length - 2;
  return (climbs < 0 ? parts.length : climbs) <= depth;
}

function remembering<T>(find: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key) as T;
  };
}
