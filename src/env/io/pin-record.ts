/**
 * A pin record says which generation of a profile a batch job uses, for ranks without a common ancestor: a symlink
 * `<home>/.nox/pins/<job>.<profile>` to the generation, made by symlink(2), which only one of several can do.
 */
import { basename } from 'node:path';
import { NoxError, orNull } from '../../errors.js';
import { hasErrno } from '../../fs/errno.js';
import { makeDirectory, makeSymlink, removeEntry, rename } from '../../fs/change.js';
import { readLinkIfAny, status } from '../../fs/disk.js';
import { generations, parseGeneration, pins } from '../../layout.js';
import { type Job, pinRecordName } from '../job.js';

/** Milliseconds after which a pin is another job's: batch systems use their numbers again. */
export const PIN_STALE_AFTER = 30 * 24 * 3600 * 1000;

interface PinRecord {
  readonly home: string;
  /** Name of the profile. */
  readonly name: string;
  readonly job: Job;
  readonly now: Date;
}

/** The generation that the job's record names, or `null` without a usable record. */
export function readPinRecord({ home, name, job, now }: PinRecord): number | null {
  if (!job.recordable) return null;
  const path = `${pins(home)}/${pinRecordName(job.key, name)}`;
  return orNull(() => (isStale(path, now) ? null : numberIn(path)));
}

/**
 * Leaves the record that the job uses this generation, and returns the generation that it does use: that of another
 * rank's record when that came first. A home that cannot be written has no records.
 */
export function makePinRecord(record: PinRecord, tree: string): number {
  const { home, name, job, now } = record;
  const wanted = Number(basename(tree));
  if (!job.recordable) return wanted;
  const path = `${pins(home)}/${pinRecordName(job.key, name)}`;
  const text = textOf(home, name, tree);
  const made = orNull(() => {
    if (status(pins(home)) === null) tolerate(() => makeDirectory(pins(home)));
    tolerate(() => makeSymlink(text, path));
    if (!isStale(path, now) && numberIn(path) !== null) return numberIn(path);
    takeAway(path, now);
    tolerate(() => makeSymlink(text, path));
    return numberIn(path);
  });
  return made ?? wanted;
}

/** Lets the job's record name this generation from now on, where the home can be written. */
export function replacePinRecord({ home, name, job }: PinRecord, tree: string): void {
  if (!job.recordable) return;
  const path = `${pins(home)}/${pinRecordName(job.key, name)}`;
  orNull(() => {
    const made = `${path}.${process.pid}.new`;
    removeEntry(made);
    makeSymlink(textOf(home, name, tree), made);
    rename(made, path);
    return null;
  });
}

/** A generation of the home itself is named relative to it. */
function textOf(home: string, name: string, tree: string): string {
  const number = basename(tree);
  return tree === `${generations(home, name)}/${number}` ? `../profiles/${name}/generations/${number}` : tree;
}

/** Removes a stale record, but never one that another rank has just put in its place. */
function takeAway(path: string, now: Date): void {
  const aside = `${path}.${process.pid}.old`;
  rename(path, aside);
  const taken = readLinkIfAny(aside);
  if (taken !== null && !isStale(aside, now) && numberIn(aside) !== null) tolerate(() => makeSymlink(taken, path));
  removeEntry(aside);
}

function numberIn(path: string): number | null {
  return parseGeneration(readLinkIfAny(path) ?? '')?.number ?? null;
}

function isStale(path: string, now: Date): boolean {
  const found = status(path);
  return found !== null && now.getTime() - found.mtimeMs > PIN_STALE_AFTER;
}

/** Runs a step that another rank may have done already. */
function tolerate(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof NoxError) || !hasErrno(error.cause, 'EEXIST')) throw error;
  }
}
