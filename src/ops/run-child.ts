import { type ChildProcess, spawn, type SpawnOptions, type StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { absolutePath, type Context, type Environment } from '../context.js';
import { NoxError, orNull } from '../errors.js';
import { fromBytes, raw } from '../fs/bytes.js';
import { readDirectoryIfAny, readFileCapped, readLinkIfAny, statusFollowed } from '../fs/disk.js';
import { errnoOf, errnoWords, hasErrno } from '../fs/errno.js';
import { closeDescriptor } from '../fs/output.js';
import type { Inherited } from '../inherited.js';
import { nearest } from '../nearest.js';
import { singleQuoted } from '../shell-word.js';
import { callWitness, type Witness } from './group-witness.js';

/** How a child ended: its exit status, or the signal that killed it. */
export type ChildEnd = { readonly status: number } | { readonly signal: NodeJS.Signals };

interface Child {
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
  let lost: string | null = null;
  for (const directory of directories) {
    const path = directory === null ? name : `${directory === '' ? '.' : directory}/${name}`;
    const found = name === '' ? null : reachable(absolutePath(context, path));
    if (found === null) {
      lost ??= name === '' ? null : orNull(() => readLinkIfAny(absolutePath(context, path)));
      continue;
    }
    if (found.type === 'file' && (found.mode & 0o111) !== 0) return path;
    refused ??= new NoxError('command-not-executable', { command: path, reason: found.type === 'file' ? 'permission denied' : 'it is not a regular file' });
  }
  throw refused ?? new NoxError('command-not-found', { command: name, profile, lost, nearest: lost !== null ? null : nearest(name, directories.flatMap((directory) => (directory === null ? [] : namesIn(directory)))) });
}

/** None of a directory that cannot be read. */
const namesIn = (directory: string): string[] => (orNull(() => readDirectoryIfAny(directory)) ?? []).map(({ name }) => name);

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
/** Signals that stop nox as they stop any other process, unless they are ignored. */
const STOPPING: readonly string[] = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'];
/** Those that a terminal sends to every process in its foreground, the command included. */
const FROM_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

/**
 * Runs a child with the streams of this process, and what else it inherits, and waits for it. Signals pass on to it, but for those that
 * the whole process group got, and the child with it, and those that the caller has nox ignore, which both ignore. @throws `command-not-executable`, `run-failed`.
 */
export function runChild(child: Child): Promise<ChildEnd> {
  const { ignored, descriptors } = child.inherited;
  const { file, words, options } = spawnable(child);
  let running: ChildProcess | null = null;
  let witness: Witness | null = null;
  const forward = async (signal: NodeJS.Signals): Promise<void> => {
    if (ignored.has(signal)) return;
    const wentToAll = (await witness?.saw(signal)) ?? (FROM_TERMINAL.includes(signal) && isInForeground());
    if (running !== null && !wentToAll) send(running, signal);
  };
  const hear = (signal: NodeJS.Signals): void => void forward(signal);
  // Before the child exists: a signal that came between would end nox alone.
  const heard = [...new Set([...FORWARDED, ...[...ignored].filter((signal) => STOPPING.includes(signal))])];
  for (const signal of heard) process.on(signal, hear);
  return new Promise<ChildEnd>((settle, fail) => {
    try {
      running = spawn(file, words, { ...options, stdio: streams(descriptors) });
    } catch (error) {
      // Some errors Node throws, and others it tells.
      return fail(startError(child, error as Error));
    }
    descriptors.forEach(closeDescriptor);
    witness = witnessOf(heard, ignored);
    running.on('error', (error) => fail(startError(child, error)));
    running.on('exit', (status, signal) => settle(signal === null ? { status: status ?? 125 } : { signal }));
    if (running.pid !== undefined) child.started(running.pid);
  }).finally(() => {
    for (const signal of heard) process.off(signal, hear);
    witness?.dismiss();
  });
}

/** Without a witness signals pass on as well as can be told. */
function witnessOf(heard: readonly NodeJS.Signals[], ignored: ReadonlySet<NodeJS.Signals>): Witness | null {
  try {
    return callWitness(heard.filter((signal) => !ignored.has(signal)), [...ignored].filter((signal) => heard.includes(signal)));
  } catch {
    return null;
  }
}

/** Passes a signal on; a command that is stopped hears of its end only when it goes on. */
function send(child: ChildProcess, signal: NodeJS.Signals): void {
  child.kill(signal);
  if (signal === 'SIGHUP' || signal === 'SIGTERM') child.kill('SIGCONT');
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

/**
 * Node hands only UTF-8 to a child, and no ignored signal. So a shell ignores the signals that its first word names, and becomes `env -i`. Where
 * there are odd bytes, it gets its whole script in pieces, with those bytes as `\0ooo`: its time is then that of its length.
 */
const IGNORE = '[ -z "$1" ] || trap "" $1; shift; exec /usr/bin/env -i "$@"';
const FROM_PIECES = 'IFS=; eval "$(printf %b "$*")"';
/** What becomes a command whose path `env` would take for a variable. */
const BY_SHELL = ['/bin/sh', '-c', 'exec "$0" "$@"'];

function spawnable({ path, name, words, environment, inherited: { ignored } }: Child): { file: string; words: string[]; options: SpawnOptions } {
  const isPlain = (text: string): boolean => typeof raw(text) === 'string';
  const assignments = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
  const all = [...assignments, ...(path.includes('=') ? BY_SHELL : []), path, ...words];
  const arePlain = all.every(isPlain);
  if (ignored.size === 0 && arePlain && isPlain(name)) return { file: path, words: [...words], options: { argv0: name, env: environment } };
  const numbers = [...ignored].map((signal) => constants.signals[signal]).join(' ');
  const options = { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  if (arePlain) return { file: '/bin/sh', words: ['-c', IGNORE, 'sh', numbers, ...all], options };
  const script = `${numbers === '' ? '' : `trap '' ${numbers}; `}exec /usr/bin/env -i ${all.map(singleQuoted).join(' ')}`;
  return { file: '/bin/sh', words: ['-c', FROM_PIECES, 'sh', ...piecesOf(encoded(script))], options };
}

/** As printf's %b has it: of nox's own form of bytes those that are not UTF-8, and the backslash. */
const encoded = (text: string): string => text.replaceAll(/[\\\uDC80-\uDCFF]/gu, (char) => `\\0${(char.charCodeAt(0) & 0xff).toString(8).padStart(3, '0')}`);

/** In parts that are short enough for the kernel, which takes no word of more than 128 KB. */
const piecesOf = (text: string): string[] => text.match(/[^]{1,30000}/gu) ?? [];
