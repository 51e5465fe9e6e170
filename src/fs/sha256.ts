import { createHash } from 'node:crypto';

/**
 * Bytes that are hashed here before Node's own hash takes over. Loading `node:crypto` takes a tenth of a short command's time; this takes a
 * quarter of that for a journal entry and a small manifest. From some 2 kB on V8 optimizes it, and the process cannot end before that is done.
 */
const ENOUGH = 1536;
let hashed = 0;

/** The SHA-256 of some bytes, in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  hashed += bytes.length;
  return hashed > ENOUGH ? createHash('sha256').update(bytes).digest('hex') : sha256Here(bytes);
}

/** The first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate += 1) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor += 1;
    if (divisor * divisor <= candidate) continue;
    const value = root(candidate);
    words[found] = (value - Math.floor(value)) * 0x100000000;
    found += 1;
  }
  return words;
}

let constants: { readonly keys: Int32Array; readonly start: Int32Array } | null = null;

/** The same by means of JavaScript alone (FIPS 180-4, 6.2). */
export function sha256Here(bytes: Uint8Array): string {
  constants ??= { keys: fractions(64, Math.cbrt), start: fractions(8, Math.sqrt) };
  const { keys } = constants;
  const state = constants.start.slice();
  const padded = Buffer.alloc((bytes.length + 72) & ~63);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeUIntBE(bytes.length * 8, padded.length - 6, 6);
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) compress({ state, keys, words }, padded, at);
  let digits = '';
  for (const word of state) digits += (word >>> 0).toString(16).padStart(8, '0');
  return digits;
}

interface Hashing {
  readonly state: Int32Array;
  readonly keys: Int32Array;
  /** The message schedule, used anew for each block. */
  readonly words: Int32Array;
}

/** Takes a block of 64 bytes into the state. The rotations are written out: called as functions they take three times as long. */
function compress({ state, keys, words }: Hashing, block: Buffer, from: number): void {
  for (let t = 0; t < 16; t += 1) words[t] = block.readInt32BE(from + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const x = words[t - 15] as number;
    const y = words[t - 2] as number;
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[t] = (words[t - 16] as number) + small0 + (words[t - 7] as number) + small1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t += 1) {
    const large1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + large1 + ((e & f) ^ (~e & g)) + (keys[t] as number) + (words[t] as number)) | 0;
    const large0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] as number) + value;
}
