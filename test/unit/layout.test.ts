import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generation, generationLinkText, parseGeneration, parseNumber, parseWithdrawn, withdrawnGeneration } from '../../src/layout.js';

const number = fc.nat(999_999_999);
const name = fc.stringMatching(/^[^/\0]+$/);

test.each(['', '-1', '01', '1.5', '1e3', ' 1', '1\n', '1000000000', 'x'])('%j is no number of a generation', (text) => expect(parseNumber(text)).toBeNull());

test('what a generation is called is read again', () => {
  fc.assert(fc.property(name, number, (profile, at) => {
    expect(parseNumber(`${at}`)).toBe(at);
    expect(parseGeneration(generation('/home', profile, at))).toEqual({ name: profile, number: at });
    expect(parseGeneration(generationLinkText(profile, at))).toEqual({ name: profile, number: at });
  }));
});

test('what a generation out of view is called is read again', () => {
  fc.assert(fc.property(fc.constantFrom('pruning' as const, 'pruned' as const), number, name, (stage, at, owner) => {
    const path = withdrawnGeneration('/home', 'dev', { stage, number: at, owner });

    expect(parseWithdrawn(path.slice(path.lastIndexOf('/') + 1))).toEqual({ stage, number: at, owner });
  }));
});

test.each(['.pruned-01-x', '.pruned--x', '.pruned-1', '.lost-1-x', 'pruned-1-x'])('%j is no generation out of view', (file) => expect(parseWithdrawn(file)).toBeNull());
