import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockTarget } from '../../../src/layout.js';
import { withLock } from '../../../src/profile/io/lock.js';

test('a lock leaves signals as they are, so that Ctrl-C ends a command at once', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-lock-'));
  fs.mkdirSync(lockTarget(home, 'dev'), { recursive: true });
  const handlers = (): number[] => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
  const before = handlers();
  const within = await withLock({ home, name: 'dev', wait: 1000 }, () => Promise.resolve(handlers()));
  expect(within).toEqual(before);
  fs.rmSync(home, { recursive: true });
});
