import fs from 'node:fs';
import os from 'node:os';
import { afterAll, expect, test } from 'vitest';
import * as v from 'valibot';
import { readSealed, seal, type SealedKind } from '../../../src/fs/sealed.js';

const schema = v.object({ text: v.string() });
const kind: SealedKind<typeof schema> = { kind: 'test', version: 1, schema, limit: 64 << 20 };
const root = fs.mkdtempSync(`${os.tmpdir()}/nox-sealed-`);
afterAll(() => fs.rmSync(root, { recursive: true }));

/** Writes a file of about so many bytes; returns its path. */
function written(name: string, size: number): string {
  fs.writeFileSync(`${root}/${name}`, seal(kind, { text: name.repeat(size / name.length) }));
  return `${root}/${name}`;
}

test('a file that is read again gives the same value, another content another', () => {
  const path = written('a', 10);
  const first = readSealed(kind, path);
  expect(readSealed(kind, path)).toBe(first);
  expect(readSealed(kind, written('a', 11))).toEqual({ text: 'a'.repeat(11) });
});

test('large files are not kept in memory for long, but the last one is', () => {
  const large = ['b', 'c', 'd'].map((name) => ({ path: written(name, 10 << 20) }));
  const [first, , last] = large.map(({ path }) => readSealed(kind, path));
  expect(readSealed(kind, large[2]?.path ?? '')).toBe(last);
  expect(readSealed(kind, large[0]?.path ?? '')).not.toBe(first);
  const alone = written('e', 20 << 20);
  expect(readSealed(kind, alone)).toBe(readSealed(kind, alone));
});
