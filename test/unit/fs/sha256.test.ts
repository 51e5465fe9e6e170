import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, sha256Here } from '../../../src/fs/sha256.js';

const native = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('the hash of any bytes is that of Node', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    expect(sha256Here(bytes)).toBe(native(bytes));
  }));
});

test('whatever the length is, and past the point where the padding needs a block of its own', () => {
  for (let length = 0; length < 260; length += 1) expect(sha256Here(Buffer.alloc(length, length))).toBe(native(Buffer.alloc(length, length)));
  for (const length of [4096, 100_000]) expect(sha256Here(Buffer.alloc(length, 7))).toBe(native(Buffer.alloc(length, 7)));
});

test('it goes on as before when Node takes over', () => {
  for (let length = 0; length < 1000; length += 99) expect(sha256(Buffer.alloc(length, 1))).toBe(native(Buffer.alloc(length, 1)));
});
