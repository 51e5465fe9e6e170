/**
 * A preload that stands between a program and the file system: it counts the calls of `fs`, its callbacks, `fs/promises`, file handles and
 * child processes that concern one directory, and at the n-th one kills the program, fails with an error number, or lets a
 * rival act. As `--import` it takes its plan from NOX_FAULT and kills for real; in a sweeper it is told its plan by {@link arm}, and
 * a kill is the end of a *life*: no call has an effect any longer.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';

/** libuv has no name for two of them, so `code` is as useless here as in the real errors. */
const NUMBERS: Readonly<Record<string, number>> = { ...constants.errno, EDQUOT: 122, ESTALE: 116 };

export interface FaultPlan {
  /** Only calls on paths below count. */
  readonly root: string;
  readonly counted: 'mutations' | 'reads';
  /** From 1; 0 only counts. */
  readonly at: number;
  /** An error number by name, or `kill`, `cut` (half of a write, then a kill), `rival`. */
  readonly fault: string;
  /** Whether later calls of the kind that such a state refuses fail, too. */
  readonly lasting: boolean;
}

/** One mutating call that took effect. */
export interface LoggedCall {
  readonly call: string;
  readonly path: string;
  /** Of a rename: where to. Of a recursive mkdir: the first directory made. */
  readonly to: string | null;
}

type AnyFunction = (...args: any[]) => any; // eslint-disable-line @typescript-eslint/no-explicit-any
type Table = Record<string, AnyFunction>;

/** The functions as they were. */
export const original = { ...fs };
const originalSpawnSync = childProcess.spawnSync;

const control = {
  plan: null as FaultPlan | null, inProcess: false, count: 0, hit: null as string | null, dead: false, depth: 0, log: [] as LoggedCall[],
  rival: (): void => undefined, redirects: new Map<string, string>(),
};
const paths = new Map<number, string>();

/** What a killed life meets at every further call. */
class Death extends Error {}

/** Begins a life under this plan. `redirects`: files of /proc that are read from elsewhere. */
export function arm(plan: FaultPlan, redirects: ReadonlyMap<string, string>, rival: () => void): void {
  Object.assign(control, { plan, inProcess: true, count: 0, hit: null, dead: false, depth: 0, log: [], rival, redirects });
}

/** Ends the life; says how many calls counted, which one was struck, and what was done. */
export function disarm(): { readonly count: number; readonly hit: string | null; readonly dead: boolean; readonly log: readonly LoggedCall[] } {
  const { count, hit, dead, log } = control;
  Object.assign(control, { plan: null, dead: false });
  return { count, hit, dead, log };
}

function pathOf(subject: unknown): string {
  const text = typeof subject === 'number' ? (paths.get(subject) ?? '') : Buffer.isBuffer(subject) ? subject.toString('latin1') : String(subject);
  const held = /^\/proc\/\d+\/fd\/(\d+)(.*)$/s.exec(text);
  return held === null ? text : `${paths.get(Number(held[1])) ?? ''}${held[2] ?? ''}`;
}

const MUTATIONS = ['mkdir', 'symlink', 'rename', 'unlink', 'rm', 'rmdir', 'link', 'chmod', 'fchmod', 'lchown', 'utimes', 'futimes', 'lutimes', 'truncate', 'ftruncate', 'write', 'writev', 'writeFile', 'appendFile', 'copyFile', 'fsync', 'fdatasync', 'mkdtemp', 'cp'] as const;
const READS = ['readdir', 'readlink', 'lstat', 'stat', 'realpath', 'access', 'read', 'readFile', 'fstat', 'opendir'] as const;
const FAIL_WHEN_FULL = ['mkdir', 'symlink', 'link', 'open', 'write', 'writev', 'writeFile', 'appendFile', 'copyFile', 'mkdtemp', 'cp'];

function isOpenForWriting(flags: unknown): boolean {
  if (typeof flags === 'string') return /[wa+]/.test(flags);
  return typeof flags === 'number' && (flags & (fs.constants.O_CREAT | fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_TRUNC)) !== 0;
}

function kindOf(call: string, args: readonly unknown[]): 'mutations' | 'reads' {
  if (call === 'open') return isOpenForWriting(args[1]) ? 'mutations' : 'reads';
  return call === 'spawn' || (MUTATIONS as readonly string[]).includes(call) ? 'mutations' : 'reads';
}

/** A symlink's own path is the second word, and so is the place of a hard link. */
const subjectOf = (call: string, args: readonly unknown[]): unknown => (call === 'symlink' || call === 'link' ? args[1] : args[0]);

function refuses(fault: string, call: string): boolean {
  if (fault === 'ENOSPC' || fault === 'EDQUOT') return FAIL_WHEN_FULL.includes(call);
  if (fault === 'EMFILE') return call === 'open' || call === 'readdir' || call === 'opendir';
  return fault !== 'kill' && fault !== 'cut' && fault !== 'rival' && call !== 'read' && call !== 'fstat';
}

function systemError(name: string, call: string, path: string): Error {
  const number = NUMBERS[name] ?? 0;
  const code = name in constants.errno ? name : `Unknown system error -${number}`;
  return Object.assign(new Error(`${code}: injected, ${call} '${path}'`), { errno: -number, code, syscall: call, path });
}

