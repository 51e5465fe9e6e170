import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml, readYamlFile } from '../../../../src/store/io/yaml-file.js';
import { sandbox } from '../../../support/sandbox.js';
import { runs } from '../../../support/runs.js';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(parseYaml(text)));

describe('YAML', () => {
  test('keeps scalars as text, and nothing as null', () => {
    expect(plain('a: 1.10\nb: yes\nc: 0x10\nd:\ne: ~\nf: "~"\ng: 2024-01-01\n? h\n: [1, {i: null}]\n')).toEqual({
      value: { a: '1.10', b: 'yes', c: '0x10', d: null, e: null, f: '~', g: '2024-01-01', h: ['1', { i: null }] },
      problem: null,
    });
  });

  test.each(['', '\n\n', '# only a comment\n', '---\n'])('takes %j for nothing', (text) => {
    expect(parseYaml(text)).toEqual({ value: null, problem: null });
  });

  test('makes maps without a prototype, in which __proto__ is a key like any other', () => {
    const { value } = parseYaml('__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: yes}}\n') as { value: object };
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['a: 1\nb: 2\na: 3\n', 'the key "a" is given twice'],
    ['a: {__proto__: 1, __proto__: 2}\n', 'the key "__proto__" is given twice'],
    ['a: &x [1]\nb: *x\n', 'it uses an alias ("*"), which is not supported'],
    ['a: !!js/function x\n', 'line 1: unresolved tag: tag:yaml.org,2002:js/function'],
    ['a: !custom x\n', 'line 1: unresolved tag: !custom'],
    ['? [a]\n: b\n', 'a key is not a text'],
    ['a: b\n---\nc: d\n', 'it holds more than one document'],
    ['a: "b\n', 'line 2: missing closing "quote'],
    ['a: b\n c: d\n', 'line 1: nested mappings are not allowed in compact mappings'],
    ['%YAML 9.9\n---\na: b\n', 'line 1: unsupported YAML version 9.9'],
    ['%YAML 1.2\n', 'line 2: missing directives-end indicator line'],
    [`${'['.repeat(41)}${']'.repeat(41)}`, 'it is nested deeper than 40 levels'],
  ])('refuses %j', (text, problem) => {
    expect(parseYaml(text)).toEqual({ value: null, problem });
  });

  const bombs: ReadonlyArray<readonly [string, string]> = [
    ['open lists', '['.repeat(65_000)],
    ['closed lists', '['.repeat(32_000) + ']'.repeat(32_000)],
    ['open maps', '{a: '.repeat(16_000)],
    ['compact lists', '- '.repeat(32_000)],
    ['keys of keys', '? '.repeat(32_000)],
    ['maps by indentation', Array.from({ length: 350 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['aliases', `a: &a [x]\nb: [${'*a,'.repeat(20_000)}]`],
    ['billion laughs', `a: &a [x,x]\n${'bcdefghij'.split('').map((c, at) => `${c}: &${c} [*${'abcdefghi'[at]},*${'abcdefghi'[at]}]`).join('\n')}`],
    ['tags', '! '.repeat(32_000)],
    ['commas', `[${','.repeat(64_000)}`],
    ['quotes', '"'.repeat(65_000)],
    ['duplicate keys', 'a: b\n'.repeat(13_000)],
    ['documents', '---\na\n'.repeat(10_000)],
  ];

  test.each(bombs)('is not harmed by a bomb of %s', (_, text) => {
    const started = process.cpuUsage();
    expect(parseYaml(text).problem).not.toBeNull();
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  test('takes nine thousand keys in moments', () => {
    const started = process.cpuUsage();
    expect(Object.keys(parseYaml(Array.from({ length: 9_000 }, (_, at) => `k${at}: `).join('\n')).value as object)).toHaveLength(9_000);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  test('never throws, whatever the text', () => {
    const text = fc.array(fc.constantFrom('a', ':', ' ', '\n', '- ', '[', ']', '{', '}', ',', '"', "'", '|', '>', '&a', '*a', '!', '%', '#', '? ', '\t', '\r', '\0', '\udc80', '---\n', '...\n', '<<')).map((parts) => parts.join(''));
    fc.assert(fc.property(text, (document) => {
      expect(Object.keys(parseYaml(document)).sort()).toEqual(['problem', 'value']);
    }), { numRuns: runs(1_000) });
  });

  test('gives back every JSON document, with numbers and truth as text', () => {
    const leaf = fc.string({ unit: 'grapheme-ascii' });
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('document')), fc.dictionary(leaf, tie('document'), { noNullPrototype: true })),
    }));
    fc.assert(fc.property(document, (value) => {
      expect(plain(JSON.stringify(value))).toEqual({ value: JSON.parse(JSON.stringify(value)), problem: null });
    }));
  });
});

describe('a YAML file', () => {
  const box = sandbox();

  test('that does not exist is null', () => {
    expect(readYamlFile(`${box.root}/none`)).toBeNull();
  });

  test('that is too large, a directory, a FIFO or a device is a problem', () => {
    execFileSync('mkfifo', [`${box.root}/fifo`]);
    expect(readYamlFile(box.write('large', 'x'.repeat((64 << 10) + 1)))).toEqual({ value: null, problem: 'it is larger than 65536 bytes' });
    expect(readYamlFile(box.write('huge', Buffer.alloc(10 << 20, 'a: b\n')))).toEqual({ value: null, problem: 'it is larger than 65536 bytes' });
    for (const path of [`${box.root}/fifo`, box.home, '/dev/zero']) expect(readYamlFile(path)).toEqual({ value: null, problem: 'it is not a regular file' });
  });
});
