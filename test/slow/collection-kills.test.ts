import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { generation } from '../../src/layout.js';
import { readManifest } from '../../src/profile/io/read-profile.js';
import { ROOT } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';

test.skipIf(!fs.existsSync('/usr/bin/strace'))('a collector killed at a mutating call loses nothing, and a rerun finishes', () => {
  let calls = 0;
  for (const call of ['rename', 'mkdir', 'unlink', 'link', 'fsync']) {
    for (let when = 1; when <= 10; when += 3) {
      const box = sandbox();
      box.store().config({ scope: 'private' }).package('a-1', { files: { 'bin/a': '' } }).package('used-1', { files: { 'bin/used': '' } });
      box.json('nox-profile', ['add', 'used-1']);
      const env = { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0', ...box.environment() };
      try {
        execFileSync('strace', ['-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`, process.execPath, `${ROOT}/dist/nox-store.cjs`, 'gc'], { env: { ...process.env, ...env }, stdio: 'ignore' });
      } catch {
        calls += 1;
      }
      const [used] = readManifest(generation(box.profiles, 'default', 1)).packages;
      expect(fs.existsSync(`${used?.store}/${used?.id}/bin/used`)).toBe(true);
      const { doubts } = box.json('nox-store', ['gc']);
      expect([call, when, doubts, fs.readdirSync(box.store().path).sort()]).toEqual([call, when, [], ['.nox', 'nox-store.yaml', 'used-1']]);
      expect(fs.readdirSync(`${box.store().path}/.nox/quarantine`)).toEqual([]);
    }
  }
  expect(calls).toBeGreaterThan(5);
}, 300_000);
