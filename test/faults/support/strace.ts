import { numbers } from './numbers.js';

/** A system call of a trace: the `when`-th of its name in one thread. */
export interface SystemCall {
  readonly call: string;
  readonly when: number;
  readonly text: string;
}

const MUTATING = /^(?:mkdir|mkdirat|symlink|symlinkat|rename|renameat|renameat2|unlink|unlinkat|rmdir|link|linkat|chmod|fchmod|fchmodat|fchmodat2|lchown|utimensat|openat|open|copy_file_range|write|pwrite64|writev|fsync|fdatasync|ftruncate)$/;

/** The mutating calls below a directory of a trace that `strace -f -y` wrote; a thread's calls are numbered by their name. */
export function tracedCalls(trace: string, root: string): SystemCall[] {
  const counts = new Map<string, number>();
  const found = new Map<string, SystemCall>();
  for (const line of trace.split('\n')) {
    const parts = /^(\d+) +(\w+)\((.*)/s.exec(line);
    if (parts === null) continue;
    const [, thread, call, rest] = parts as unknown as [string, string, string, string];
    const when = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, when);
    if (!MUTATING.test(call) || !rest.includes(`${root}/`) || (call.startsWith('open') && !rest.includes('O_CREAT'))) continue;
    found.set(`${call} ${when}`, { call, when, text: `${call} ${when}: ${rest.replaceAll(root, '').slice(0, 120)}` });
  }
  return [...found.values()];
}

/** Words that make strace strike one call: the signal comes before the call takes effect. */
export function straceArguments(call: string, when: number, fault: string): string[] {
  const what = fault === 'kill' ? 'signal=KILL' : `error=${fault}`;
  return ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${when}`];
}

/** A repeatable choice of calls with errors. */
export function sample(calls: readonly SystemCall[], errors: readonly string[], { errors: wanted, seed }: { readonly errors: number; readonly seed: number }): Array<readonly [SystemCall, string]> {
  const below = numbers(seed);
  return Array.from({ length: wanted }, () => [calls[below(calls.length)], errors[below(errors.length)]] as [SystemCall, string]);
}
