import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A process in the group of this one that does nothing but tell which signals it gets. Node does not say who sent a signal, nor to whom: one
 * that came to the witness, too, was sent to the whole group, as a terminal, a batch system or timeout(1) does, and has reached every process of it.
 */
export interface Witness {
  /** Whether the signal that this process has just got went to the group; `null` when the witness cannot say. */
  readonly saw: (signal: NodeJS.Signals) => Promise<boolean | null>;
  /** Lets it end. It ends with this process at the latest. */
  readonly dismiss: () => void;
}

/** Signals with a trap are told before the next line of input but one is answered: bash may answer one first. A `read` that a signal interrupts fails as at the end of the input. */
const SCRIPT = `[ -z "$1" ] || trap "" $1; shift
for s do trap "echo $s || exit; got=x" $s; done
while got=; read -r x || [ -n "$got" ]; do [ -z "$x" ] || echo told || exit; done`;

/** Milliseconds that somebody who sends to one process after the other may need. */
const MOMENT = 30;
/** Milliseconds within which the same signal belongs to one that went to the group: timeout(1) sends to its child, and then to all. */
const SAME = 200;
/** Milliseconds after which the witness is not waited for. */
const PATIENCE = 1000;

/** Starts a witness of these signals, which ignores others. One that cannot be started knows nothing. */
export function callWitness(signals: readonly NodeJS.Signals[], ignored: readonly NodeJS.Signals[]): Witness {
  const numbers = (names: readonly NodeJS.Signals[]): string[] => names.map((name) => String(constants.signals[name]));
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', numbers(ignored).join(' '), ...numbers(signals)], { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'ignore'] });
  const seen = new Set<NodeJS.Signals>();
  const atGroup = new Map<NodeJS.Signals, number>();
  const asking: Array<(isTold: boolean) => void> = [];
  let isGone = false;
  let text = '';
  const leave = (): void => {
    isGone = true;
    asking.splice(0).forEach((answer) => answer(false));
  };
  child.on('error', leave);
  child.on('exit', (_status, signal) => {
    if (signal !== null) seen.add(signal);
    leave();
  });
  child.stdin.on('error', leave);
  child.stdout.setEncoding('latin1').on('data', (part: string) => {
    const lines = (text + part).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const signal = signals.find((name) => String(constants.signals[name]) === line);
      if (signal !== undefined) seen.add(signal);
      else asking.shift()?.(true);
    }
  });
  // The command alone keeps this process running.
  for (const held of [child, child.stdin, child.stdout] as ReadonlyArray<{ unref?: () => void }>) held.unref?.();

  const ask = (): Promise<boolean> => new Promise((answer) => {
    asking.push(answer);
    child.stdin.write('?\n');
  });
  const saw = async (signal: NodeJS.Signals): Promise<boolean | null> => {
    await pause(MOMENT, undefined, { ref: false });
    const isTold = !isGone && (await Promise.race([ask().then(ask), pause(PATIENCE, false, { ref: false })]));
    const now = performance.now();
    if (seen.delete(signal)) atGroup.set(signal, now);
    const last = atGroup.get(signal);
    if (last !== undefined && now - last < SAME) return true;
    return isTold ? false : null;
  };
  return { saw, dismiss: () => child.stdin.destroy() };
}
