/** Archives that mean harm, or were damaged: none may write outside of its staging, each is refused with one sentence, and staging is gone. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { isAnyNoxError } from '../../src/errors.js';
import { LIMITS } from '../../src/store/archive/admission.js';
import { digestOf, sortContents } from '../../src/store/contents.js';
import { makeLinks } from '../../src/store/io/tree-writer.js';
import { unpackSource } from '../../src/store/io/unpack.js';
import { ar, deb, pax, type RawEntry, tar, tarEntry } from '../support/archives.js';
import { layout, sandbox } from '../support/sandbox.js';

const figures: Record<string, number> = {};
const count = (what: string, by = 1): void => void (figures[what] = (figures[what] ?? 0) + by);
afterAll(() => console.log(`figures: ${JSON.stringify(figures)}`)); // eslint-disable-line no-console

const file = (name: string, more: Partial<RawEntry> = {}): RawEntry => ({ name, content: 'x', ...more });
const link = (name: string, to: string, kind = '2'): RawEntry => ({ name, kind, link: to });

/** Each with what the sentence must say. */
const hostile: ReadonlyArray<readonly [what: string, entries: readonly RawEntry[] | Buffer, sentence: RegExp]> = [
  ['a path upwards', [file('../out')], /"\.\.\/out": its path leads upwards/],
  ['a path upwards in the middle', [file('a/../../out')], /leads upwards/],
  ['a path upwards at the end', [{ name: 'a/..', kind: '5' }], /leads upwards/],
  ['an absolute path', [file('/tmp/nox-hostile-out')], /its path is absolute/],
  ['an absolute path in a pax header', [pax({ path: '/tmp/nox-hostile-out' }), file('innocent')], /its path is absolute/],
  ['a path upwards in a GNU long name', [{ name: '././@LongLink', kind: 'L', content: '../out\0' }, file('innocent')], /leads upwards/],
  ['a path upwards in a global pax header', [pax({ path: '../out' }, 'g'), file('innocent')], /leads upwards/],
  ['a file through a symlink', [link('d', '/tmp'), file('d/nox-hostile-out')], /"d\/nox-hostile-out": it lies below "d", which is a symlink/],
  ['a file through a chain of symlinks', [link('a', '.'), link('b', 'a/..'), file('b/out')], /lies below "b"/],
  ['a directory through a symlink', [link('d', '..'), { name: 'd/e', kind: '5' }], /lies below "d"/],
  ['a symlink in the place of a file', [file('f'), link('f', '/etc/passwd')], /two entries of that path/],
  ['a file in the place of a symlink', [link('f', '/tmp/nox-hostile-out'), file('f')], /two entries of that path/],
  ['a symlink in the place of a directory', [{ name: 'd', kind: '5' }, link('d', '/tmp')], /two entries of that path/],
  ['a file twice', [file('f'), file('./f')], /two entries of that path/],
  ['a file below a file', [file('f'), file('f/g')], /lies below "f", which is a file/],
  ['a hard link out of it', [link('h', '/etc/passwd', '1')], /hard link to "\/etc\/passwd": its path is absolute/],
  ['a hard link upwards', [link('h', '../../etc/passwd', '1')], /leads upwards/],
  ['a hard link to a symlink', [link('s', '/etc/passwd'), link('h', 's', '1')], /which is no file of the archive/],
  ['a hard link to nothing', [link('h', 'nothing', '1')], /which is no file of the archive/],
  ['a set-user-id file', [file('bin/su', { mode: 0o4755 })], /set-user-id/],
  ['a set-group-id file', [file('bin/su', { mode: 0o2755 })], /set-user-id, set-group-id or sticky/],
  ['a sticky file', [file('bin/su', { mode: 0o1755 })], /sticky/],
  ['a character device', [{ name: 'null', kind: '3' }], /"null": it is neither a file/],
  ['a block device', [{ name: 'sda', kind: '4' }], /neither a file/],
  ['a FIFO', [{ name: 'fifo', kind: '6' }], /neither a file/],
  ['a kind nobody knows', [{ name: 'odd', kind: 'Z' }], /neither a file/],
  ['a sparse file', [pax({ 'GNU.sparse.major': '1' }), file('s')], /sparse/],
  ['a multi-volume archive', [{ name: 'm', kind: 'M' }], /GNU tar alone/],
  ['a name of nox', [file('.nox/contents.json')], /reserved for nox/],
  ['a name of nox in capitals', [file('bin/a'), file('.NOX/contents.json')], /reserved for nox/],
  ['a name of nox behind ./', [file('bin/a'), file('././.nox/x')], /reserved for nox/],
  ['metadata that are a symlink', [link('nox-package.yaml', '/etc/passwd')], /not a regular file/],
  ['a name that steers the terminal', [file('bin/\u001b]0;owned\u0007')], /\\x1b.*control characters/],
  ['a name with a newline', [file('bin/a\nb')], /control characters/],
  ['a name with C1 controls', [file('bin/\u009b31m')], /control characters/],
  ['a link text that steers the terminal', [link('l', '\u001b[2J')], /control characters/],
  ['an empty name', [file('')], /name is empty/],
  ['an empty link', [link('l', '')], /symlink to nothing/],
  ['a path deeper than 128 levels', [pax({ path: `${'d/'.repeat(200)}f` }), file('f')], /deeper than 128/],
  ['a path longer than 3000 bytes', [pax({ path: `${`${'d'.repeat(250)}/`.repeat(20)}f` }), file('f')], /longer than 3000 bytes/],
  ['a name longer than 255 bytes', [pax({ path: 'é'.repeat(200) }), file('f')], /longer than 255 bytes/],
  ['a size beyond all disks', [file('f', { size: 0o77777777777 })], /ends before this file/],
  ['a size beyond all numbers', [pax({ size: '9'.repeat(14) }), file('f')], /larger than|ends before/],
  ['a size that is no number', [pax({ size: '-1' }), file('f')], /size cannot be read/],
  ['a pax header that lies about its length', [{ name: 'pax', kind: 'x', content: '99 path=a\n' }, file('f')], /extended header cannot be read/],
  ['a pax header of hundreds of megabytes', [{ name: 'pax', kind: 'x', size: 300 << 20 }], /extended header is larger/],
  ['a file in the place of the package', [{ name: './', content: 'x' }], /the package itself is not a directory/],
  ['data behind its end', Buffer.concat([tar([file('f')]), Buffer.from('garbage')]), /something follows its end/],
  ['another archive behind its end', Buffer.concat([tar([file('f')]), tar([file('g')])]), /something follows its end/],
  ['no end', tarEntry(file('f')), /cut short/],
  ['half an end', Buffer.concat([tarEntry(file('f')), Buffer.alloc(512)]), /cut short/],
  ['a Debian package without data', ar([['debian-binary', Buffer.from('2.0\n')]]), /no control.tar/],
  ['a Debian package with a path upwards', deb('Package: a\nVersion: 1\n', [file('./../../out')], zlib.gzipSync), /leads upwards/],
  ['a Debian package that writes through a symlink', deb('Package: a\nVersion: 1\n', [link('./usr/lib', '/tmp'), file('./lib/nox-hostile-out')], zlib.gzipSync), /lies below "lib"/],
  ['a Debian package with a device', deb('Package: a\nVersion: 1\n', [{ name: './dev/null', kind: '3' }], zlib.gzipSync), /neither a file/],
  ['a Debian package of a name upwards', deb('Package: ../x\nVersion: 1\n', [file('./a')], zlib.gzipSync), /no usable package name/],
  ['a Debian package of a version upwards', deb('Package: x\nVersion: 1/../..\n', [file('./a')], zlib.gzipSync), /no usable version/],
  ['gzip data with something behind them', Buffer.concat([zlib.gzipSync(tar([file('f')])), Buffer.from('garbage')]), /gzip data is damaged/],
  ['a gzip bomb', zlib.gzipSync(tar([file('zeros', { content: Buffer.alloc(300 << 20) })]), { level: 9 }), /expands to more than 200 times/],
];

