import fc from 'fast-check';

const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map(String) },
  { weight: 2, arbitrary: fc.nat(9).map((n) => `0${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('0', '00', '2024', '20230101', '9999999999999999999999999') },
);
const word = fc.constantFrom('a', 'b', 'w', 'za', 'p', 'rc', 'alpha', 'beta', 'pre', 'dev', 'RC', 'dfsg', 'patches', 'r', 'é');
const separator = fc.constantFrom('.', '.', '.', '_', '-', '+', '~', '');

/** Versions such as are found in the wild, short enough that many are close to each other. */
export const wildVersion: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '', 'v', 'r'),
    number,
    fc.array(fc.tuple(separator, fc.oneof({ weight: 3, arbitrary: number }, { weight: 1, arbitrary: word })), { maxLength: 5 }),
  )
  .map(([prefix, first, rest]) => prefix + first + rest.map((pair) => pair.join('')).join(''));
