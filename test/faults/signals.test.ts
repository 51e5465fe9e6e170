import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { type Bin, binPath, runCommand } from '../support/cli.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A command held at a sync point; `at` is told when it is there. */
async function interrupted(box: Sandbox, command: { readonly bin: Bin; readonly argv: readonly string[]; readonly point: string; readonly signal: NodeJS.Signals }): Promise<{ readonly status: number; readonly stderr: string }> {
  const points = `${box.root}/points`;
  fs.mkdirSync(points, { recursive: true });
  const fifo = `${points}/${command.point}`;
  fs.rmSync(fifo, { force: true });
  execFileSync('mkfifo', [fifo]);
  const env = { ...box.environment(), PATH: '/usr/bin:/bin', NOX_NODE: process.execPath, NOX_SYNC_POINTS: points };
  const child = spawn('/bin/sh', ['-c', '"$@"; echo "status $?" >&2', 'sh', binPath(command.bin), ...command.argv], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise((resolve) => child.on('close', resolve));
  // To open a FIFO for writing without waiting succeeds once somebody reads it: the command is at the point.
  const { O_WRONLY, O_NONBLOCK } = fs.constants;
  let held: number | null = null;
  while (held === null) {
    try {
      held = fs.openSync(fifo, O_WRONLY | O_NONBLOCK);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const [nox] = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).trim().split('\n').map(Number);
  process.kill(nox as number, command.signal);
  fs.closeSync(held);
  await ended;
  return { status: Number(/status (\d+)/.exec(stderr)?.[1]), stderr: stderr.replace(/status \d+\n/, '').replace(/^(?:Terminated|Hangup|Interrupt)?\n/, '') };
}

/** What may stay: that something was tried is told to collectors, and directories are made. */
const lasting = (box: Sandbox): Record<string, string> => Object.fromEntries(Object.entries(layout(box.root)).filter(([file]) => !/^points\/|\/\.nox\/(?:roots|intents|condemned)\/|^central\/\.nox\/$/.test(file)));

test.each(SIGNALS)('%s during an add leaves nothing and ends it by that signal', async (signal) => {
  const box = sandbox();
  box.store().package('alpha-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['new', 'default']);
  const before = lasting(box);
  const { status, stderr } = await interrupted(box, { bin: 'nox-profile', argv: ['add', 'alpha'], point: 'before-publish', signal });
  expect([status, stderr]).toEqual([128 + constants.signals[signal], expect.stringContaining(`nox-profile: interrupted by ${signal}; nothing was changed\n`)]);
  expect(lasting(box)).toEqual(before);
  expect(fs.readdirSync(`${box.profiles}/.nox/intents`)).toEqual([]);
  expect(box.json('nox-profile', ['add', 'alpha'])).toMatchObject({ generation: 1 });
});

test.each(SIGNALS)('%s during a switch leaves nothing', async (signal) => {
  const box = sandbox();
  box.store().package('alpha-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['add', 'alpha']);
  const before = lasting(box);
  const { status } = await interrupted(box, { bin: 'nox-profile', argv: ['switch', '0'], point: 'before-entry', signal });
  expect(status).toBe(128 + constants.signals[signal]);
  expect(lasting(box)).toEqual(before);
});

test.each(SIGNALS)('%s while a collector has marked packages takes the marks away', async (signal) => {
  const box = sandbox();
  box.store().config({ scope: 'private' }).package('alpha-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['new', 'default']);
  const { status } = await interrupted(box, { bin: 'nox-store', argv: ['gc'], point: 'after-second-survey', signal });
  expect(status).toBe(128 + constants.signals[signal]);
  expect(fs.readdirSync(box.store().path).sort()).toEqual(['.nox', 'alpha-1', 'nox-store.yaml']);
  expect(fs.readdirSync(`${box.store().path}/.nox/condemned`)).toEqual([]);
});

test.each(SIGNALS)('%s before an import publishes leaves the store as it was', async (signal) => {
  const box = sandbox();
  box.store('store').package('alpha-1');
  box.write('home/beta-1/bin/b', 'b');
  const before = layout(`${box.root}/store`);
  const { status, stderr } = await interrupted(box, { bin: 'nox-store', argv: ['import', `${box.home}/beta-1`], point: 'before-publish', signal });
  expect([status, stderr]).toEqual([128 + constants.signals[signal], expect.stringContaining(`nox-store: interrupted by ${signal}; nothing was changed\n`)]);
  expect(layout(`${box.root}/store`)).toEqual(before);
});

test('an interrupted command prints one JSON document, with --json', async () => {
  const box = sandbox();
  box.store().package('alpha-1', { files: { 'bin/a': '' } });
  const { status, stderr } = await interrupted(box, { bin: 'nox-profile', argv: ['add', 'alpha', '--json'], point: 'before-publish', signal: 'SIGTERM' });
  expect([status, stderr]).toEqual([143, '']);
});

test('a reader that goes away leaves no trace', () => {
  const box = sandbox();
  for (let n = 0; n < 3000; n += 1) fs.mkdirSync(`${box.store().path}/package-with-a-name-that-fills-pipes-${n}-1.0`, { recursive: true });
  for (const command of ['nox-store list', 'nox-store list --json', 'nox-profile --help', 'nox-store search package', 'nox-profile list --wat']) {
    const [bin, ...words] = command.split(' ') as [Bin, ...string[]];
    const piped = runCommand('/bin/sh', ['-c', '"$@" 2>"$HOME/err" | head -1 >/dev/null', 'sh', binPath(bin), ...words], { env: box.environment() });
    expect([command, piped.status, piped.stderr]).toEqual([command, 0, '']);
    expect(fs.readFileSync(`${box.home}/err`, 'utf8')).not.toMatch(/EPIPE| at |Error/);
  }
});
