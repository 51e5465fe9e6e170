import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conflictRange, dependencyRange, furtherReadings } from '../../../src/store/debian/ranges.js';
import { holdsDebian } from '../../../src/store/debian/version.js';
import { parseRange, satisfies } from '../../../src/store/range.js';

/** Versions of few numbers, so that many share a beginning; none that zeros end, which nox takes no notice of. */
const numbers = fc.array(fc.constantFrom('1', '2', '9', '10'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const tail = fc.array(fc.constantFrom('~', '~rc1', '+dfsg', '+ds1', 'rc1', 'b', '.dev1', '.git5', '1', '.2'), { maxLength: 2 }).map((parts) => parts.join(''));
const revision = fc.constantFrom('', '-1', '-2', '-2+b1', '-2~bpo1', '-2.1', '-10', '-.', '-2ubuntu1');
const version = fc.tuple(numbers, tail, revision).map((parts) => parts.join(''));

const isWithin = (one: string, range: string | null): boolean => range === null || [one, ...furtherReadings(one)].some((reading) => satisfies(reading, parseRange(range)));

test('a dependency takes every version that Debian takes', () => {
  fc.assert(fc.property(version, fc.constantFrom('<<', '<=', '=', '>=', '>>'), version, (one, operator, bound) => {
    fc.pre(holdsDebian(one, operator, bound));
    expect([one, operator, bound, isWithin(one, dependencyRange(operator, bound))]).toEqual([one, operator, bound, true]);
  }), { numRuns: 4000 });
});

// Where a word follows a point, as in 1.2.dfsg, nox's order has it before 1.2.1 and Debian's after every 1.2.N: no range can tell.
test('a conflict keeps out nothing that Debian takes', () => {
  fc.assert(fc.property(version, fc.constantFrom('<<', '<=', '=', '>=', '>>'), version, (one, operator, bound) => {
    const range = conflictRange(operator, bound);
    fc.pre(range !== null && !/\.(?:[a-z]|$)/.test(one) && isWithin(one, range));
    expect([one, operator, bound, holdsDebian(one, operator, bound)]).toEqual([one, operator, bound, true]);
  }), { numRuns: 4000 });
});

test.each([
  ['>=', '1:1.2', '>=1.2'], ['>=', '1.2.3+dfsg-4~', '>=1.2.3'], ['>>', '1.4', '>=1.4'], ['=', '1.2-3', '=1.2-3'], ['=', '1.2-0', '=1.2'],
  ['<<', '2.0', '<=2.0-rc'], ['<<', '2.0~', '<2.0~'], ['<=', '2.0', '<=2.0'], ['<<', '1.2-3', '<1.2-3'], ['<<', '1.2-3~', '<1.2-3'], ['<=', '1.2-3', '<=1.2-3'],
  ['<<', '1.2-9+deb12u1', '<1.2-10'], ['<<', '1:2.39.5-.', '<2.39.5+'], ['<<', '3.6.2+dfsg1.0~', '<3.6.2.1'], ['<<', '1.2.dfsg', '<1.3'], ['>=', 'r12', null],
])('%s %s is asked for as %s', (operator, bound, range) => {
  expect(dependencyRange(operator, bound)).toBe(range);
});

test.each([
  ['<<', '1.2', '<1.2'], ['<=', '1.26.3', '<1.26.3'], ['<<', '1.2-3', '<1.2-3'], ['<<', '1.2-3~', '<1.2-3~'], ['<=', '1.2-3+b1', '<1.2-3'], ['<<', '1.2+dfsg-3', '<1.2'], ['<<', '2.0~rc1', '<2.0'],
  ['>=', '3', '>3'], ['=', '1.2-3', null], ['>>', '1.2.dfsg', null],
])('a conflict with %s %s keeps out %s', (operator, bound, range) => {
  expect(conflictRange(operator, bound)).toBe(range);
});

test.each([['2.0~dfsg-1', ['2.0']], ['1.0rc1-1', ['1.0+rc1-1']], ['1.0.dev2-1', ['1.0+dev2-1', '1.1']], ['2.2.3.dfsg-5', ['2.2.4']], ['1.2-3~bpo12', []], ['1.2+dfsg-3', []]])('%s is to be taken for %j, too', (one, readings) => {
  expect(furtherReadings(one)).toEqual(readings);
});
