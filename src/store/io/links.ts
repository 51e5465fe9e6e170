import { posix } from 'node:path';
import { isNoxError } from '../../errors.js';
import { byName } from '../../fs/bytes.js';
import { readLink, realPath, statusFollowed } from '../../fs/disk.js';
import type { Candidate, StoreWarning } from './candidates.js';

/** What an entry of a store is: a package itself, another name of a package of the same store, or no package. */
export type Target = { readonly kind: 'itself' } | { readonly kind: 'alias'; readonly of: string } | { readonly kind: 'none' };

const ITSELF: Target = { kind: 'itself' };
const NONE: Target = { kind: 'none' };

/**
 * What each candidate of a store is. A directory is itself. A symlink that leads to a package of the same store is its
 * alias; one that leads to any other directory is a package. One that leads nowhere, in a circle, or to a directory
 * that holds the store is none, with a warning; one that leads to a file is none, like a plain file. Most aliases name a
 * neighbour, which costs one readlink; the others are resolved.
 */
export function resolveLinks(store: string, candidates: readonly Candidate[], warn: (warning: StoreWarning) => void): Map<string, Target> {
  const targets = new Map<string, Target>(candidates.filter(({ type }) => type === 'directory').map(({ id }) => [id, ITSELF]));
  const links = candidates.filter(({ type }) => type === 'symlink').map(({ id }) => id);
  const isLink = new Set(links);
  const physicalStore = links.length === 0 ? null : realPath(store);
  for (const id of links.sort(byName)) resolve(id, new Set());
  return targets;

  function resolve(id: string, seen: Set<string>): Target {
    const known = targets.get(id);
    if (known !== undefined) return known;
    const target = seen.has(id) ? NONE : guarded(id, () => follow(id, seen.add(id)));
    targets.set(id, target);
    return target;
  }

  function follow(id: string, seen: Set<string>): Target | string {
    const path = `${store}/${id}`;
    const text = readLink(path);
    const neighbour = posix.join(posix.dirname(id), text);
    if (!text.includes('/') && (targets.has(neighbour) || isLink.has(neighbour))) {
      const next = resolve(neighbour, seen);
      if (next.kind === 'none') return 'this link leads to a link that is no package';
      return next.kind === 'itself' ? { kind: 'alias', of: neighbour } : next;
    }
    const physical = realPath(path);
    if (physical === null) return 'this link leads nowhere';
    if (physicalStore === null || `${physicalStore}/`.startsWith(physical === '/' ? '/' : `${physical}/`)) return 'this link leads to the store itself';
    const inside = physical.startsWith(`${physicalStore}/`) ? physical.slice(physicalStore.length + 1) : '';
    if (targets.get(inside)?.kind === 'itself') return { kind: 'alias', of: inside };
    return statusFollowed(physical)?.type === 'directory' ? ITSELF : NONE;
  }

  function guarded(id: string, run: () => Target | string): Target {
    const path = `${store}/${id}`;
    try {
      const target = run();
      if (typeof target !== 'string') return target;
      warn({ path, problem: target });
    } catch (error) {
      if (!isNoxError(error, 'file-system') && !isNoxError(error, 'not-permitted')) throw error;
      warn({ path, problem: error.message });
    }
    return NONE;
  }
}