/** Decides on one call before it is made: returns, throws, or does not come back. */
function meet(call: string, args: readonly unknown[]): void {
  const { plan } = control;
  if (plan === null || control.depth > 0) return;
  if (control.dead) throw new Death('this life is over');
  const path = pathOf(subjectOf(call, args));
  const concerned = call === 'spawn' || path === plan.root || path.startsWith(`${plan.root}/`);
  if (!concerned || kindOf(call, args) !== plan.counted) return;
  control.count += 1;
  const isIt = control.count === plan.at;
  if (!isIt && !(plan.lasting && control.hit !== null && refuses(plan.fault, call))) return;
  control.hit ??= `${call} ${path}`;
  if (plan.fault === 'rival') {
    control.depth += 1;
    try {
      control.rival();
    } finally {
      control.depth -= 1;
    }
  } else if (plan.fault === 'kill' || plan.fault === 'cut') {
    if (plan.fault === 'cut' && (call === 'write' || call === 'writeFile')) cut(args);
    die();
  } else throw systemError(plan.fault, call, path);
}

function cut([file, content]: readonly unknown[]): void {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(String(content));
  const half = bytes.subarray(0, bytes.length >> 1);
  if (typeof file === 'number') original.writeSync(file, half);
}

function die(): never {
  if (!control.inProcess) {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  control.dead = true;
  throw new Death('killed');
}

/** Notes what took effect. */
function note(call: string, args: readonly unknown[], result: unknown): void {
  const { plan } = control;
  if (plan === null || control.depth > 0) return;
  if (call === 'open' && typeof result === 'number') paths.set(result, pathOf(args[0]));
  if (kindOf(call, args) !== 'mutations') return;
  const path = pathOf(subjectOf(call, args));
  if (!path.startsWith(plan.root)) return;
  const to = call === 'rename' ? pathOf(args[1]) : call === 'mkdir' ? firstMade(args, path, result) : null;
  control.log.push({ call, path, to });
}

function firstMade([, options]: readonly unknown[], path: string, result: unknown): string | null {
  const isRecursive = typeof options === 'object' && options !== null && (options as { recursive?: boolean }).recursive === true;
  return isRecursive ? (typeof result === 'string' ? result : null) : path;
}

function within<T>(run: () => T): T {
  control.depth += 1;
  try {
    return run();
  } finally {
    control.depth -= 1;
  }
}

const redirected = (args: unknown[]): unknown[] => {
  const target = control.plan === null ? undefined : control.redirects.get(String(args[0]));
  return target === undefined ? args : [target, ...args.slice(1)];
};

function wrapSync(call: string): void {
  const table = fs as unknown as Table;
  const name = `${call}Sync`;
  const before = table[name];
  if (before === undefined) return;
  const wrapper = (...args: unknown[]): unknown => {
    if (control.plan === null || control.depth > 0) return before.apply(fs, args);
    meet(call, args);
    const result: unknown = within(() => before.apply(fs, call === 'open' || call === 'readFile' ? redirected(args) : args) as unknown);
    note(call, args, result);
    return result;
  };
  table[name] = Object.assign(wrapper, before);
}

function wrapCallback(call: string): void {
  const table = fs as unknown as Table;
  const before = table[call];
  if (before === undefined) return;
  const wrapper = (...args: unknown[]): unknown => {
    const callback = args.at(-1) as AnyFunction;
    if (control.plan === null || control.depth > 0 || typeof callback !== 'function') return before.apply(fs, args);
    try {
      meet(call, args);
    } catch (error) {
      return void setImmediate(callback, error);
    }
    const noted = (error: unknown, ...results: unknown[]): void => {
      if (error === null || error === undefined) note(call, args, results[0]);
      callback(error, ...results);
    };
    return before.apply(fs, [...args.slice(0, -1), noted]);
  };
  table[call] = Object.assign(wrapper, before);
}

function wrapPromise(table: Table, call: string, subject: (self: unknown) => unknown, as = call): void {
  const before = table[call];
  if (before === undefined) return;
  table[call] = async function wrapped(this: unknown, ...args: unknown[]): Promise<unknown> {
    const seen = subject(this) === undefined ? args : [subject(this), ...args];
    meet(as, seen);
    const result: unknown = await before.apply(this, args);
    const fd = as === 'open' ? (result as { fd?: number }).fd : undefined;
    note(as, seen, fd ?? result);
    return result;
  };
}

for (const call of [...MUTATIONS, ...READS, 'open']) {
  wrapSync(call);
  wrapCallback(call);
  wrapPromise(fs.promises as unknown as Table, call, () => undefined);
}
const handle = await fs.promises.open('/dev/null');
const prototype = Object.getPrototypeOf(handle) as Table;
await handle.close();
for (const [call, as] of [['write', 'write'], ['writev', 'writev'], ['writeFile', 'writeFile'], ['appendFile', 'appendFile'], ['sync', 'fsync'], ['datasync', 'fdatasync'], ['chmod', 'fchmod'], ['truncate', 'ftruncate'], ['utimes', 'futimes']] as const) {
  wrapPromise(prototype, call, (self) => (self as { fd: number }).fd, as);
}

childProcess.spawnSync = ((command: string, ...rest: unknown[]) => {
  try {
    meet('spawn', [command, ...rest]);
  } catch (error) {
    if (error instanceof Death) throw error;
    return { status: 1, signal: null, stdout: '', stderr: `${(error as Error).message}\n`, pid: 0, output: [] };
  }
  return (originalSpawnSync as AnyFunction)(command, ...rest);
}) as typeof originalSpawnSync;
syncBuiltinESMExports();

const given = process.env['NOX_FAULT'];
if (given !== undefined) {
  control.plan = JSON.parse(given) as FaultPlan;
  delete process.env['NOX_FAULT'];
}
