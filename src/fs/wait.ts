/** Does nothing for so many milliseconds, the whole process: for what is short and rare. */
export function waitNow(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Milliseconds for which a machine may hold a name to be absent that another one has made meanwhile, and how often to look. */
const [STALE, POLL] = [3000, 50];

/** Waits while something looks as if this machine held a name to be absent that another one has made, until it has forgotten that. */
export function awaitFresh(isOdd: () => boolean): void {
  const until = Date.now() + STALE;
  while (Date.now() < until && isOdd()) waitNow(POLL);
}