describe('is refused with a sentence, and leaves nothing:', () => {
  const box = sandbox();
  box.store('store').package('there-1', { files: { a: 'a' } });
  const before = layout(box.root);

  test.each(hostile)('%s', (_, archive, sentence) => {
    const source = `${os.tmpdir()}/nox-hostile-${process.pid}`;
    fs.writeFileSync(source, Buffer.isBuffer(archive) ? archive : tar(archive));
    const { stdout, stderr, status } = box.run('nox-store', ['import', source, '--as', 'x-1'], { timeout: 120_000 });
    fs.rmSync(source);

    expect([stdout, status]).toEqual(['', 6]);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(layout(box.root)).toEqual(before);
    expect(fs.existsSync('/tmp/nox-hostile-out')).toBe(false);
    count('hostile archives refused');
  });

  test('a million entries, and one', () => {
    const source = `${os.tmpdir()}/nox-million-${process.pid}.tar.gz`;
    const chunks: Buffer[] = [];
    // Members of gzip stand one behind the other.
    for (let from = 0; from <= 1_000_000; from += 50_000) chunks.push(zlib.gzipSync(Buffer.concat(Array.from({ length: from === 1_000_000 ? 2 : 50_000 }, (_, at) => tarEntry(link(`l${from + at}`, 'x')))), { level: 1 }));
    fs.writeFileSync(source, Buffer.concat([...chunks, zlib.gzipSync(Buffer.alloc(1024))]));
    const { stderr, status } = box.run('nox-store', ['import', source], { timeout: 300_000 });
    fs.rmSync(source);
    expect([status, stderr]).toEqual([6, expect.stringMatching(/there are more than 1000000 entries\n$/)]);
    expect(layout(box.root)).toEqual(before);
    count('hostile archives refused');
  }, 400_000);

  test('names that differ in case are told', () => {
    const source = box.write('case.tar', tar([file('README'), file('readme')]));
    const { packages: [{ notes }] } = box.json('nox-store', ['import', source, '--dry-run']);
    fs.rmSync(source);
    expect(notes).toEqual(['"README" and "readme" are one on a file system that ignores case']);
  });
});

