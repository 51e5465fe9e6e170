import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElf, type ReadAt } from '../../../src/profile/elf.js';
import { runs } from '../../support/runs.js';

interface Shape {
  readonly is64: boolean;
  readonly little: boolean;
  readonly needed: readonly string[];
  readonly runpath: string | null;
  readonly rpath: string | null;
}

const from = (bytes: Buffer): ReadAt => (offset, length) => bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length));

/** An ELF file with one loaded segment, whose addresses are not offsets, and a dynamic section. */
function elf({ is64, little, needed, runpath, rpath }: Shape): Buffer {
  const [headerSize, entrySize, width] = is64 ? [64, 56, 8] : [52, 32, 4];
  const base = 0x400000;
  const names: Buffer[] = [Buffer.from('\0')];
  const place = (text: string): number => {
    const at = Buffer.concat(names).length;
    names.push(Buffer.from(`${text}\0`));
    return at;
  };
  const tags: [number, number][] = needed.map((name) => [1, place(name)]);
  if (rpath !== null) tags.push([15, place(rpath)]);
  if (runpath !== null) tags.push([29, place(runpath)]);
  const dynamicAt = headerSize + 2 * entrySize;
  const dynamicSize = (tags.length + 2) * 2 * width;
  tags.push([5, base + dynamicAt + dynamicSize], [0, 0]);
  const strings = Buffer.concat(names);
  const total = dynamicAt + dynamicSize + strings.length;
  const file = Buffer.alloc(total);
  const put = (at: number, size: number, value: number): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    const cut = bytes.subarray(0, size);
    file.set(little ? cut : Buffer.from(cut).reverse(), at);
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1]);
  put(is64 ? 32 : 28, width, headerSize);
  put(is64 ? 54 : 42, 2, entrySize);
  put(is64 ? 56 : 44, 2, 2);
  [[1, 0, base, total], [2, dynamicAt, base + dynamicAt, dynamicSize]].forEach(([type, offset, address, size], index) => {
    const at = headerSize + index * entrySize;
    put(at, 4, type!);
    put(at + (is64 ? 8 : 4), width, offset!);
    put(at + (is64 ? 16 : 8), width, address!);
    put(at + (is64 ? 32 : 16), width, size!);
  });
  tags.forEach(([tag, value], index) => {
    put(dynamicAt + index * 2 * width, width, tag);
    put(dynamicAt + (index * 2 + 1) * width, width, value);
  });
  file.set(strings, dynamicAt + dynamicSize);
  return file;
}

const word = fc.stringMatching(/^[a-zA-Z0-9_.$/{}-]{1,40}$/);
const shape = fc.record({
  is64: fc.boolean(), little: fc.boolean(), needed: fc.array(word, { maxLength: 6 }),
  runpath: fc.option(word), rpath: fc.option(word),
});

describe('an ELF file', () => {
  test('of either class and byte order tells what it needs, and RUNPATH before RPATH', () => {
    fc.assert(fc.property(shape, (made) => {
      const path = made.runpath ?? made.rpath;
      expect(readElf(from(elf(made)))).toEqual({ needed: made.needed, runpath: path === null ? [] : [path] });
    }));
  });

  test('cut short or with any bytes changed ends in an answer or none, and throws nothing', () => {
    const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 });
    fc.assert(fc.property(shape, changes, fc.nat(500), (made, edits, length) => {
      const bytes = elf(made).subarray(0, Math.max(8, length));
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
      const found = readElf(from(bytes));
      expect(found === null || Array.isArray(found.needed)).toBe(true);
    }), { numRuns: runs(2000) });
  });

  test('any bytes at all are none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(readElf(from(Buffer.from(bytes)))).toBeNull();
    }));
  });

  test.skipIf(spawnSync('gcc', ['--version']).status !== 0)('that gcc linked is read as it was told', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nox-elf-'));
    try {
      writeFileSync(join(directory, 'a.c'), 'int main(void) { return 0; }\n');
      execFileSync('gcc', ['a.c', '-o', 'a', '-Wl,-rpath,$ORIGIN/../lib:/opt/x'], { cwd: directory });
      const fd = openSync(join(directory, 'a'), 'r');
      const found = readElf((offset, length) => {
        const buffer = Buffer.alloc(length);
        return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
      });
      closeSync(fd);
      expect(found?.runpath).toEqual(['$ORIGIN/../lib', '/opt/x']);
      expect(found?.needed).toEqual([expect.stringMatching(/^libc\.so/)]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
