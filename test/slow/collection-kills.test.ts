import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { generation } from '../../src/layout.js';
import { readManifest } from '../../src/profile/io/read-profile.js';
import { ROOT } from '../support/cli.js';
import { sandbox, type Sandbox } from '../support/sandbox.js';

/** Every call by which a collection, its rm included, changes something; what a machine does not have is passed over. */
const CALLS = ['rename', 'renameat', 'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'rmdir', 'link', 'linkat', 'chmod', 'fchmodat', 'fsync', 'write', 'openat'];
/** Reads, mostly: enough to come between any two of the calls above. */
const STRIDE: Readonly<Record<string, number>> = { openat: 23 };

function store(): Sandbox {
  const box = sandbox();
  box.store().config({ scope: 'private' })
    .package('a-1', { files: { 'bin/a': '' } }).package('b-1', { files: { 'bin/b': '', 'lib/b': '' } }).package('used-1', { files: { 'bin/used': '' } })
    .link('a', 'a-1').link('far', '/usr/share');
  box.json('nox-profile', ['add', 'used-1']);
  return box;
}

/** Runs a collection that is killed at the `when`th such call; whether it came that far. */
function killedAt(box: Sandbox, call: string, when: number): boolean {
  const env = { PATH: '/usr/bin:/bin', UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0', ...box.environment() };
  const trace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=?${call}`, '-e', `inject=?${call}:signal=KILL:when=${when}`];
  const { status, signal } = spawnSync('strace', [...trace, process.execPath, `${ROOT}/dist/nox-store.cjs`, 'gc'], { env, stdio: 'ignore' });
  return signal !== null || status !== 0;
}

test.skipIf(!fs.existsSync('/usr/bin/strace'))('a collector killed at each mutating call loses nothing, and a rerun finishes', () => {
  const kills: Record<string, number> = {};
  for (const call of CALLS) {
    const stride = STRIDE[call] ?? 1;
    for (let when = stride, killed = true; killed; when += stride) {
      const box = store();
      killed = killedAt(box, call, when);
      if (killed) kills[call] = (kills[call] ?? 0) + 1;
      const [used] = readManifest(generation(box.profiles, 'default', 1)).packages;
      expect(fs.existsSync(`${used?.store}/${used?.id}/bin/used`)).toBe(true);
      const { doubts } = box.json('nox-store', ['gc']);
      expect([call, when, doubts, fs.readdirSync(box.store().path).sort()]).toEqual([call, when, [], ['.nox', 'nox-store.yaml', 'used-1']]);
      for (const directory of ['quarantine', 'condemned']) expect([call, when, fs.readdirSync(`${box.store().path}/.nox/${directory}`)]).toEqual([call, when, []]);
      box.remove();
    }
  }
  process.stderr.write(`figures: kills: ${JSON.stringify(kills)}\n`);
  for (const call of ['fsync', 'write', 'unlinkat']) expect(kills[call] ?? 0).toBeGreaterThan(0);
  expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
}, 900_000);
