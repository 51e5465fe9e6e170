/**
 * Many calls of one kind to a file system whose speed is not known beforehand. On a local disk a call takes microseconds, and one
 * after another is fastest; on a busy file server it takes a millisecond, and what counts is how many are under way at once. So the
 * first calls are made one after another and timed, and when they turn out to be slow the rest goes through libuv's pool of threads.
 */

/** One kind of call, in both forms; errors are those of nox. */
export interface Call<T> {
  /** Does it and returns when it is done. */
  now(item: T): void;
  /** Begins it and calls back when it is done, with what went wrong if anything did. */
  begin(item: T, done: (error?: unknown) => void): void;
}

/** Milliseconds above which a call counts as slow: some ten times what a local disk needs. */
const SLOW = 0.3;
/**
 * Slow calls one after the other by which a file system is known to be slow. A local disk has some now and then, where it reads its own maps of
 * free space or writes its log; a pool of threads gains nothing there.
 */
const ENOUGH = 16;
/** Calls between two looks at the clock for as long as they are quick: a look at each was 1 to 2 % of a profiled build. */
const TOGETHER = 8;
/** Calls under way at once; nothing is gained by more than libuv has threads (`UV_THREADPOOL_SIZE`). */
const LANES = 64;

/** Slow calls one after the other until now; kept, so that where they are slow each list begins with one that is waited for and not with so many. */
let slow = 0;

/** Whether calls have turned out to be slow until now. */
export const areSlow = (): boolean => slow >= ENOUGH;

/**
 * Makes the call for each item, in order; where calls turn out to be slow, many at once and in no particular order. The list may
 * grow while it runs. After the first failure nothing more is begun, and it is thrown when all that was under way has ended.
 */
export async function drain<T>(items: readonly T[], call: Call<T>): Promise<void> {
  const made = whileQuick(items, (item) => call.now(item));
  if (made < items.length) await atOnce(items, made, call);
}

/** Makes the call for each item, in order, for as long as calls are not slow; returns for how many it did. */
export function whileQuick<T>(items: readonly T[], now: (item: T) => void): number {
  slow = Math.min(slow, ENOUGH - 1);
  let before = performance.now();
  for (let at = 0; at < items.length;) {
    if (slow >= ENOUGH) return at;
    const end = slow === 0 ? at + TOGETHER : at + 1;
    const most = (end - at) * SLOW;
    for (; at < end && at < items.length; at += 1) now(items[at] as T);
    const after = performance.now();
    slow = after - before > most ? slow + 1 : 0;
    before = after;
  }
  return items.length;
}

function atOnce<T>(items: readonly T[], from: number, call: Call<T>): Promise<void> {
  // libuv reads it when the first call comes to its pool; whoever started nox may have said otherwise.
  process.env['UV_THREADPOOL_SIZE'] ??= String(LANES);
  return new Promise((resolve, reject) => {
    let next = from;
    let underWay = 0;
    let failure: Error | null = null;
    const ended = (error?: unknown): void => {
      underWay -= 1;
      if (error !== undefined && error !== null) failure ??= error as Error;
      advance();
    };
    const advance = (): void => {
      while (failure === null && underWay < LANES && next < items.length) {
        const item = items[next] as T;
        next += 1;
        underWay += 1;
        call.begin(item, ended);
      }
      if (underWay > 0) return;
      if (failure === null) resolve();
      else reject(failure);
    };
    advance();
  });
}
