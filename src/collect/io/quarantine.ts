import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import * as v from 'valibot';
import { failedWith, NoxError } from '../../errors.js';
import { byName, toBytes } from '../../fs/bytes.js';
import { removeEntry, rename, syncDirectory } from '../../fs/change.js';
import { readDirectoryIfAny, status } from '../../fs/disk.js';
import { publishFile } from '../../fs/draft.js';
import { inHeldDirectory } from '../../fs/held-directory.js';
import { isGone, type Owner, ownedName, ownerOfName, thisProcess } from '../../fs/owner.js';
import { isFull, spendingReserve } from '../../fs/reserve.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { doomed, quarantined, quarantineRecords, storeReserve } from '../../layout.js';
import { identifierProblem } from '../../store/identifier.js';
import { makeStateDirectory } from '../../store/io/state-directory.js';
import type { ScannedStore } from '../../store/io/scan.js';

const schema = v.object({
  id: v.string(),
  nonce: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  at: v.string(),
  owner: v.object({ host: v.string(), bootId: v.string(), pidNamespace: v.string(), pid: v.number(), startTime: v.string() }),
});
export const quarantineKind: SealedKind<typeof schema> = { kind: 'quarantine', version: 1, schema, limit: 1 << 16 };

/** A package that was taken out of its store by name, and can come back. */
export interface Quarantined {
  readonly store: string;
  readonly id: string;
  readonly nonce: string;
  /** When it was taken out: RFC 3339, UTC. */
  readonly at: string;
  /** Where it is now. */
  readonly path: string;
  /** True once its deletion has begun: it is not whole any longer. */
  readonly doomed: boolean;
  /** True when the collector that took it out is this process, or is gone or silent for long. */
  readonly ours: boolean;
  /** False where there was no room for a record: its name tells all. */
  readonly recorded: boolean;
}

/** Milliseconds after which a collector on another machine is taken for gone. */
const SILENT = 3_600_000;

const recordPath = (store: string, nonce: string): string => `${quarantineRecords(store)}/${nonce}.json`;
const packagePath = (store: string, id: string): string => `${store}/${id}`;
const partsOf = (id: string): string[] => id.split('/').slice(0, -1);

/**
 * Takes a package out of its store: a record first, then a rename within its own parent, which needs no permission on the
 * package itself. Where the disk is too full for a record, the new name tells what it would say. `null` when it is gone already.
 */
export function quarantine(store: string, id: string, now: Date): Quarantined | null {
  const record = { id, nonce: randomBytes(8).toString('hex'), at: now.toISOString(), owner: thisProcess() };
  const recorded = leaveRecord(store, record);
  const nonce = recorded ? record.nonce : `${ownedName(record.owner)}~${basename(id)}`;
  try {
    inHeldDirectory(store, partsOf(id), (held) => {
      renameOnce(store, `${held}/${basename(id)}`, quarantined(held, nonce));
      syncDirectory(held);
    });
  } catch (error) {
    // Without its record nobody would find the package again.
    if (status(quarantined(dirname(packagePath(store, id)), nonce)) !== null) throw error;
    if (recorded) removeEntry(recordPath(store, nonce));
    if (failedWith(error, 'ENOENT')) return null;
    throw error;
  }
  // Had this process been stopped for long, another collector may have taken the record for an abandoned one.
  if (recorded && status(recordPath(store, nonce)) === null) leaveRecord(store, record);
  return { store, id, nonce, at: record.at, path: quarantined(dirname(packagePath(store, id)), nonce), doomed: false, ours: true, recorded };
}

/** False where there is no room for it. */
function leaveRecord(store: string, record: v.InferOutput<typeof schema>): boolean {
  try {
    makeStateDirectory(store, quarantineRecords(store));
    publishFile(recordPath(store, record.nonce), seal(quarantineKind, record), { mode: 0o644 });
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    removeEntry(recordPath(store, record.nonce));
    return false;
  }
}

/**
 * A file server may answer that there is no such entry when it did the rename and lost its first answer. A rename that needs space takes
 * it from the store's reserve.
 */
function renameOnce(store: string, from: string, to: string): void {
  try {
    spendingReserve(storeReserve(store), () => rename(from, to));
  } catch (error) {
    if (!failedWith(error, 'ENOENT') || status(to) === null) throw error;
  }
}

/** The packages in quarantine of a store, sorted by identifier. @throws `damaged` for a record that cannot be read. */
export function readQuarantine({ path: store, parents }: Pick<ScannedStore, 'path' | 'parents'>, now: Date): Quarantined[] {
  const entries = (readDirectoryIfAny(quarantineRecords(store)) ?? []).flatMap(({ name }): Quarantined[] => {
    if (!name.endsWith('.json')) return [];
    const record = readSealed(quarantineKind, `${quarantineRecords(store)}/${name}`);
    if (record === null || `${record.nonce}.json` !== name) return [];
    const { id, nonce, at, owner } = record;
    const problem = identifierProblem(id);
    if (problem !== null) throw new NoxError('damaged', { path: `${quarantineRecords(store)}/${name}`, problem });
    const parent = dirname(packagePath(store, id));
    // Whoever removed that has removed what was in it; or it is not mounted.
    if (status(parent) === null) return [];
    const isDoomed = status(doomed(parent, nonce)) !== null;
    const ours = isSame(owner, thisProcess()) || isGone(owner) || now.getTime() - Date.parse(at) > SILENT;
    return [{ store, id, nonce, at, path: isDoomed ? doomed(parent, nonce) : quarantined(parent, nonce), doomed: isDoomed, ours, recorded: true }];
  });
  for (const parent of parents) entries.push(...unrecorded(store, parent, now));
  return entries.sort((a, b) => byName(a.id, b.id) || byName(a.nonce, b.nonce));
}

