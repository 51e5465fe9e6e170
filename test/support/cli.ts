import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromBytes, raw, toBytes } from '../../src/fs/bytes.js';

/** What a command did; texts in nox's own form (bytes that are not UTF-8 as U+DC80..U+DCFF). */
export interface NoxResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; 128 + N when signal N ended it. */
  readonly status: number;
}

export interface RunOptions {
  /** Added to an otherwise empty environment (PATH and NOX_NODE are set). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Buffer;
  /** Milliseconds after which the command is killed and the test fails. */
  readonly timeout?: number;
  /** Run as a user without privileges, so that permissions count even where the tests run as root. */
  readonly unprivileged?: boolean;
}

export type Bin = 'nox-store' | 'nox-profile';

/** Where the tests find `bin/` and `dist/`: the repository, or another build of it. */
export const ROOT = process.env['NOX_TEST_ROOT'] ?? path.resolve(import.meta.dirname, '../..');
export const binPath = (bin: Bin): string => path.join(ROOT, 'bin', bin);

/** Runs `bin/nox-store` or `bin/nox-profile` as a user would. Arguments and environment may hold any bytes. */
export function runNox(bin: Bin, args: readonly string[], options: RunOptions = {}): NoxResult {
  return runCommand(binPath(bin), args, options);
}

/** Runs any program in the same empty environment. */
export function runCommand(program: string, args: readonly string[], options: RunOptions = {}): NoxResult {
  return withWords(program, args, options, (file, words, rest) => {
    const done = spawnSync(file, words, { ...rest, input: options.input ?? '', timeout: options.timeout ?? 30_000, maxBuffer: 256 << 20, killSignal: 'SIGKILL' });
    if (done.error !== undefined) throw done.error;
    return { stdout: fromBytes(done.stdout), stderr: fromBytes(done.stderr), status: done.status ?? statusOfSignal(done.signal) };
  });
}

/** Like {@link runNox}, without waiting: for many at once. */
export async function startNox(bin: Bin, args: readonly string[], options: RunOptions = {}): Promise<NoxResult> {
  return startCommand(binPath(bin), args, options);
}

/** Like {@link runCommand}, without waiting. */
export async function startCommand(program: string, args: readonly string[], options: RunOptions = {}): Promise<NoxResult> {
  return withWords(program, args, options, (file, words, rest) => new Promise<NoxResult>((resolve, reject) => {
    const child = spawn(file, words, { ...rest, timeout: options.timeout ?? 60_000, killSignal: 'SIGKILL' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({
      stdout: fromBytes(Buffer.concat(out)),
      stderr: fromBytes(Buffer.concat(err)),
      status: code ?? statusOfSignal(signal),
    }));
  }));
}

function statusOfSignal(signal: NodeJS.Signals | null): number {
  return signal === null ? -1 : 128 + os.constants.signals[signal];
}

interface SpawnRest {
  readonly cwd: string | undefined;
  readonly env: Record<string, string>;
}

/** The account `nobody`, which owns no file. */
const UNPRIVILEGED = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Node passes only UTF-8 to a child, so words and variables with other bytes go through a script of a shell. */
function withWords<T>(command: string, words: readonly string[], options: RunOptions, start: (file: string, words: string[], rest: SpawnRest) => T): T {
  const isRoot = options.unprivileged === true && process.getuid?.() === 0;
  const [program, ...args] = [...(isRoot ? UNPRIVILEGED : []), command, ...words] as [string, ...string[]];
  const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, NOX_NODE: process.execPath, ...options.env };
  const { cwd } = options;
  if ([...args, ...Object.values(env), cwd ?? ''].every((text) => isUtf8(text))) return start(program, [...args], { cwd, env });
  const exotic = Object.entries(env).filter(([, value]) => !isUtf8(value));
  const plain = Object.fromEntries(Object.entries(env).filter(([, value]) => isUtf8(value)));
  const script = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'nox-words-')), 'run.sh');
  const lines = exotic.map(([name, value]) => `export ${name}=${quote(value)}`);
  if (cwd !== undefined) lines.push(`cd ${quote(cwd)}`);
  lines.push(`rm -r -- ${quote(path.dirname(script))}`, `exec ${[program, ...args].map(quote).join(' ')}`);
  fs.writeFileSync(script, toBytes(`${lines.join('\n')}\n`));
  return start('/bin/sh', [script], { cwd: undefined, env: plain });
}

function isUtf8(text: string): boolean {
  return typeof raw(text) === 'string';
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
