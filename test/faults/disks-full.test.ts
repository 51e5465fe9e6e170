import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';
import { hasUserNamespaces } from '../support/users.js';
import { inNamespace } from './support/namespace.js';

interface Figures {
  readonly failures: number;
  /** Verb to the room with which it succeeds. */
  readonly sweeps: Readonly<Record<string, number>>;
  readonly pruned: number;
  readonly collected: number;
  readonly violations: readonly string[];
}

test.skipIf(!hasUserNamespaces).each(['blocks', 'inodes'])('a file system without free %s: every failure leaves the state as it was and says why; prune and gc free room', async (limit) => {
  const top = sandbox().root;
  fs.chmodSync(top, 0o777);
  const { violations, ...figures } = await inNamespace<Figures>('full-disk-worker', { top, limit }, { into: top, unprivileged: true });
  process.stderr.write(`figures: full disk: ${JSON.stringify({ ...figures, violations: violations.length })}\n`);
  expect(violations.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([]);
  expect(figures.failures).toBeGreaterThan(10);
  expect(figures.collected).toBe(5 * 3);
});
