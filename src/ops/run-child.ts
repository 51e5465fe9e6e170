import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { absolutePath, type Context, type Environment } from '../context.js';
import { NoxError } from '../errors.js';
import { fromBytes, raw, toBytes } from '../fs/bytes.js';
import { readFileCapped, statusFollowed } from '../fs/disk.js';
import { errnoOf, errnoWords, hasErrno } from '../fs/errno.js';

/** How a child ended: its exit status, or the signal that killed it. */
export type ChildEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

export interface Child {
  /** The file to execute. */
  readonly path: string;
  /** What it is called: its argument 0. */
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Environment;
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

/** Signals that another process may send to nox and means for the command. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
/** Those that a terminal sends to every process in its foreground, the command included. */
const FROM_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

/**
 * Runs a child with the streams of this process and waits for it. Signals pass on to it. @throws
 * `command-not-executable`, `run-failed`.
 */
export function runChild(child: Child): Promise<ChildEnd> {
  const { file, words, options } = spawnable(child);
  let started: ChildProcess | null = null;
  const early: NodeJS.Signals[] = [];
  const forward = (signal: NodeJS.Signals): void => {
    if (FROM_TERMINAL.includes(signal) && isInForeground()) return;
    if (started === null) early.push(signal);
    else started.kill(signal);
  };
  // Before the child exists: a signal that came between would end nox alone.
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise<ChildEnd>((settle, fail) => {
    started = spawn(file, words, { ...options, stdio: 'inherit' });
    for (const signal of early) started.kill(signal);
    started.on('error', (error) => fail(startError(child, error)));
    started.on('exit', (status, signal) => settle(signal === null ? { status: status ?? 125 } : { signal }));
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
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

/**
 * Decodes its words (`\0ooo` for odd bytes) and becomes `env -i`: Node hands only UTF-8 to a child.
 */
const TRAMPOLINE = 'for a do v=$(printf %b. "$a"); set -- "$@" "${v%.}"; shift; done; exec /usr/bin/env -i "$@"';

function spawnable({ path, name, words, environment }: Child): { file: string; words: string[]; options: SpawnOptions } {
  const texts = [path, name, ...words, ...Object.entries(environment).flat()];
  if (texts.every((text) => typeof raw(text) === 'string')) return { file: path, words: [...words], options: { argv0: name, env: environment } };
  if (path.includes('=')) throw new NoxError('run-failed', { problem: `cannot pass bytes that are not UTF-8 to "${path}"`, hint: null });
  const assignments = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
  const encoded = [...assignments, path, ...words].map((word) => [...toBytes(word)].map(escaped).join(''));
  return { file: '/bin/sh', words: ['-c', TRAMPOLINE, 'sh', ...encoded], options: { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } } };
}

function escaped(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./:=@%+-]/.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
}
