import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { failedWith, NoxError } from '../../errors.js';
import { toBytes } from '../../fs/bytes.js';
import { makeDirectories, readDirectoryIfAny, removeEntry, rename, status, syncDirectory, writeNewFile } from '../../fs/disk.js';
import { isGone, thisProcess } from '../../fs/owner.js';
import { readSealed, seal, type SealedKind } from '../../fs/sealed.js';
import { quarantined, quarantineRecords } from '../../layout.js';
import { identifierProblem } from '../../store/identifier.js';

const schema = v.object({
  id: v.string(),
  nonce: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  at: v.string(),
  owner: v.object({ host: v.string(), bootId: v.string(), pidNamespace: v.string(), pid: v.number(), startTime: v.string() }),
});
const quarantineKind: SealedKind<typeof schema> = { kind: 'quarantine', version: 1, schema, limit: 1 << 16 };

/** A package that was taken out of its store by name, and can come back. */
export interface Quarantined {
  readonly store: string;
  readonly id: string;
  readonly nonce: string;
  /** When it was taken out: RFC 3339, UTC. */
  readonly at: string;
  /** Where it is now. */
  readonly path: string;
  /** True when the collector that took it out is gone. */
  readonly abandoned: boolean;
}

const recordPath = (store: string, nonce: string): string => `${quarantineRecords(store)}/${nonce}.json`;
const packagePath = (store: string, id: string): string => `${store}/${id}`;

/**
 * Takes a package out of its store: a record first, then a rename within its own parent, which needs no permission on the
 * package itself. `null` when it is gone already.
 */
export function quarantine(store: string, id: string, now: Date): Quarantined | null {
  const nonce = randomBytes(8).toString('hex');
  const path = quarantined(dirname(packagePath(store, id)), nonce);
  const at = now.toISOString();
  makeDirectories(quarantineRecords(store));
  writeNewFile(recordPath(store, nonce), seal(quarantineKind, { id, nonce, at, owner: thisProcess() }), 0o644);
  syncDirectory(quarantineRecords(store));
  try {
    rename(packagePath(store, id), path);
  } catch (error) {
    removeEntry(recordPath(store, nonce));
    if (failedWith(error, 'ENOENT')) return null;
    throw error;
  }
  syncDirectory(dirname(path));
  return { store, id, nonce, at, path, abandoned: false };
}

/** The packages in quarantine of a store. @throws `damaged` for a record that cannot be read. */
export function readQuarantine(store: string): Quarantined[] {
  return (readDirectoryIfAny(quarantineRecords(store)) ?? []).flatMap(({ name }) => {
    if (!name.endsWith('.json')) return [];
    const record = readSealed(quarantineKind, `${quarantineRecords(store)}/${name}`);
    if (record === null || `${record.nonce}.json` !== name) return [];
    const { id, nonce, at, owner } = record;
    const problem = identifierProblem(id);
    if (problem !== null) throw new NoxError('damaged', { path: `${quarantineRecords(store)}/${name}`, problem });
    return [{ store, id, nonce, at, path: quarantined(dirname(packagePath(store, id)), nonce), abandoned: isGone(owner) }];
  });
}

/** Puts a package back under its name; false when another package has the name now. */
export function restore(entry: Quarantined): boolean {
  const target = packagePath(entry.store, entry.id);
  if (status(entry.path) !== null) {
    if (status(target) !== null) return false;
    rename(entry.path, target);
    syncDirectory(dirname(target));
  }
  removeEntry(recordPath(entry.store, entry.nonce));
  return true;
}

/** Deletes a package in quarantine. A symlink entry is removed, never what it leads to. */
export function destroy(entry: Quarantined): void {
  const found = status(entry.path);
  if (found !== null && found.type !== 'directory') removeEntry(entry.path);
  else if (found !== null) removeRacing(entry.path);
  removeEntry(recordPath(entry.store, entry.nonce));
}

/** By GNU rm, which works relative to open directories, so that nobody can lead it elsewhere by swapping a directory for a link. */
function removeRacing(path: string): void {
  const remove = (): string | null => run('rm', ['-rf', '--one-file-system', '--', path]);
  let problem = remove();
  if (problem !== null && status(path) !== null) {
    run('chmod', ['-R', 'u+rwX', '--', path]);
    problem = remove();
  }
  if (problem !== null) throw new NoxError('not-permitted', { step: 'remove', path, reason: problem, errno: 0 });
}

/** Runs `command`, with words that may hold any bytes: Node passes only text, so a shell makes them from octal. */
function run(command: string, words: readonly string[]): string | null {
  const octal = words.map((word) => [...toBytes(`${word}.`)].map((byte) => `\\0${byte.toString(8)}`).join(''));
  const script = 'for w do w=$(printf %b "$w"); set -- "$@" "${w%.}"; shift; done; exec "$0" "$@"';
  const done = spawnSync('/bin/sh', ['-c', script, command, ...octal], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } });
  if (done.error !== undefined) return done.error.message;
  return done.status === 0 ? null : (done.stderr.split('\n')[0] ?? '');
}
