import { homedir } from 'node:os';
import { posix } from 'node:path';
import { step } from './errors.js';
import { fromBytes, mayBeLossy } from './fs/bytes.js';
import { readFileCapped, readLinkIfAny } from './fs/disk.js';
import { droppedVariables, entriesOf, HANDED } from './inherited.js';

/** The environment of the shell that called nox, exact to the byte. */
export type Environment = Readonly<Record<string, string>>;

/** All that an operation may know of the world besides the file system: no ambient state below the commands. */
export interface Context {
  /** `nox-store` or `nox-profile`: how commands are named in hints. */
  readonly bin: string;
  readonly environment: Environment;
  readonly home: string;
  /** Asked for only where a path begins in it, since it may be removed, see {@link absolutePath}. @throws `file-system`. */
  readonly cwd: string;
  now(): Date;
  /** One line of talk on standard error (a warning, a note); never part of the answer. */
  say(line: string): void;
  /** Progress of long work; shown only on a terminal. */
  readonly progress: Progress;
}

export interface Progress {
  /** `done` of `total` units of the work named; may be called often. */
  update(work: string, done: number, total: number): void;
  end(): void;
}

const SAVED = 'NOX_CALLER_';

/**
 * The caller's environment. The launchers start Node without LD_LIBRARY_PATH and its kind, and hand the caller's own
 * values over as NOX_CALLER_<NAME>; here they come back, and so does what the launcher's shell has dropped.
 */
export function callerEnvironment(): Environment {
  const environment = Object.create(null) as Record<string, string>;
  const all = readEnvironment();
  for (const [name, value] of all) {
    if (name.startsWith(HANDED)) continue;
    if (!name.startsWith(SAVED)) environment[name] ??= value;
    else environment[name.slice(SAVED.length)] = value;
  }
  for (const [name, value] of droppedVariables(all)) environment[name] ??= value;
  return environment;
}

function readEnvironment(): Array<[string, string]> {
  const bytes = readFileCapped('/proc/self/environ', 64 << 20, { follow: true });
  return Buffer.isBuffer(bytes) ? entriesOf(bytes) : Object.entries(process.env).map(([k, v]) => [k, v ?? '']);
}

/** The words of the command line, exact to the byte, in nox's own form of text. */
export function commandLine(): readonly string[] {
  const words = process.argv.slice(2);
  if (!words.some(mayBeLossy)) return words;
  const bytes = readFileCapped('/proc/self/cmdline', 64 << 20, { follow: true });
  return Buffer.isBuffer(bytes) ? fromBytes(bytes).split('\0').slice(0, -1).slice(-words.length) : words;
}

/** The working directory, exact to the byte. @throws `file-system` when it was removed. */
export function workingDirectory(): string {
  const path = step('find the working directory', '.', () => process.cwd());
  return mayBeLossy(path) ? (readLinkIfAny('/proc/self/cwd') ?? path) : path;
}

/** The context with something else in places; the working directory is still asked for only when it is needed. */
export const derived = (context: Context, change: Partial<Context>): Context => Object.create(context, Object.getOwnPropertyDescriptors(change)) as Context;

/** A path as the caller means it: absolute and lexically normal. @throws `file-system` for a relative one when the working directory was removed. */
export const absolutePath = (context: Context, path: string): string => posix.resolve(path.startsWith('/') ? '/' : context.cwd, path);

/** The user's home: `HOME`, else what the system's account database says. */
export function homeOf(environment: Environment): string {
  const home = environment['HOME'];
  return home !== undefined && home.startsWith('/') ? home : homedir();
}
