import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';

test('a profile cannot break nox: its libraries and Node settings do not reach Node', () => {
  const box = sandbox();
  const env = { LD_PRELOAD: '/nonexistent.so', NODE_OPTIONS: '--require /nonexistent.js', LD_LIBRARY_PATH: '/nonexistent', NODE_PATH: 'x' };
  expect(box.run('nox-profile', ['list'], { env })).toMatchObject({ status: 0, stdout: '' });
});

test('the launcher works through symlinks, relative ones too, and from any directory', () => {
  const box = sandbox();
  fs.mkdirSync(`${box.root}/links`);
  fs.symlinkSync(binPath('nox-profile'), `${box.root}/links/first`);
  fs.mkdirSync(`${box.root}/bin`);
  fs.symlinkSync('../links/first', `${box.root}/bin/nox-profile`);
  const run = (program: string, cwd: string) => runCommand(program, ['--version'], { env: box.environment(), cwd });
  expect(run(`${box.root}/bin/nox-profile`, '/').stdout).toMatch(/^nox-profile \d+\.\d+\.\d+\n$/);
  expect(run('./nox-profile', `${box.root}/bin`).status).toBe(0);
});

test('without Node it says so, and eval fails', () => {
  const box = sandbox();
  const missing = runCommand(binPath('nox-profile'), ['env', 'dev'], { env: { ...box.environment(), NOX_NODE: '/nonexistent/node' } });
  expect(missing).toEqual({ status: 8, stdout: 'false;\n', stderr: 'nox-profile: Node 20 or newer is needed, in PATH or named by NOX_NODE\n' });
});
