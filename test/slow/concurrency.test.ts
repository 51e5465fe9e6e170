import { expect, test } from 'vitest';
import { contest } from '../support/concurrency.js';

for (const lock of [true, false]) {
  for (const history of [false, true]) {
    const words = `${lock ? 'with' : 'without'} the lock${history ? ', with rollbacks and switches between' : ''}`;
    test(`16 processes x 5 adds lose nothing that was acknowledged, ${words}`, async () => {
      const { done, busy } = await contest({ processes: 16, adds: 5, lock, history });
      process.stderr.write(`figures: 16 x 5 adds ${words}: ${done} done, ${busy} refused as busy\n`);
      expect(busy).toBe(0);
    }, 600_000);
  }
}