/** Unpacks in this process; the digest of what came out, or `refused`. */
async function outcome(bytes: Buffer): Promise<string> {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-bits-'));
  const [source, workshop] = [`${top}/source`, `${top}/workshop`];
  fs.writeFileSync(source, bytes);
  fs.mkdirSync(workshop);
  try {
    const unpacked = await unpackSource({ source, workshop, path: process.env['PATH']!, limits: LIMITS, pause: () => Promise.resolve() });
    unpacked.forEach(makeLinks);
    expect(fs.readdirSync(top).sort()).toEqual(['source', 'workshop']);
    return unpacked.map(({ id, entries }) => `${id} ${digestOf(sortContents([...entries.values()]))} ${JSON.stringify([...entries.values()].map(({ mtime }) => mtime))}`).join('\n');
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    expect(error.message).not.toBe('');
    return 'refused';
  } finally {
    fs.rmSync(top, { recursive: true, force: true });
  }
}

describe('an archive that was exported', () => {
  const exported = (suffix: string): Buffer => {
    const box = sandbox();
    box.store('store').package('small-1', { files: { 'bin/s': '#!/bin/sh\n', 'lib/data': 'some data of a file' }, links: { 'lib/l': 'data' } });
    box.json('nox-store', ['export', 'small-1', '-o', `small.${suffix}`]);
    return fs.readFileSync(`${box.home}/small.${suffix}`);
  };

  test.each(['tar', 'tar.gz', 'tar.zst', 'tar.xz'])('is refused when it is cut at any 128 bytes (%s)', async (suffix) => {
    const whole = exported(suffix);
    const step = suffix === 'tar' ? 128 : 16;
    for (let at = 0; at < whole.length; at += step) {
      expect([at, await outcome(whole.subarray(0, at))]).toEqual([at, 'refused']);
      count(`cuts of .${suffix} refused`);
    }
    expect(await outcome(whole)).not.toBe('refused');
  });

  /** Bits to flip: of padding, which is zeros among zeros, one byte in eight; of what a program of its own unpacks, every thirteenth. */
  function* bitsOf(whole: Buffer, suffix: string): Generator<number> {
    for (let byte = 0; byte < whole.length; byte += 1) {
      const isPadding = byte % 8 !== 0 && whole.subarray(Math.max(0, byte - 8), byte + 9).every((value) => value === 0);
      for (let bit = byte * 8; bit < byte * 8 + 8; bit += 1) if (suffix === 'tar' ? !isPadding : suffix === 'tar.gz' || bit % 13 === 0) yield bit;
    }
  }

  test.each(['tar', 'tar.gz', 'tar.zst', 'tar.xz'])('is refused, or comes out the same, whichever bit is flipped (%s)', async (suffix) => {
    const whole = exported(suffix);
    const right = await outcome(whole);
    for (const bit of bitsOf(whole, suffix)) {
      whole[bit >> 3]! ^= 1 << (bit & 7);
      const came = await outcome(whole);
      whole[bit >> 3]! ^= 1 << (bit & 7);
      expect([bit, came === 'refused' || came === right]).toEqual([bit, true]);
      count(came === 'refused' ? `flipped bits of .${suffix} refused` : `flipped bits of .${suffix} without meaning`);
    }
  }, 600_000);
});
