import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Literal, type Rule, solve } from '../../../../src/store/resolve/solver.js';
import { least, runs } from '../../../support/runs.js';

const CHOICES = 9;

type Plain = Rule<readonly Literal[]>;

const literal = fc.tuple(fc.integer({ min: 1, max: CHOICES }), fc.boolean()).map(([v, made]) => (made ? v : -v));
const positives = fc.uniqueArray(fc.integer({ min: 1, max: CHOICES }), { maxLength: 4 });
const demandRule = (first: readonly Literal[]) => positives.map((rest): Plain => ({ literals: [...first, ...rest], demand: true, why: [...first, ...rest] }));
const otherRule = (first: readonly Literal[]) =>
  fc.uniqueArray(literal, { maxLength: 3 }).map((rest): Plain => {
    const literals = [...first, ...rest.map((l) => -Math.abs(l))];
    return { literals: [...new Set(literals)], demand: false, why: literals };
  });
const rulesOf = (v: number) =>
  fc.tuple(fc.array(demandRule([-v]), { maxLength: 3 }), fc.array(otherRule([-v]), { maxLength: 3 })).map((lists) => lists.flat());
const question = fc.record({
  roots: fc.tuple(fc.array(demandRule([]), { minLength: 1, maxLength: 3 }), fc.array(literal.map((l) => bar(l)), { maxLength: 2 })).map((lists) => lists.flat()),
  rules: fc.tuple(...Array.from({ length: CHOICES }, (_, at) => rulesOf(at + 1))),
});

function bar(l: Literal): Plain {
  return { literals: [-Math.abs(l)], demand: false, why: [-Math.abs(l)] };
}

/** True when some set of choices satisfies every clause. */
function satisfiable(clauses: ReadonlyArray<readonly Literal[]>): boolean {
  for (let bits = 0; bits < 1 << CHOICES; bits += 1) {
    const holds = (l: Literal): boolean => ((bits >> (Math.abs(l) - 1)) & 1) === (l > 0 ? 1 : 0);
    if (clauses.every((clause) => clause.some(holds))) return true;
  }
  return false;
}

test('what is chosen satisfies every rule, and a refutation names rules that cannot hold together', () => {
  const seen = { chosen: 0, refuted: 0 };
  fc.assert(
    fc.property(question, ({ roots, rules }) => {
      const solution = solve({ roots, rulesOf: (v) => rules[v - 1] as readonly Plain[], budget: 1_000_000 });
      if (solution.kind === 'chosen') {
        seen.chosen += 1;
        const chosen = new Set(solution.choices);
        for (const { literals } of [...roots, ...rules.flat()]) {
          expect(literals.some((l) => chosen.has(Math.abs(l)) === l > 0)).toBe(true);
        }
      } else if (solution.kind === 'refuted') {
        seen.refuted += 1;
        expect(satisfiable(solution.core)).toBe(false);
      } else {
        throw new Error('such a small question is never too hard');
      }
    }),
    { numRuns: runs(8000) },
  );
  expect(seen.chosen).toBeGreaterThan(least(500));
  expect(seen.refuted).toBeGreaterThan(least(500));
});

test('a demand takes its first literal that is possible, and later demands come after earlier ones', () => {
  const rule = (...literals: Literal[]): Plain => ({ literals, demand: true, why: literals });
  const never = (...literals: Literal[]): Plain => ({ literals, demand: false, why: literals });
  const rules: Record<number, Plain[]> = { 1: [rule(-1, 5, 6)], 3: [never(-3, -1)], 5: [never(-5, -4)] };
  const ask = (roots: Plain[]) => solve({ roots, rulesOf: (v) => rules[v] ?? [], budget: 1000 });

  expect(ask([rule(1, 2)])).toEqual({ kind: 'chosen', choices: [1, 5] });
  expect(ask([rule(1, 2), rule(3, 4)])).toEqual({ kind: 'chosen', choices: [1, 4, 6] });
  expect(ask([rule(3, 4), rule(1, 2)])).toEqual({ kind: 'chosen', choices: [3, 2] });
});

test('a spent budget ends the search', () => {
  const loop: Plain = { literals: [-1, 2, 3], demand: true, why: [] };

  expect(solve({ roots: [{ literals: [1], demand: true, why: [] }], rulesOf: () => [loop], budget: 1 })).toEqual({ kind: 'too-hard' });
});
