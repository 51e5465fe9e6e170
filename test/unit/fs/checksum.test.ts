import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksum } from '../../../src/fs/checksum.js';

test('16 digits, which any changed, missing or added byte changes', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, where, change) => {
    const at = where % bytes.length;
    const sum = checksum(bytes);
    expect(sum).toMatch(/^[0-9a-f]{16}$/);
    expect(checksum(bytes.slice())).toBe(sum);
    expect(checksum(bytes.map((byte, index) => (index === at ? byte ^ change : byte)))).not.toBe(sum);
    expect(checksum(bytes.subarray(0, at))).not.toBe(sum);
    expect(checksum(Uint8Array.of(...bytes, 0))).not.toBe(sum);
  }));
});

test('it is the same wherever the bytes lie in memory', () => {
  const bytes = Uint8Array.from({ length: 101 }, (_, at) => (at * 37) & 255);
  const shifted = new Uint8Array(104);
  shifted.set(bytes, 3);
  expect(checksum(shifted.subarray(3))).toBe(checksum(bytes));
});
