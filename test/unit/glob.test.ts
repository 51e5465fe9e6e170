import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globProblem, literally, matcher } from '../../src/glob.js';
import { runs } from '../support/runs.js';

const part = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...Array.from('ab.-_ \\*?[]{}()!+@|:^$~\'"#,é')) }).filter((text) => text !== '.' && text !== '..');
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

test('a path taken literally is matched, and no other one', () => {
  fc.assert(fc.property(path, path, (own, other) => {
    const glob = literally(own);

    expect([globProblem(glob), matcher(glob)(own), matcher(glob)(other)]).toEqual([null, true, own === other]);
  }), { numRuns: runs(3000), examples: [['lib/a|b', 'b'], ['lib/libstdc++.so', 'lib/libstdccc.so'], ['@(a)', 'a']] });
});
