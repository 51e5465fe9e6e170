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

test('a node that a profile brings is not the one that runs nox', () => {
  const box = sandbox();
  box.store().package('evil-1', { files: { 'bin/node': '#!/bin/sh\necho evil; exit 3' } });
  box.json('nox-profile', ['add', 'evil']);
  const script = `unset NOX_NODE; eval $(${binPath('nox-profile')} env); command -v node; ${binPath('nox-profile')} list default; eval $(${binPath('nox-profile')} env --deactivate); echo "$NOX_PROFILE"`;
  const done = runCommand('/bin/sh', ['-c', script], { env: box.environment(), cwd: box.home });
  expect(done).toEqual({ status: 0, stderr: '', stdout: `${box.profiles}/default/bin/node\nevil-1  1  requested  ${box.store().path}\n\n` });
});

test('an answer that cannot be written is an error in one line', () => {
  const box = sandbox();
  const done = runCommand('/bin/sh', ['-c', `${binPath('nox-profile')} --help >/dev/full`], { env: box.environment(), cwd: box.home });
  expect(done).toEqual({ status: 1, stdout: '', stderr: 'nox-profile: cannot write the answer: no space or no inodes left on the file system; what the command did stands\n' });
});
