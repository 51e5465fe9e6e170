import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, ROOT, runCommand } from '../support/cli.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

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
  expect(missing).toEqual({ status: 8, stdout: 'false;\n', stderr: 'nox-profile: Node 20 or newer is needed, in PATH or named by NOX_NODE (now /nonexistent/node)\n' });
});

test.each([
  ['ends at once', '#!/bin/sh\nexit 1\n', 1, ''],
  ['is killed', '#!/bin/sh\nkill -9 $$\n', 137, ' (status 137): '],
  ['is killed in the midst of the answer', '#!/bin/sh\nprintf \'{ NOX_DEPTH=1; export NOX_DEPTH;\'\nkill -9 $$\n', 137, ' (status 137): '],
  ['is for another machine', Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(57, 0xee)]), null, ''],
])('where Node %s, eval fails and changes nothing', (_, program, status, told) => {
  const box = sandbox();
  box.json('nox-profile', ['new', 'dev']);
  const node = box.write('node', program, 0o755);
  const asked = runCommand(binPath('nox-profile'), ['env', 'dev', '--pin'], { env: { ...box.environment(), NOX_NODE: node } });
  expect(asked.stdout).toMatch(/false;\n$/);
  expect(asked.stderr).toContain(told);
  if (status !== null) expect(asked.status).toBe(status);
  expect(asked.status).not.toBe(0);
  for (const shell of ['bash', 'dash']) {
    const done = runCommand('/bin/sh', ['-c', `${shell} -ec 'eval $("$0" env dev --pin); echo went on' "$0"; echo $? \${NOX_DEPTH-none}`, binPath('nox-profile')], { env: { ...box.environment(), NOX_NODE: node } });
    expect(done.stdout, shell).toMatch(/^[1-9]\d* none\n$/);
  }
  // All other commands are Node itself.
  expect(runCommand(binPath('nox-profile'), ['list'], { env: { ...box.environment(), NOX_NODE: node } }).stdout).not.toContain('false;');
});

test.each(['HUP', 'INT', 'QUIT', 'TERM'])('SIG%s ends env, and the Node that it waits for', (signal) => {
  const box = sandbox();
  box.json('nox-profile', ['new', 'dev']);
  const node = box.write('node', `#!/bin/sh\ntrap 'echo ended >${box.root}/ended; exit 1' TERM HUP\necho $$ >${box.root}/pid\nwhile :; do sleep 0.05; done\n`, 0o755);
  // A shell starts what runs behind it with SIGINT and SIGQUIT ignored, so the group gets them from outside, as from a terminal.
  const script = `"$1" env dev --pin & child=$!; until [ -s "$2/pid" ]; do sleep 0.05; done; kill -s $3 $child; sleep 0.2; kill -s TERM $child 2>/dev/null; wait $child; echo $?; kill -0 $(cat "$2/pid") 2>/dev/null || echo gone`;
  const done = runCommand('/bin/sh', ['-c', script, 'sh', binPath('nox-profile'), box.root, signal], { env: { ...box.environment(), NOX_NODE: node } });
  expect(done.stdout).toBe(`false;\n${{ HUP: 129, INT: 143, QUIT: 143, TERM: 143 }[signal]}\ngone\n`);
});

