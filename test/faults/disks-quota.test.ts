import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';
import { cannotMount } from './support/file-system.js';
import { inNamespace } from './support/namespace.js';

const refusal = cannotMount('btrfs', { cut: false });

test.skipIf(refusal !== null)(`a used-up quota of btrfs: failures say so and leave the state as it was; prune and gc free room${refusal === null ? '' : ` (skipped: ${refusal})`}`, async () => {
  const top = sandbox().root;
  const { violations, ...figures } = await inNamespace<{ readonly failures: number; readonly violations: readonly string[] }>('quota-worker', { top }, { into: top });
  process.stderr.write(`figures: btrfs quota: ${JSON.stringify({ ...figures, violations: violations.length })}\n`);
  expect(violations.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([]);
  expect(figures.failures).toBe(5);
}, 120_000);
