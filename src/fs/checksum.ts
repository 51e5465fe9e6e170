/** Where two sums begin that run side by side, and their odd multipliers: those of FNV-1a, and of MurmurHash3. */
const START = [0x811c9dc5, 0x9747b28c] as const;
const FACTORS = [0x01000193, 0x85ebca6b] as const;

/**
 * A checksum of some bytes as 16 hexadecimal digits, against damage and not against anybody: whatever word is changed changes it. It is as fast as reading them, and needs
 * nothing that Node would have to load, as SHA-256 does.
 */
export function checksum(bytes: Uint8Array): string {
  // One word more than there is, for the length.
  const words = new Int32Array(((bytes.length + 3) >> 2) + 1);
  new Uint8Array(words.buffer).set(bytes);
  words[words.length - 1] = bytes.length;
  let [a, b] = START as readonly [number, number];
  for (let at = 0; at < words.length; at += 1) {
    a = Math.imul(a ^ (words[at] as number), FACTORS[0]);
    b = Math.imul(b ^ (b >>> 15) ^ (words[at] as number), FACTORS[1]);
  }
  return [a, b].map((sum) => (sum >>> 0).toString(16).padStart(8, '0')).join('');
}
