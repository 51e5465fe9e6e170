import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDebian, holdsDebian } from '../../../src/store/debian/version.js';

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

/** Versions made of what the rules treat differently: digits with zeros before them, letters, `~`, `+`, `.`, `-`, epochs. */
const part = fc.array(fc.constantFrom('0', '1', '10', '01', '9', 'a', 'rc', 'Z', '~', '~~', '+', '.', '+b', '~rc1'), { minLength: 0, maxLength: 4 }).map((parts) => parts.join(''));
const version = fc.record({ epoch: fc.constantFrom('', '', '0:', '1:'), first: fc.constantFrom('0', '1', '2'), rest: part, revision: fc.option(fc.tuple(fc.constantFrom('0', '1', 'a'), part), { nil: null }) })
  .map(({ epoch, first, rest, revision }) => `${epoch}${first}${rest}${revision === null ? '' : `-${revision.join('')}`}`);
const OPERATORS = { '<<': 'lt', '<=': 'le', '=': 'eq', '>=': 'ge', '>>': 'gt' } as const;

/** What dpkg says of many pairs, by one shell. */
function byDpkg(pairs: ReadonlyArray<readonly [a: string, operator: string, b: string]>): boolean[] {
  const script = 'while [ $# -gt 0 ]; do dpkg --compare-versions "$1" "$2" "$3" && echo 1 || echo 0; shift 3; done';
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', ...pairs.flat()], { encoding: 'utf8' });
  return stdout.trim().split('\n').map((line) => line === '1');
}

test.skipIf(!hasDpkg)('versions stand in the relations that dpkg has for them', () => {
  const pairs = fc.sample(fc.tuple(version, fc.constantFrom(...(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[])), version), { numRuns: 600, seed: 7 });
  const told = byDpkg(pairs.map(([a, operator, b]) => [a, OPERATORS[operator], b]));
  expect(told).toHaveLength(600);
  for (const [at, [a, operator, b]] of pairs.entries()) expect([a, operator, b, holdsDebian(a, operator, b)]).toEqual([a, operator, b, told[at]]);
});

test('the order of versions is total', () => {
  fc.assert(fc.property(version, version, version, (a, b, c) => {
    expect(Math.sign(compareDebian(a, b))).toBe(-Math.sign(compareDebian(b, a)) || 0);
    const [least, middle, most] = [a, b, c].sort(compareDebian) as [string, string, string];
    expect(compareDebian(least, middle) <= 0 && compareDebian(middle, most) <= 0 && compareDebian(least, most) <= 0).toBe(true);
  }));
});
