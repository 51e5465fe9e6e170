import { type ChildProcess, spawn, type SpawnOptions, type StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { absolutePath, type Context, type Environment } from '../context.js';
import { NoxError } from '../errors.js';
import { fromBytes, raw, toBytes } from '../fs/bytes.js';
import { readFileCapped, statusFollowed } from '../fs/disk.js';
import { errnoOf, errnoWords, hasErrno } from '../fs/errno.js';
import type { Inherited } from '../inherited.js';

/** How a child ended: its exit status, or the signal that killed it. */
export type ChildEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

export interface Child {
  /** The file to execute. */
  readonly path: string;
  /** What it is called: its argument 0. */
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly inherited: Inherited;
  /** Called with the number of its process once that runs. */
  readonly started: (pid: number) => void;
}

/** The file that a command's name stands for in a profile's environment. @throws `command-not-found`, `command-not-executable`. */
export function findCommand(context: Context, name: string, { environment, profile }: { readonly environment: Environment; readonly profile: string }): string {
  const directories = name.includes('/') ? [null] : (environment['PATH'] ?? '/bin:/usr/bin').split(':');
  let refused: NoxError | null = null;
  for (const directory of directories) {
    const path = directory === null ? name : `${directory === '' ? '.' : directory}/${name}`;
    const found = name === '' ? null : reachable(absolutePath(context, path));
    if (found === null) continue;
    if (found.type === 'file' && (found.mode & 0o111) !== 0) return path;
    refused ??= new NoxError('command-not-executable', { command: path, reason: found.type === 'file' ? 'permission denied' : 'it is not a regular file' });
  }
  throw refused ?? new NoxError('command-not-found', { command: name, profile });
}

function reachable(path: string): ReturnType<typeof statusFollowed> {
  try {
    return statusFollowed(path);
  } catch (error) {
    // A directory of PATH that may not be searched holds no command for this user.
    if (error instanceof NoxError) return null;
    throw error;
  }
}

/** Signals that nox cannot receive, or that tell of a fault of its own. */
const NOT_PASSED_ON = ['SIGKILL', 'SIGSTOP', 'SIGCHLD', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS', 'SIGTTIN', 'SIGTTOU', 'SIGPROF', 'SIGTSTP'];
/** Signals that another process may send to nox and means for the command; of several names for one, the first. */
const FORWARDED = Object.entries(constants.signals).filter(([name, number], at, all) => !NOT_PASSED_ON.includes(name) && all.findIndex((other) => other[1] === number) === at).map(([name]) => name as NodeJS.Signals);
/** Those that a terminal sends to every process in its foreground, the command included. */
const FROM_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

/**
 * Runs a child with the streams of this process, and what else it inherits, and waits for it. Signals pass on to it, but for those that
 * the caller has nox ignore, which both ignore. @throws `command-not-executable`, `run-failed`.
 */
export function runChild(child: Child): Promise<ChildEnd> {
  const { ignored, descriptors } = child.inherited;
  const { file, words, options } = spawnable(child);
  let running: ChildProcess | null = null;
  const early: NodeJS.Signals[] = [];
  const forward = (signal: NodeJS.Signals): void => {
    if (ignored.has(signal) || (FROM_TERMINAL.includes(signal) && isInForeground())) return;
    if (running === null) early.push(signal);
    else running.kill(signal);
  };
  // Before the child exists: a signal that came between would end nox alone.
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise<ChildEnd>((settle, fail) => {
    running = spawn(file, words, { ...options, stdio: streams(descriptors) });
    for (const signal of early) running.kill(signal);
    running.on('error', (error) => fail(startError(child, error)));
    running.on('exit', (status, signal) => settle(signal === null ? { status: status ?? 125 } : { signal }));
    if (running.pid !== undefined) child.started(running.pid);
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}

/** The standard streams and these descriptors, each as what it is here. */
function streams(descriptors: readonly number[]): StdioOptions {
  return Array.from({ length: Math.max(2, ...descriptors) + 1 }, (_, at) => (at <= 2 ? 'inherit' : descriptors.includes(at) ? at : 'ignore'));
}

function startError({ path }: Child, error: Error): NoxError {
  const reason = errnoWords(errnoOf(error) ?? 0);
  if (hasErrno(error, 'EACCES', 'ENOENT', 'ENOEXEC', 'EISDIR', 'ELOOP', 'ENOTDIR')) return new NoxError('command-not-executable', { command: path, reason }, error);
  return new NoxError('run-failed', { problem: `cannot start "${path}": ${reason}`, hint: null }, error);
}

/** True when this process is of its terminal's foreground group. proc(5) stat: fields 5 and 8. */
function isInForeground(): boolean {
  const stat = readFileCapped('/proc/self/stat', 4096, { follow: true });
  if (!Buffer.isBuffer(stat)) return false;
  const fields = fromBytes(stat).replace(/^.*\) /s, '').split(' ');
  return fields[2] === fields[5];
}

/** Node hands only UTF-8 to a child, and no ignored signal. So a shell ignores the signals that its first word names, decodes the others where they hold odd bytes (`\0ooo`), and becomes `env -i`. */
const IGNORE = '[ -z "$1" ] || trap "" $1; shift; ';
const DECODE = 'for a do v=$(printf %b. "$a"); set -- "$@" "${v%.}"; shift; done; ';
const BECOME = 'exec /usr/bin/env -i "$@"';

function spawnable({ path, name, words, environment, inherited: { ignored } }: Child): { file: string; words: string[]; options: SpawnOptions } {
  const isPlain = [path, name, ...words, ...Object.entries(environment).flat()].every((text) => typeof raw(text) === 'string');
  if (ignored.size === 0 && isPlain) return { file: path, words: [...words], options: { argv0: name, env: environment } };
  if (path.includes('=')) throw new NoxError('run-failed', { problem: `cannot pass ${isPlain ? 'ignored signals' : 'bytes that are not UTF-8'} to "${path}"`, hint: null });
  const all = [...Object.entries(environment).map(([variable, value]) => `${variable}=${value}`), path, ...words];
  const numbers = [...ignored].map((signal) => constants.signals[signal]).join(' ');
  const given = isPlain ? all : all.map((word) => [...toBytes(word)].map(escaped).join(''));
  return { file: '/bin/sh', words: ['-c', `${IGNORE}${isPlain ? '' : DECODE}${BECOME}`, 'sh', numbers, ...given], options: { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } } };
}

function escaped(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./:=@%+-]/.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
}
