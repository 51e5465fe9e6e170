import { spawn } from 'node:child_process';

/** How signals are sent: to the process alone, to its whole process group, or to both, as timeout(1) does. */
interface Sent {
  readonly to: 'process' | 'group' | 'both';
  readonly signal: NodeJS.Signals;
}

/** Tells on standard output of every signal that it gets, and ends with its standard input. */
const WITNESS = `for (const name of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGWINCH', 'SIGUSR1']) process.on(name, () => process.stdout.write(name + ' '));
process.stdin.on('end', () => process.exit()).resume();
process.stdout.write('ready ');`;

/** What a command hears of the signals that are sent to `words`, which are to run it, in a process group of their own. */
export async function heardBy(words: readonly string[], sent: readonly Sent[], options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string }): Promise<string[]> {
  const [program, ...rest] = [...words, process.execPath, '-e', WITNESS];
  const child = spawn(program, rest, { ...options, detached: true, stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
  while (!output.includes('ready') && child.exitCode === null) await pause(20);
  for (const { to, signal } of sent) {
    // Also when it comes late, it is not to meet the next one; nox takes its time to see where it went.
    await pause(700);
    if (to !== 'group') process.kill(child.pid!, signal);
    if (to !== 'process') process.kill(-child.pid!, signal);
  }
  await pause(1500);
  child.stdin.end();
  await closed;
  return output.trim().split(' ').slice(1);
}

/** Each of them to the process alone, to the group and to both. */
export const everyWay = (...signals: readonly NodeJS.Signals[]): Sent[] => signals.flatMap((signal) => (['process', 'group', 'both'] as const).map((to) => ({ to, signal })));
