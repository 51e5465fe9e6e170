import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { display, fromBytes, toBytes } from '../../../src/fs/bytes.js';
import { readFileCapped } from '../../../src/fs/disk.js';
import { sandbox } from '../../support/sandbox.js';
import fc from 'fast-check';

test('any bytes become text and come back', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    expect([...toBytes(fromBytes(bytes))]).toEqual([...bytes]);
  }));
  expect(fromBytes(Buffer.from([0x61, 0xff, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0x80]))).toBe('a\udcff€\udced\udca0\udc80');
});

test('what is displayed holds nothing that steers a terminal, and escapes are not ambiguous', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    expect(display(fromBytes(bytes))).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]*$/u);
  }));
  expect(display('a\u001b[31m\\x\udcff\u202e\u0085')).toBe('a\\x1b[31m\\x5cx\\xff\\xe2\\x80\\xae\\xc2\\x85');
});

test('a file is read whole up to its limit, and nothing but files', () => {
  const box = sandbox();
  const { root } = box;
  const file = box.write('f', 'x'.repeat(10_000));
  expect((readFileCapped(file, 10_000, { follow: false }) as Buffer).length).toBe(10_000);
  expect(readFileCapped(file, 9_999, { follow: false })).toBe('too-large');
  expect(readFileCapped(`${root}/none`, 10, { follow: false })).toBeNull();
  execFileSync('mkfifo', [`${root}/fifo`]);
  fs.symlinkSync('f', `${root}/link`);
  expect(readFileCapped(`${root}/fifo`, 10, { follow: true })).toBe('not-a-file');
  expect(readFileCapped(`${root}/link`, 10_000, { follow: false })).toBe('not-a-file');
  expect(readFileCapped('/dev/zero', 10, { follow: true })).toBe('not-a-file');
  const long = execFileSync(process.execPath, ['-e', 'console.log(require("fs").statSync("/proc/self/environ").size)'], { env: { LONG: 'x'.repeat(20_000) } });
  expect(long.toString()).toBe('0\n');
  expect((readFileCapped('/proc/self/maps', 1 << 22, { follow: true }) as Buffer).length).toBeGreaterThan(4096);
});
