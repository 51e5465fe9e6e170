/**
 * A second thread that makes entries beside the first: on a local disk one costs the kernel some 20 to 50 µs of processor time, and two threads in
 * different directories hardly wait for each other. libuv's pool gained less where that was tried: its requests cost the first thread much of what they
 * save, and more of its threads wait for each other.
 */
import { availableParallelism } from 'node:os';
import { Worker as Thread } from 'node:worker_threads';
import { fileSystemError } from '../errors.js';
import { type Answer, type LinkedDirectory, makeLinkWith, NO_SHARING, serve, type Surroundings, type Task } from './worker-loop.js';

export type { LinkBatch, LinkedDirectory } from './worker-loop.js';

/** A thread that makes what it is given, in order. */
export interface Worker {
  /** Portions that it has and has not done yet; `null` while it does not run, and when it has failed. */
  waiting(): number | null;
  /** Has it make directories and links. Paths are text: see {@link isText}. */
  make(portion: readonly LinkedDirectory[]): void;
  /** Waits until it has made all that it was given, and ends it. @throws what it failed with. */
  finish(): Promise<void>;
  /** Ends it after the call that it is in. Never fails. */
  stop(): Promise<void>;
}

/** Whether these directories, and all that they are to hold, have paths that are text; others are bytes, and those the first thread keeps. */
export const isText = (portion: readonly LinkedDirectory[]): boolean =>
  portion.every(({ path, links }) => path.isWellFormed() && links.every(({ target, names, like }) => target.isWellFormed() && (like?.isWellFormed() ?? true) && names.every((name) => name.isWellFormed())));

let expected: Worker | null = null;

/** Starts a worker for much that will have to be made: until it runs takes as long as a thousand links. */
export function expectWork(): void {
  expected ??= hire();
}

/** The worker that was started, or a new one, for whoever is to end it; `null` where there is one processor only, or no thread to be had. */
export function takeWorker(): Worker | null {
  const worker = expected ?? hire();
  expected = null;
  return worker;
}

const WORDS = { up: 0, done: 1, failed: 2 } as const;

function hire(): Worker | null {
  if (availableParallelism() < 2) return null;
  const state = new Int32Array(new SharedArrayBuffer(Object.keys(WORDS).length * Int32Array.BYTES_PER_ELEMENT));
  const thread = startThread({ state, words: WORDS, noSharing: NO_SHARING });
  if (thread === null) return null;
  let given = 0;
  const over = new Promise<void>((resolve, reject) => {
    thread.on('message', (answer: Answer) => {
      if (answer === 'ended') return resolve();
      const { message, ...numbers } = answer.error;
      const error = Object.assign(new Error(message), numbers);
      const told = fileSystemError(answer.what, answer.path, error);
      reject(told instanceof Error ? told : error);
    });
    const ended = (error: Error): void => {
      Atomics.store(state, WORDS.failed, 1);
      reject(error);
    };
    thread.on('error', ended);
    thread.on('exit', () => ended(new Error('the second thread has ended')));
  });
  // Whoever waits for it is told.
  over.catch(() => undefined);
  return {
    waiting: () => (Atomics.load(state, WORDS.up) === 0 || Atomics.load(state, WORDS.failed) !== 0 ? null : given - Atomics.load(state, WORDS.done)),
    make(portion) {
      given += 1;
      thread.postMessage(portion satisfies Task);
    },
    async finish() {
      // One that was given nothing may not even run yet, and never does where threads are refused.
      if (given === 0) return;
      thread.ref();
      thread.postMessage('end' satisfies Task);
      // It takes itself apart while others work.
      await over.finally(() => thread.unref());
    },
    async stop() {
      await thread.terminate();
    },
  };
}

function startThread(surroundings: Surroundings): Thread | null {
  const text = `const { parentPort, workerData } = require('node:worker_threads');\n(${serve.toString()})(parentPort, workerData, require('node:fs'), ${makeLinkWith.toString()});`;
  try {
    // Were its streams joined to those of this thread, Node would load all that they need.
    const thread = new Thread(text, { eval: true, workerData: surroundings, execArgv: [], stdout: true, stderr: true });
    thread.unref();
    return thread;
  } catch {
    return null;
  }
}
