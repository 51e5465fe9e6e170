import { expect, test } from 'vitest';
import { contest } from '../support/concurrency.js';

test('32 processes x 4 changes lose nothing that was acknowledged', async () => {
  const { done, busy } = await contest({ processes: 32, adds: 4, lock: true, history: false });
  process.stderr.write(`figures: 32 x 4 adds: ${done} done, ${busy} refused as busy\n`);
  expect(done + busy).toBe(32 * 4);
  expect(busy).toBe(0);
}, 600_000);
