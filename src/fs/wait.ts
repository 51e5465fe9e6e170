/** Does nothing for so many milliseconds, the whole process: for what is short and rare. */
export function waitNow(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
