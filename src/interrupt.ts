import { NoxError } from './errors.js';

/** Signals that ask a command to end, with their numbers. */
export const ENDING = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Lets a signal in that came meanwhile: work here is synchronous, and would not notice. @throws `interrupted`. */
export type Pause = () => Promise<void>;

/** What work is told of signals: it pauses, and whoever waits for another process can wait for `come`, too, which never ends well. */
export interface Interruption {
  readonly pause: Pause;
  readonly come: Promise<never>;
}

/** Milliseconds between two looks for signals. */
const MOMENT = 20;

/**
 * Runs `run` with the signals that ask to end held back until it pauses, so that what it has begun can be taken away. One that
 * comes when there is no pause any longer has no effect: the command is about to end.
 */
export async function interruptible<T>(run: (pause: Pause, come: Promise<never>) => Promise<T>): Promise<T> {
  const signals: Array<keyof typeof ENDING> = [];
  let tell: (error: NoxError) => void = () => undefined;
  const come = new Promise<never>((_, reject) => (tell = reject));
  come.catch(() => undefined);
  const names = Object.keys(ENDING) as Array<keyof typeof ENDING>;
  const listeners = names.map((signal) => [signal, (): void => {
    signals.push(signal);
    tell(new NoxError('interrupted', { signal }));
  }] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    return await run(async () => {
      // Of two turns of the event loop one looks for signals.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const signal = signals[0];
      if (signal !== undefined) throw new NoxError('interrupted', { signal });
    }, come);
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener);
  }
}

/** A pause for work that has many: it looks for signals when some time has passed. */
export function paced(pause: Pause): Pause {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < MOMENT) return;
    await pause();
    last = performance.now();
  };
}

/** Chunks with a pause before each, which is for {@link paced} to make cheap. */
export async function* pausing(chunks: Iterable<Buffer> | AsyncIterable<Buffer>, pause: Pause): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    await pause();
    yield chunk;
  }
}

/** Runs what changes nothing unless it ends well. Programs that it started get a signal of the terminal, too: what became of them then is not what is told. */
export async function withdrawable<T>(pause: Pause, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    await pause();
    throw error;
  }
}
