import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory, lockTarget } from '../../../src/layout.js';
import { sandbox } from '../../support/sandbox.js';
import { isRoot, otherUser } from '../../support/users.js';

test('a lock leaves signals as they are, so that Ctrl-C ends a command at once', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-lock-'));
  fs.mkdirSync(lockTarget(home, 'dev'), { recursive: true });
  const handlers = (): number[] => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
  const before = handlers();
  // Loading it may be what installs handlers.
  const { withLock } = await import('../../../src/profile/io/lock.js');
  const within = await withLock({ home, name: 'dev', wait: 1000 }, () => Promise.resolve(handlers()));
  expect(within).toEqual(before);
  fs.rmSync(home, { recursive: true });
});

test('the lock of a command that was killed before it left a note is broken soon', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-lock-'));
  fs.mkdirSync(lockTarget(home, 'dev'), { recursive: true });
  fs.mkdirSync(lockDirectory(home, 'dev'));
  const then = new Date(Date.now() - 5000);
  fs.utimesSync(lockDirectory(home, 'dev'), then, then);
  const { withLock } = await import('../../../src/profile/io/lock.js');
  const notes = await withLock({ home, name: 'dev', wait: 500 }, () => Promise.resolve(fs.readdirSync(lockTarget(home, 'dev'))));
  expect(notes).toHaveLength(1);
  fs.rmSync(home, { recursive: true });
});

test.skipIf(!isRoot)('a lock that is abandoned and cannot be removed costs the time that one waits, and nothing more', () => {
  const box = sandbox();
  box.store().package('a-1', {});
  const user = otherUser(box, 4711);
  expect(user.run('nox-profile', ['new', 'dev']).status).toBe(0);
  // Not the user's, and not empty.
  const lock = lockDirectory(user.profiles, 'dev');
  fs.mkdirSync(lock);
  fs.writeFileSync(`${lock}/x`, '');
  const then = new Date(Date.now() - 5000);
  fs.utimesSync(lock, then, then);
  expect(user.run('nox-profile', ['-p', 'dev', 'add', 'a', '--wait', '1'])).toMatchObject({ status: 0, stderr: '' });
  expect(fs.readdirSync(lock)).toEqual(['x']);
});
