import { expect, test } from 'vitest';
import { SCENARIOS, type Scenario } from '../faults/support/scenarios.js';
import { sweep } from '../faults/support/sweep.js';

// The faults tier has all commands and all errors.
test('an add killed, or out of quota, at each of its calls leaves a complete profile that the next command takes on', async () => {
  const add = SCENARIOS.find(({ name }) => name === 'add: the second') as Scenario;
  const faults = ['kill', 'EDQUOT'].map((fault) => ({ fault, counted: 'mutations', lasting: false }) as const);
  const { calls, points, violations, undurable } = await sweep(add, { faults });
  expect({ violations, undurable }).toEqual({ violations: [], undurable: [] });
  expect(points).toBe(2 * calls);
});