/** What a directory of a store holds of packages that were taken out where there was no room for a record. */
function unrecorded(store: string, parent: string, now: Date): Quarantined[] {
  const directory = parent === '' ? store : `${store}/${parent}`;
  return (readDirectoryIfAny(directory) ?? []).flatMap(({ name }): Quarantined[] => {
    const [, stage, owned, base] = /^\.nox-(quarantine|doomed)-([^/]+~[0-9a-f]{12})~(.+)$/s.exec(name) ?? [];
    const owner = owned === undefined ? null : ownerOfName(owned);
    const id = parent === '' ? (base ?? '') : `${parent}/${base}`;
    const path = `${directory}/${name}`;
    const found = status(path);
    if (owner === null || found === null || identifierProblem(id) !== null) return [];
    // Renaming sets it; so it tells when the package was taken out.
    const since = found.ctimeMs;
    const ours = isSame(owner, thisProcess()) || isGone(owner) || now.getTime() - since > SILENT;
    return [{ store, id, nonce: `${owned}~${base}`, at: new Date(since).toISOString(), path, doomed: stage === 'doomed', ours, recorded: false }];
  });
}

const isSame = (a: Owner, b: Owner): boolean => a.host === b.host && a.bootId === b.bootId && a.pidNamespace === b.pidNamespace && a.pid === b.pid && a.startTime === b.startTime;

/** Puts a package back under its name; false when another package has the name now, or it is being deleted. */
export function restore(entry: Quarantined): boolean {
  if (entry.doomed) return false;
  const back = inHeldDirectory(entry.store, partsOf(entry.id), (held) => {
    const [from, to] = [quarantined(held, entry.nonce), `${held}/${basename(entry.id)}`];
    if (status(from) === null) return true;
    if (status(to) !== null) return false;
    renameOnce(entry.store, from, to);
    syncDirectory(held);
    return true;
  });
  if (back && entry.recorded) removeEntry(recordPath(entry.store, entry.nonce));
  return back;
}

/**
 * Deletes a package in quarantine. A symlink entry is removed, never what it leads to. Another rename comes first: what is found
 * under that name later was begun to be deleted, and does not come back. Its record stays until {@link endQuarantine}.
 * @throws `not-permitted` when a part of it cannot be deleted.
 */
export function destroy(entry: Quarantined): void {
  inHeldDirectory(entry.store, partsOf(entry.id), (held) => {
    const [from, to] = [quarantined(held, entry.nonce), doomed(held, entry.nonce)];
    if (status(from) !== null) {
      renameOnce(entry.store, from, to);
      syncDirectory(held);
    }
    const found = status(to);
    if (found !== null && found.type !== 'directory') removeEntry(to);
    else if (found !== null) removeRacing(to, doomed(dirname(packagePath(entry.store, entry.id)), entry.nonce));
    syncDirectory(held);
  });
}

/** Forgets a package in quarantine, once it and all that leaves with it are deleted. */
export function endQuarantine({ store, nonce, recorded }: Quarantined): void {
  if (recorded) removeEntry(recordPath(store, nonce));
}

/** By GNU rm, which works relative to open directories, so that nobody can lead it elsewhere by swapping a directory for a link. */
function removeRacing(path: string, shown: string): void {
  const remove = (): string | null => run('rm', ['-rf', '--one-file-system', '--', path]);
  let problem = remove();
  // Directories of one's own without write permission. For root, who needs none, nothing of others is to be touched.
  if (problem !== null && process.getuid?.() !== 0 && status(path) !== null) {
    run('chmod', ['-R', 'u+rwX', '--', path]);
    problem = remove();
  }
  if (problem !== null) throw new NoxError('not-permitted', { step: 'remove', path: shown, reason: problem.replaceAll(path, shown), errno: 0, state: null, profile: null });
}

/** Runs `command`, with words that may hold any bytes: Node passes only text, so a shell makes them from octal. */
function run(command: string, words: readonly string[]): string | null {
  const octal = words.map((word) => [...toBytes(`${word}.`)].map((byte) => `\\0${byte.toString(8)}`).join(''));
  const script = 'for w do w=$(printf %b "$w"); set -- "$@" "${w%.}"; shift; done; exec "$0" "$@"';
  const done = spawnSync('/bin/sh', ['-c', script, command, ...octal], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } });
  if (done.error !== undefined) return done.error.message;
  return done.status === 0 ? null : (done.stderr.split('\n')[0] ?? '');
}
