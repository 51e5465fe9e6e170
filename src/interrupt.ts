import { NoxError } from './errors.js';

/** Signals that ask a command to end, with their numbers. */
export const ENDING = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Lets a signal in that came meanwhile: work here is synchronous, and would not notice. @throws `interrupted`. */
export type Pause = () => Promise<void>;

/**
 * Runs `run` with the signals that ask to end held back until it pauses, so that what it has begun can be taken away. One that
 * comes when there is no pause any longer has no effect: the command is about to end.
 */
export async function interruptible<T>(run: (pause: Pause) => Promise<T>): Promise<T> {
  const come: Array<keyof typeof ENDING> = [];
  const names = Object.keys(ENDING) as Array<keyof typeof ENDING>;
  const listeners = names.map((name) => [name, (): unknown => come.push(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    return await run(async () => {
      // Of two turns of the event loop one looks for signals.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const signal = come[0];
      if (signal !== undefined) throw new NoxError('interrupted', { signal });
    });
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener);
  }
}