test('the answer of env says once that it failed, and not in JSON', () => {
  const box = sandbox();
  expect(box.run('nox-profile', ['env', 'nope', '--shell', 'sh'])).toMatchObject({ status: 3, stdout: 'false;\n' });
  expect(box.run('nox-profile', ['env', 'nope', '--json']).stdout).not.toContain('false;');
  const node = box.write('node', '#!/bin/sh\nexit 3\n', 0o755);
  expect(runCommand(binPath('nox-profile'), ['env', 'nope', '--json'], { env: { ...box.environment(), NOX_NODE: node } })).toEqual({ status: 3, stdout: '', stderr: '' });
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

test('standard input belongs to what `run` starts, and to a loop around nox', () => {
  const box = sandbox();
  box.store().package('tool-1', { files: { 'bin/tool': '' } });
  box.json('nox-profile', ['add', 'tool']);
  expect(box.run('nox-profile', ['run', '--', '/bin/cat'], { input: 'data\n' })).toEqual({ status: 0, stdout: 'data\n', stderr: '' });
  expect(box.run('nox-profile', ['list', '--json'], { input: 'junk\n' })).toMatchObject({ status: 0, stderr: '' });
  const loop = `while read -r name; do ${binPath('nox-profile')} list >/dev/null; echo "$name"; done`;
  expect(runCommand('/bin/sh', ['-c', loop], { env: box.environment(), input: 'one\ntwo\n' }).stdout).toBe('one\ntwo\n');
});

test('the launcher leaves variables of every name as they are', () => {
  const box = sandbox();
  box.store().package('tool-1', { files: { 'bin/tool': '' } });
  box.json('nox-profile', ['add', 'tool']);
  const env = { name: 'a', node: 'b', self: 'c', link: 'd', program: 'e' };
  const done = box.run('nox-profile', ['run', '--', '/usr/bin/env'], { env });
  expect(Object.fromEntries(done.stdout.split('\n').filter((line) => /^(?:name|node|self|link|program)=/.test(line)).map((line) => line.split('=') as [string, string]))).toEqual(env);
});

test.each([['nox-profile.quick.js', ['list', '--json']], ['nox-profile.js', ['diff', '--json']]])('the compiled code of %s is of use to the Node that built it, and another or none does as well', (program, words) => {
  const box = sandbox();
  fs.cpSync(`${ROOT}/bin`, `${box.root}/nox/bin`, { recursive: true });
  fs.cpSync(`${ROOT}/dist`, `${box.root}/nox/dist`, { recursive: true });
  box.json('nox-profile', ['new', 'default']);
  const call = (): unknown => runCommand(`${box.root}/nox/bin/nox-profile`, words, { env: box.environment(), cwd: box.home });
  const expected = call();
  expect(expected).toMatchObject({ status: 0, stderr: '' });
  const code = `${box.root}/nox/dist/${program}.code`;
  const bytes = fs.readFileSync(code);
  for (const damaged of [bytes.subarray(0, 100), Buffer.alloc(0), Buffer.alloc(5000, 7), Buffer.concat([Buffer.alloc(64), bytes.subarray(64)])]) {
    fs.writeFileSync(code, damaged);
    expect(call()).toEqual(expected);
  }
  fs.rmSync(code);
  expect(call()).toEqual(expected);
  // And no other program is called for.
  for (const other of fs.readdirSync(`${box.root}/nox/dist`).filter((name) => name.endsWith('.js') && name !== program)) fs.rmSync(`${box.root}/nox/dist/${other}`);
  expect(call()).toEqual(expected);
});

test.each([[['--describe']], [['add', '--help']], [['list']]])('what %j prints into a pipe that is full arrives whole', (words) => {
  const box = sandbox();
  const run = (...command: string[]): unknown => runCommand(command[0] as string, command.slice(1), { env: box.environment(), cwd: box.home });
  box.json('nox-profile', ['new', 'default']);
  const filling = `{ head -c 65536 /dev/zero; "$0" "$@"; } | { sleep 1; tail -c +65537; }`;
  expect(run('/bin/sh', '-c', filling, binPath('nox-profile'), ...words)).toEqual(run(binPath('nox-profile'), ...words));
});

test.skipIf(spawnSync('strace', ['-V']).status !== 0)('a small command makes at most 100 file system calls, starts no thread pool, and opens neither sockets nor terminals', () => {
  const box = sandbox();
  box.json('nox-profile', ['new', 'dev']);
  const trace = `${box.root}/trace`;
  const done = runCommand('/usr/bin/strace', ['-f', '-qq', '-o', trace, '-e', 'trace=%file,clone,clone3', binPath('nox-profile'), '--version'], { env: box.environment(), cwd: box.home });
  expect(done.status).toBe(0);
  const lines = fs.readFileSync(trace, 'utf8').split('\n').filter((line) => /^\d+ +\w+\(/.test(line));
  expect(lines.filter((line) => !/^\d+ +clone/.test(line)).length).toBeLessThanOrEqual(100);
  const loaded = lines.findIndex((line) => line.includes('/dist/nox-profile.quick.js"'));
  expect(loaded).toBeGreaterThan(0);
  expect(lines.slice(loaded).filter((line) => /^\d+ +clone/.test(line))).toEqual([]);
});

/** The modules that Node has loaded when a command ends. */
function modulesLoaded(box: Sandbox, words: string): string[] {
  const [hook, node, list] = ['hook.cjs', 'node', 'modules'].map((name) => `${box.root}/${name}`) as [string, string, string];
  fs.writeFileSync(hook, `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join()));`);
  fs.writeFileSync(node, `#!/bin/sh\nexec ${process.execPath} -r ${hook} "$@"\n`, { mode: 0o755 });
  const done = runCommand('/bin/sh', ['-c', `${ROOT}/bin/${words} >/dev/null 2>/dev/null`], { env: { ...box.environment(), NOX_NODE: node }, cwd: box.home });
  expect(done.status).toBe(0);
  const loaded = fs.readFileSync(list, 'utf8').split(',').map((name) => name.replace('NativeModule ', ''));
  expect(loaded).toContain('fs');
  return loaded;
}

test('a change has Node load no sockets, terminals, streams of files or assertions, of which each takes milliseconds', () => {
  const box = sandbox();
  box.store().package('tool-1', { files: { 'bin/tool': '' } });
  box.json('nox-profile', ['new', 'dev']);
  expect(modulesLoaded(box, 'nox-profile -p dev add tool').filter((name) => ['net', 'tty', 'assert', 'internal/fs/streams', 'internal/fs/sync_write_stream'].includes(name))).toEqual([]);
});

test('a list of packages that were listed before has Node load no cryptography', async () => {
  const box = sandbox();
  for (let at = 0; at < 40; at += 1) box.store().package(`tool${at}-1`, { name: `tool${at}`, version: '1' });
  await expect.poll(() => {
    box.json('nox-store', ['list']);
    return modulesLoaded(box, 'nox-store list').filter((name) => ['crypto', 'stream'].includes(name));
  }, { timeout: 10_000, interval: 500 }).toEqual([]);
});
