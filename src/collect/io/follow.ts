import * as path from 'node:path';
import { isAnyNoxError } from '../../errors.js';
import { readLinkIfAny } from '../../fs/disk.js';
import type { Trail } from '../liveness.js';

/** Links followed before a path counts as a circle, as the kernel does. */
const MOST_LINKS = 40;

/**
 * What resolves paths for one survey, which asks about each place once. A package that was renamed meanwhile is on the
 * trail under its old name: unlike realpath(3), this ends only where a directory cannot be searched.
 */
export function follower(): (start: string) => Trail {
  const links = new Map<string, string | null>();
  const linkAt = (place: string): string | null => {
    let text = links.get(place);
    if (text === undefined) links.set(place, (text = readLinkIfAny(place)));
    return text;
  };
  const trails = new Map<string, Trail>();
  return (start) => {
    let trail = trails.get(start);
    if (trail === undefined) trails.set(start, (trail = followed(start, linkAt)));
    return trail;
  };
}

function followed(start: string, linkAt: (place: string) => string | null): Trail {
  const passed = [path.resolve(start)];
  let resolved = '';
  let pending = start.split('/');
  let links = 0;
  try {
    while (pending.length > 0) {
      const [part, ...rest] = pending as [string, ...string[]];
      pending = rest;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        resolved = resolved.slice(0, Math.max(0, resolved.lastIndexOf('/')));
        continue;
      }
      const text = linkAt(`${resolved}/${part}`);
      if (text === null) {
        resolved = `${resolved}/${part}`;
        continue;
      }
      if ((links += 1) > MOST_LINKS) return { passed, closed: false };
      pending = [...text.split('/'), ...rest];
      passed.push(path.resolve(resolved === '' ? '/' : resolved, text, ...rest));
      if (text.startsWith('/')) resolved = '';
    }
    return { passed: [...new Set([...passed, resolved === '' ? '/' : resolved])], closed: false };
  } catch (error) {
    if (isAnyNoxError(error)) return { passed, closed: true };
    throw error;
  }
}
