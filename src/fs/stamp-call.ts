import fs from 'node:fs';
import { raw } from './bytes.js';
import type { Call } from './drain.js';

/** What tells that an entry is as it was: inode, size, and times in milliseconds; and its mode. */
export type Times = Pick<fs.Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs' | 'mode'>;

const QUIETLY = { throwIfNoEntry: false } as const;

/**
 * Looks at what the entries of a list lead to, each named by its index, as `drain` takes it; `take` gets `null` for what leads nowhere or cannot
 * be looked at. It makes as little as it can for each entry: a listing looks at thousands.
 */
export function stampCall(pathOf: (at: number) => string, take: (at: number, found: Times | null) => void): Call<number> {
  return {
    now(at) {
      let found: Times | undefined;
      try {
        found = fs.statSync(raw(pathOf(at)), QUIETLY);
      } catch {
        // What cannot be looked at is like what is not there: it is read anew, which tells why.
      }
      take(at, found ?? null);
    },
    begin: (at, done) => fs.stat(raw(pathOf(at)), (error, stats) => {
      take(at, error === null ? stats : null);
      done();
    }),
  };
}
