import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { parseRange, satisfies } from '../../../src/store/range.js';
import { wildVersion } from '../../support/arbitrary-versions.js';
import { runs } from '../../support/runs.js';

const inRange = (version: string | null, range: string): boolean => satisfies(version, parseRange(range));

describe('a range takes in', () => {
  test.each([
    ['6.30', ['6.30.02', 'v6_30_02', '6.30', '6.30-1'], ['6.3', '6.301', '6.31', '6.30.00-rc1', '6']],
    ['=6.30', ['6.30.02'], ['6.31']],
    ['v6.30', ['6.30.02'], ['6.31']],
    ['^6.28', ['6.28.00', 'v6_30_02', '6.100'], ['6.26', '7.0', '6.30.00-rc1', '7.0-rc1']],
    ['^6.30.00-rc1', ['6.30.00-rc1', '6.30-rc2', '6.30', '6.40'], ['6.30.00-beta', '6.32.00-rc1', '7']],
    ['^0.2.3', ['0.2.3', '0.2.9'], ['0.3', '0.2.2', '1']],
    ['^0.0.3', ['0.0.3', '0.0.3-1'], ['0.0.4']],
    ['^0.0', ['0.0.7'], ['0.1']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3', '1.2.2']],
    ['~> 1.2', ['1.2', '1.2.9'], ['1.3']],
    ['~10.7.p02', ['10.7.p04'], ['10.7.p01', '10.8']],
    ['>=6.28 <7', ['6.28', '6.99'], ['7.0', '6.27', '7']],
    ['>= 6.28   < 7', ['6.28'], ['7.0']],
    ['>6.30', ['6.31', '7'], ['6.30.02', '6.30']],
    ['<=6.30', ['6.30.02', '6.2'], ['6.31']],
    ['<6.30', ['6.28'], ['6.30', '6.30.02']],
    ['1.2 - 2.3', ['1.2', '2.3.9'], ['1.1', '2.4']],
    ['6.x', ['6.0', '6.30.02'], ['7', '5']],
    ['6.30.*', ['6.30.02'], ['6.31']],
    ['1.2 || >=3', ['1.2.9', '3', '9'], ['1.3', '2']],
    ['1.1.1', ['1.1.1', '1.1.1w', '1.1.1-7'], ['1.1.2', '1.1']],
    ['<=1.1.1', ['1.1.1w'], ['1.1.2']],
    ['>=1.1.1k <1.2', ['1.1.1w'], ['1.1.1', '1.1.1a', '1.2']],
    ['>=1.3.0', ['1.3', '1.3.1'], ['1.2.13']],
    ['>=1.2~beta2', ['1.2~beta3', '1.2', '1.3'], ['1.2~beta1', '1.3~beta1']],
    ['3.0.5', ['3.0.5+dfsg-7'], ['3.0.6']],
    ['2024', ['2024.1'], ['2023.9']],
    ['r12345', ['r12345'], ['r12346', '12345']],
    ['>=r12345', ['r12345', 'r12346'], ['r12344']],
    ['*', ['1', 'v6_30_02', null], ['1-rc1']],
    ['', ['1', null], []],
    ['>=0', ['0', '1'], [null]],
    ['x || 3', [null, '1'], []],
    ['>*', [], ['1', null]],
  ] as Array<[string, Array<string | null>, Array<string | null>]>)('"%s": %j, not %j', (range, inside, outside) => {
    const taken = [...inside, ...outside].filter((version) => inRange(version, range));

    expect(taken).toEqual(inside);
  });
});

test.each(['>', '>=', '^', '1.2 -', '- 1', '1,2', '1.2<2', '1.*beta', 'a b$', '1 ||| 2', '=>1', '@1', '((1))', '1'.repeat(257)])(
  '%j is refused',
  (text) => {
    expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: 'invalid-range', exitCode: 2 }));
  },
);

const number = fc.nat(4);
const release = fc.tuple(number, number, number).map((n) => n.join('.'));
const prerelease = fc.tuple(release, fc.constantFrom('alpha', 'beta', 'rc'), fc.nat(3)).map(([v, word, n]) => `${v}-${word}.${n + 1}`);
const partial = fc.oneof(
  release,
  fc.tuple(number, number).map((n) => n.join('.')),
  number.map(String),
  fc.tuple(number, number).map(([a, b]) => `${a}.${b}.x`),
  number.map((n) => `${n}.*`),
  fc.constant('*'),
);
const operator = fc.constantFrom('', '=', '^', '~', '>', '>=', '<', '<=');
const comparatorOf = (bound: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.tuple(operator, bound).map((pair) => pair.join(''));
const rangeOf = (bound: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const all = fc.array(comparatorOf(bound), { minLength: 1, maxLength: 3 }).map((c) => c.join(' '));
  const hyphen = fc.tuple(bound, bound).map((ends) => ends.join(' - '));
  return fc.array(fc.oneof({ weight: 4, arbitrary: all }, { weight: 1, arbitrary: hyphen }), { minLength: 1, maxLength: 2 }).map((a) => a.join(' || '));
};

describe('as the semver package has it', () => {
  test('releases in ranges of releases', () => {
    fc.assert(
      fc.property(release, rangeOf(partial), (version, range) => {
        expect(inRange(version, range)).toBe(semver.satisfies(version, range));
      }),
      { numRuns: runs(10_000) },
    );
  });

  test('prereleases, and ranges that name them, of versions written in full', () => {
    fc.assert(
      fc.property(fc.oneof(release, prerelease), rangeOf(fc.oneof(release, prerelease)), (version, range) => {
        expect(inRange(version, range)).toBe(semver.satisfies(version, range));
      }),
      { numRuns: runs(10_000) },
    );
  });
});

test('of two opposite comparators exactly one takes in any release', () => {
  fc.assert(
    fc.property(wildVersion, wildVersion, (version, bound) => {
      fc.pre(!/é/.test(version + bound) && inRange(version, '*'));
      expect([inRange(version, `>=${bound}`), inRange(version, `<${bound}`)].sort()).toEqual([false, true]);
      expect([inRange(version, `>${bound}`), inRange(version, `<=${bound}`)].sort()).toEqual([false, true]);
      expect(inRange(version, version)).toBe(true);
    }),
    { numRuns: runs(3000), examples: [['1.2', '1.2.3']] },
  );
});
