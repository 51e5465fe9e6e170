/**
 * Marks of packages that a collector is about to remove. Whoever starts to use a package leaves an intent first and looks for
 * marks then; the collector marks first and looks for intents then: one of the two always sees the other.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { failedWith } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import { followedStatusCall, type Look, statusCall } from '../../fs/calls.js';
import { makeHardLink, removeEntry } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import { clearDrafts, removeQuietly } from '../../fs/draft.js';
import { isGone, ownedName, thisProcess } from '../../fs/owner.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { condemnedMarks, quarantineRecords } from '../../layout.js';
import { makeStateDirectory, writeReadable } from '../../store/io/state-directory.js';

const ownerSchema = v.object({ host: v.string(), bootId: v.string(), pidNamespace: v.string(), pid: v.number(), startTime: v.string() });
const schema = v.object({ id: v.string(), owner: ownerSchema, until: v.string() });
export const markKind: SealedKind<typeof schema> = { kind: 'condemned', version: 1, schema, limit: 1 << 16 };

/** The mark that a collector has put on a package. */
type Mark = v.InferOutput<typeof schema>;

const markPath = (store: string, id: string): string => `${condemnedMarks(store)}/${createHash('sha256').update(toBytes(id)).digest('hex')}.json`;

/** Marks a package; false when another collector's mark that still counts is on it. */
export function condemn(store: string, id: string, until: Date, now: Date): boolean {
  const directory = condemnedMarks(store);
  makeStateDirectory(store, directory);
  const path = markPath(store, id);
  if (readMark(store, id, now) !== null) return false;
  removeEntry(path);
  const made = `${directory}/.${ownedName(thisProcess())}`;
  try {
    writeReadable(made, seal(markKind, { id, owner: thisProcess(), until: until.toISOString() }));
    // No need to force it to disk: what a power cut takes it from is not being collected any longer.
    makeHardLink(made, path);
    return true;
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return false;
    throw error;
  } finally {
    removeQuietly(made);
  }
}

/** The mark on a package, or `null` when there is none that counts any longer. */
export function readMark(store: string, id: string, now: Date): Mark | null {
  const path = markPath(store, id);
  if (status(path) === null) return null;
  const mark = readSealed(markKind, path);
  return mark === null || mark.id !== id || isGone(mark.owner) || Date.parse(mark.until) < now.getTime() ? null : mark;
}

/** Those of the packages that are not there, or have a mark, be it one that does not count any longer. */
export async function missingOrMarked<T extends { readonly store: string; readonly id: string }>(packages: readonly T[]): Promise<T[]> {
  const found = new Set<T>();
  const look = (at: readonly T[], path: (pkg: T) => string, isFine: (there: boolean) => boolean): Look[] => at.map((pkg) => ({
    path: path(pkg),
    take(status) {
      if (!isFine(status !== null)) found.add(pkg);
    },
  }));
  // Where no mark was ever put, there is no directory of them, whoever looks and whenever.
  const marked = new Set([...new Set(packages.map(({ store }) => store))].filter((store) => status(condemnedMarks(store)) !== null));
  await drain(look(packages.filter(({ store }) => marked.has(store)), ({ store, id }) => markPath(store, id), (there) => !there), statusCall);
  await drain(look(packages, ({ store, id }) => `${store}/${id}`, (there) => there), followedStatusCall);
  return [...found];
}

/** True when this process's own mark still counts. */
export function isOwnMark(store: string, id: string, now: Date): boolean {
  const mark = readMark(store, id, now);
  const here = thisProcess();
  return mark !== null && mark.owner.pid === here.pid && mark.owner.startTime === here.startTime && mark.owner.host === here.host;
}

/** Takes a mark away. */
export function absolve(store: string, id: string): void {
  removeEntry(markPath(store, id));
}

/** Removes marks that no longer count, and what else killed collectors left of marks and records. */
export function clearMarks(store: string, now: Date): void {
  const directory = condemnedMarks(store);
  for (const drafts of [directory, quarantineRecords(store)]) clearDrafts(drafts);
  for (const { name } of readDirectoryIfAny(directory) ?? []) {
    const path = `${directory}/${name}`;
    const mark = name.startsWith('.') ? null : readSealed(markKind, path);
    if (mark !== null && readMark(store, mark.id, now) === null) removeEntry(path);
  }
}

/** All marks of a store, whether they count or not. @throws `damaged`. */
export function readAllMarks(store: string): { readonly id: string; readonly path: string }[] {
  const directory = condemnedMarks(store);
  return (readDirectoryIfAny(directory) ?? []).flatMap(({ name }) => {
    const path = `${directory}/${name}`;
    const mark = name.startsWith('.') ? null : readSealed(markKind, path);
    return mark === null ? [] : [{ id: mark.id, path }];
  });
}
