/** Files in the user's cache directory about a store or a profile: deleting any changes only speed. */
import * as v from 'valibot';
import { orNull } from '../../errors.js';
import { makeDirectories, removeEntry, rename, writeUnsynced } from '../../fs/change.js';
import { status } from '../../fs/disk.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { version } from '../../version.js';

/** Fields of every such file: the nox that wrote it, since another one may read things differently, and the path of the store or profile. */
export const ABOUT = { writer: v.string(), about: v.string() };
/** What only this very program writes, and so is not examined deeply. */
export const trusted = <T extends object>(): v.GenericSchema<T> => v.custom<T>((value) => typeof value === 'object' && value !== null);

/** Packages below which reading is so fast that remembering is not worth a file. */
export const WORTHWHILE = 8;
/** Milliseconds: a file changed so lately may be changed again without its times showing it. */
const SETTLED = 2000;

type About = { readonly writer: string; readonly about: string };

/** What a file says of a store or profile; `null` where there is none, or not one of the caller's own. */
export function readCacheFile<S extends v.GenericSchema<About>>(kind: SealedKind<S>, path: string, about: string): v.InferOutput<S> | null {
  const content = orNull(() => (status(path)?.uid === process.getuid?.() ? readSealed(kind, path) : null));
  return content === null || content.writer !== version || content.about !== about ? null : content;
}

/** Leaves such a file in one step; one that cannot be written is no matter. */
export function writeCacheFile<S extends v.GenericSchema<About>>(kind: SealedKind<S>, path: string, content: Omit<v.InferOutput<S>, 'writer'>): void {
  const made = `${path}.${process.pid}.new`;
  orNull(() => {
    makeDirectories(path.slice(0, path.lastIndexOf('/')), { lasting: false });
    removeEntry(made);
    writeUnsynced(made, seal(kind, { ...content, writer: version }));
    rename(made, path);
    return true;
  });
}

/** Removes one; content when there is none. */
export function dropCacheFile(path: string): void {
  orNull(() => removeEntry(path));
}

/** True for times so long before `began`, when the looking began, that a change made since has other ones. */
export const isSettled = (began: number, mtimeMs: number, ctimeMs: number): boolean => mtimeMs < began - SETTLED && ctimeMs < began - SETTLED;
