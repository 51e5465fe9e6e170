import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAnyNoxError } from '../../src/errors.js';
import { display, fromBytes, raw, toBytes } from '../../src/fs/bytes.js';
import { identifierProblem, inferNameAndVersion } from '../../src/store/identifier.js';
import { parseRange, satisfies } from '../../src/store/range.js';
import { compareVersions } from '../../src/store/version.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';
import { tell } from './support/sweep.js';

const RUNS = 20_000;

/** Text that looks like what is asked for, with anything among it. */
const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.stringMatching(/^[a-zA-Z0-9._+~/@^<>=| -]{0,30}$/), fc.uint8Array({ maxLength: 30 }).map((bytes) => fromBytes(bytes)));

/** Nothing that a terminal would act on, and nothing that turns text around. */
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

function orRefused(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!isAnyNoxError(error) || error.exitCode === 1) throw error;
    expect(error.message).not.toMatch(STEERING);
  }
}

describe('anything at all as', () => {
  test('an identifier is taken or has a problem', () => {
    fc.assert(fc.property(texts, (text) => {
      const problem = identifierProblem(text);
      const { name } = inferNameAndVersion(text);
      expect(typeof name).toBe('string');
      if (problem === null) expect(text.split('/').some((part) => part === '' || part === '.' || part === '..')).toBe(false);
    }), { numRuns: RUNS });
    tell(`identifiers: ${RUNS} inputs`);
  });

  test('versions are ordered: antisymmetric, transitive, reflexive', () => {
    fc.assert(fc.property(texts, texts, texts, (a, b, c) => {
      expect(compareVersions(a, a)).toBe(0);
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      const [x, y, z] = [a, b, c].sort(compareVersions) as [string, string, string];
      expect(compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0 && compareVersions(x, z) <= 0).toBe(true);
    }), { numRuns: RUNS });
    tell(`versions: ${RUNS} triples`);
  });

  test('a range is read or refused', () => {
    fc.assert(fc.property(texts, texts, (text, version) => orRefused(() => satisfies(version, parseRange(text)))), { numRuns: RUNS });
    tell(`ranges: ${RUNS} inputs`);
  });

  test('bytes become text and the same bytes again, and nothing shown steers a terminal', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const text = fromBytes(bytes);
      expect(toBytes(text)).toEqual(Buffer.from(bytes));
      expect(display(text)).not.toMatch(STEERING);
      expect(display(text)).not.toContain('\n');
    }), { numRuns: RUNS });
    tell(`names as bytes: ${RUNS} inputs`);
  });
});

describe('through the command line', () => {
  const calm = (words: unknown, { stdout, stderr, status }: { stdout: string; stderr: string; status: number }): void => {
    expect([words, stderr]).toEqual([words, expect.not.stringMatching(/defect of nox| {4}at /)]);
    expect([words, `${stdout}${stderr}`]).toEqual([words, expect.not.stringMatching(STEERING)]);
    expect([words, [0, 2, 3, 4, 6].includes(status)]).toEqual([words, true]);
  };

  test('metadata: forty damaged and random files', () => {
    const box: Sandbox = sandbox();
    const yaml = Buffer.from('name: alpha\nversion: "1.0"\ndescription: a thing\ndepends: ["zlib@^1.2"]\nprovides: [a]\npriority: 3\nenv: {set: {A: "${package}"}, prepend: {PATH: [bin]}}\n');
    const samples = [
      ...fc.sample(fc.tuple(fc.nat(yaml.length - 1), fc.integer({ min: 1, max: 255 })), { numRuns: 20, seed: 7 }).map(([at, change]) => Buffer.concat([yaml.subarray(0, at), Buffer.of((yaml[at] as number) ^ change), yaml.subarray(at + 1)])),
      ...fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 10, seed: 8 }).map((bytes) => Buffer.from(bytes)),
      ...['__proto__: {polluted: 1}', 'env: {set: {__proto__: x}}', 'constructor: {prototype: {polluted: 1}}', 'a: &a [*a]', 'depends: {a: b}', 'version: 1.10', '{', '!!js/function x', 'name: "\u001b[31mred"', 'description: "\u202eabc"'].map((text) => Buffer.from(text)),
    ];
    samples.forEach((content, at) => box.store().package(`package${at}-1.0`, { files: { 'bin/x': '' }, yaml: content }));
    calm('list', box.run('nox-store', ['list']));
    samples.forEach((content, at) => calm(content.toString('latin1'), box.run('nox-store', ['show', `package${at}-1.0`])));
    tell(`metadata: ${samples.length} files`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('file names as arbitrary bytes: linked, listed, told', () => {
    const box: Sandbox = sandbox();
    const names = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => fromBytes(bytes).replaceAll(/[/\0]/g, '_')).filter((name) => name !== '.' && name !== '..'), { numRuns: 60, seed: 9 });
    for (const [at, name] of names.entries()) {
      fs.mkdirSync(raw(`${box.store().path}/pkg${at}-1/share`), { recursive: true });
      fs.writeFileSync(raw(`${box.store().path}/pkg${at}-1/share/${at}-${name}`), '');
      fs.mkdirSync(raw(`${box.store().path}/x${name}`), { recursive: true });
    }
    calm('list', box.run('nox-store', ['list']));
    calm('add', box.run('nox-profile', ['add', ...names.map((_, at) => `pkg${at}-1`)]));
    const linked = fs.readdirSync(`${box.profiles}/default/share`, { encoding: 'buffer' }).map((name) => fromBytes(name)).sort();
    expect(linked).toEqual(names.map((name, at) => `${at}-${name}`).sort());
    for (const name of names.slice(0, 15)) for (const argv of [['add', `x${name}`], ['new', name], ['owner', name]]) calm(argv, box.run('nox-profile', argv));
    tell(`file names: ${names.length} linked, ${15 * 3} asked for`);
  });
});
