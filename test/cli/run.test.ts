import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBytes } from '../../src/fs/bytes.js';
import { binPath, ROOT, runCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';
import { everyWay, heardBy } from '../support/signals.js';

const box = sandbox();
box.store().package('tool-1.0', { files: { 'bin/tool': '#!/bin/sh\necho tool "$@"\n', 'lib/libx.so': '' }, env: { set: { MODE: 'fast' } } });
box.store().package('more-1.0', { files: { 'bin/more-tool': '' } });
expect(box.run('nox-profile', ['new', 'dev']).status).toBe(0);
expect(box.run('nox-profile', ['add', '-p', 'dev', 'tool']).status).toBe(0);

const tree = `${box.profiles}/.nox/profiles/dev/generations/1`;
const leases = `${box.profiles}/.nox/leases`;
const run = (words: readonly string[], options: Parameters<typeof box.run>[2] = {}): ReturnType<typeof box.run> => box.run('nox-profile', ['run', ...words], options);
const odd = fromBytes(Buffer.from([0x63, 0xe9, 0x20, 0x20, 0x0a]));

test('a command of the profile runs with its words as they are', () => {
  expect(run(['dev', '--', 'tool', '-p', '--json', 'a  b', '*', '', '--'])).toEqual({ stdout: 'tool -p --json a  b *  --\n', stderr: '', status: 0 });
  expect(run(['-p', 'dev', '--', 'tool']).stdout).toBe('tool\n');
});

test('its environment is that of the generation', () => {
  const { stdout } = run(['dev', '--', '/usr/bin/env'], { env: { LD_LIBRARY_PATH: '/mine', PATH: '/usr/bin:/bin' } });
  const lines = stdout.split('\n');
  expect(lines).toContain(`PATH=${tree}/bin:/usr/bin:/bin`);
  expect(lines).toContain(`LD_LIBRARY_PATH=${tree}/lib:/mine`);
  expect(lines).toContain('MODE=fast');
  expect(lines).toContain('NOX_GENERATION=1');
  expect(stdout).not.toContain('NOX_CALLER_');
});

test('--pure is for the command alone: the caller says which home, profile and generation it is', () => {
  const other = `${box.root}/other`;
  const home = { NOX_PROFILES: other };
  const pure = (words: readonly string[], env: Readonly<Record<string, string>>): string => run([...words, '--pure', '--', '/usr/bin/env'], { env }).stdout.split('\n').find((line) => line.startsWith('NOX_PROFILE=')) ?? '';
  box.json('nox-profile', ['new', 'dev'], { env: home });
  expect(pure(['dev'], home)).toBe(`NOX_PROFILE=${other}/dev`);
  expect(pure([], { NOX_PROFILE: `${other}/dev` })).toBe(`NOX_PROFILE=${other}/dev`);
  box.write('config/nox/config.yaml', `profiles: ${other}\n`);
  expect(pure(['dev'], { XDG_CONFIG_HOME: `${box.root}/config` })).toBe(`NOX_PROFILE=${other}/dev`);
  const pinned = { NOX_DEPTH: '1', NOX_1_VARS: 'NOX_PROFILE:NOX_GENERATION', NOX_1_SET_NOX_PROFILE: `${box.profiles}/dev`, NOX_1_SET_NOX_GENERATION: '0', NOX_PROFILE: `${box.profiles}/dev`, NOX_GENERATION: '0' };
  expect(run(['--pure', '--', '/usr/bin/env'], { env: pinned }).stdout).toContain('NOX_GENERATION=0\n');
});

test('--pure starts from nearly nothing', () => {
  const { stdout } = run(['dev', '--pure', '--', '/usr/bin/env'], { env: { SECRET: 'x', LC_TIME: 'C', LD_LIBRARY_PATH: '/mine', SLURM_JOB_ID: '', TERM: 'dumb' } });
  const names = stdout.trim().split('\n').map((line) => line.slice(0, line.indexOf('='))).filter((name) => !name.startsWith('NOX_1_') && !name.startsWith('SLURM'));
  expect(names.sort()).toEqual(['CMAKE_PREFIX_PATH', 'HOME', 'LC_TIME', 'LD_LIBRARY_PATH', 'MODE', 'NOX_DEPTH', 'NOX_GENERATION', 'NOX_PROFILE', 'PATH', 'TERM']);
  expect(stdout).toContain(`PATH=${tree}/bin:/usr/local/bin:/usr/bin:/bin\n`);
});

test('bytes that are not UTF-8 reach the command, in words and in the environment', () => {
  const { stdout } = run(['dev', '--', '/bin/sh', '-c', 'printf "%s|" "$1" "$ODD" "$PLAIN"', 'sh', odd], { env: { ODD: odd, PLAIN: "a  'b" } });
  expect(stdout).toBe(`${odd}|${odd}|a  'b|`);
});

test('words of any bytes reach the command as they are, among few others and among many', () => {
  const word = fc.uint8Array({ min: 1, max: 255, maxLength: 60 }).map((bytes) => fromBytes(Buffer.from(bytes)));
  const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ''));
  const every = fromBytes(Buffer.from(Array.from({ length: 255 }, (_, at) => at + 1)));
  fc.assert(fc.property(fc.array(fc.oneof(word, text), { maxLength: 40 }), fc.integer({ min: 0, max: 2500 }), (words, others) => {
    const all = [every, ...words, ...Array.from({ length: others }, (_, at) => `it's \\${at}\u{1f480}`), odd];
    expect(run(['dev', '--', '/usr/bin/printf', '%s\\0', ...all], { env: { ODD: words.join('') } }).stdout).toBe(all.map((one) => `${one}\0`).join(''));
  }), { numRuns: 8 });
});

test('with one word of odd bytes the time does not grow faster than the command line', () => {
  const least = (count: number): number => Math.min(...[1, 2, 3].map(() => {
    const started = performance.now();
    expect(run(['dev', '--', '/bin/true', ...Array.from({ length: count }, String), odd]).status).toBe(0);
    return performance.now() - started;
  }));
  expect(least(4000) / least(1000)).toBeLessThan(3);
});

test('exit status and signals pass through', () => {
  expect(run(['dev', '--', 'sh', '-c', 'exit 42']).status).toBe(42);
  expect(run(['dev', '--', 'sh', '-c', 'kill -TERM $$']).status).toBe(128 + 15);
  expect(run(['dev', '--', 'sh', '-c', 'kill -KILL $$']).status).toBe(128 + 9);
  expect(run(['dev', '--', 'sh', '-c', 'kill -SEGV $$']).status).toBe(128 + 11);
});

test('standard input reaches the command', () => {
  expect(run(['dev', '--', 'cat'], { input: 'in\n' }).stdout).toBe('in\n');
});

const shell = (script: string, env: Readonly<Record<string, string>> = {}) => runCommand('bash', ['-c', script], { env: { ...box.environment(), PATH: `${ROOT}/bin:/usr/bin:/bin`, ...env }, cwd: box.home });

test('functions of bash, and variables that no shell takes, reach the command', () => {
  const { stdout } = shell('tell() { echo "told $1"; }; export -f tell; nox-profile run dev -- bash -c "tell all; env"', { 'a.b': '1', 'c-d': "x 'y" });
  expect(stdout).toMatch(/^told all\n/);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['a.b=1', "c-d=x 'y"]));
  expect(stdout).not.toContain('NOX_HANDED');
  expect(shell('tell() { :; }; export -f tell; nox-profile run --pure dev -- env').stdout).not.toContain('tell');
});

test('what is handed on may be large', () => {
  const large = Object.fromEntries(['A.b', 'B.b'].map((name) => [name, 'x'.repeat(95_000)]));
  expect(shell('tell() { echo told; }; export -f tell; nox-profile run dev -- bash -c "tell; env | wc -c"', large).stdout).toMatch(/^told\n19\d{4}\n$/);
});

test('nox keeps no descriptor open that it passes on', () => {
  const script = `mkfifo ff; (cat ff >/dev/null; echo ended >got) & exec 5>ff; exec nox-profile run dev -- sh -c 'exec 5>&-; for n in 1 2 3 4 5 6 7 8 9; do [ -e got ] && exit 0; sleep 0.3; done; exit 9'`;
  expect(shell(script).status).toBe(0);
});

test('open descriptors reach the command, and those that are not open do not', () => {
  const list = 'for n in 3 4 5 6 7 8 9 11 12 13 14 15 16 17 18; do if [ -e /proc/$$/fd/$n ]; then printf "$n "; fi; done';
  const plain = shell(`exec 5<&- 12<&- 9>'${box.root}/out' 12>&9 16>&9 17>&9; bash -c '${list}'`).stdout;
  const within = shell(`exec 5<&- 12<&- 9>'${box.root}/out' 12>&9 16>&9 17>&9; nox-profile run dev -- bash -c '${list}; echo written >&9; echo too >&12'`);
  expect(within).toEqual({ stdout: plain, stderr: '', status: 0 });
  expect(plain).toMatch(/9 .*12 .*16 17 /);
  expect(readFileSync(`${box.root}/out`, 'utf8')).toBe('written\ntoo\n');
});

test('a path with = in it is run where a shell has to help, and bytes in few words cost nothing for the others', () => {
  writeFileSync(`${box.home}/a=b`, '#!/bin/sh\nprintf "%s|" "$@"\n');
  chmodSync(`${box.home}/a=b`, 0o755);
  expect(shell(`nox-profile run dev -- ./a=b 'x  y' & wait $!`)).toEqual({ stdout: 'x  y|', stderr: '', status: 0 });
  expect(run(['dev', '--', './a=b', 'p  =q', odd, '=']).stdout).toBe(`p  =q|${odd}|=|`);
});

test('signals that the caller ignores stay ignored, by the command and by nox', () => {
  const mask = 'sed -n s/SigIgn://p /proc/self/status';
  expect(shell(`trap '' HUP USR1; ${mask}; nox-profile run dev -- ${mask}`).stdout).toMatch(/^\s+([0-9a-f]*201)\n\s+\1\n$/);
  expect(shell(`trap '' HUP; nox-profile run dev -- sh -c 'kill -HUP $PPID $$; sleep 0.1; echo "went on, $1"' sh "a  b"`)).toEqual({ stdout: 'went on, a  b\n', stderr: '', status: 0 });
});

test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGXCPU', 'SIGALRM', 'SIGPIPE'] as const)('%s passes on to the command, and its lease goes with it', async (signal) => {
  const script = 'trap "echo got; exit 3" TERM HUP INT USR1 XCPU ALRM PIPE; echo ready; while :; do sleep 0.05; done';
  const child = spawn(binPath('nox-profile'), ['run', 'dev', '--', 'sh', '-c', script], { env: { ...process.env, ...box.environment() }, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output === 'ready\n') child.kill(signal);
  });
  expect(await ended).toBe(3);
  expect(output).toBe('ready\ngot\n');
  expect(readdirSync(leases)).toEqual([]);
});

test('signals reach the command once, whether sent to nox, to its process group, or to both', async () => {
  const heard = await heardBy([binPath('nox-profile'), 'run', 'dev', '--'], everyWay('SIGUSR1', 'SIGTERM', 'SIGINT', 'SIGWINCH'), { env: { ...box.environment(), PATH: '/usr/bin:/bin' }, cwd: box.home });
  expect(heard).toEqual(['SIGUSR1', 'SIGTERM', 'SIGINT', 'SIGWINCH'].flatMap((name) => [name, name, name]));
});

test('in the foreground of a terminal, too, SIGINT to nox alone reaches the command', ({ skip }) => {
  const inTerminal = (command: string): ReturnType<typeof shell> => shell(`exec script -qec '${command}' /dev/null`);
  skip(inTerminal('true').status !== 0, 'script(1) is not there');
  const { stdout, status } = inTerminal('nox-profile run dev -- bash -c "trap \\"echo got; exit 3\\" INT; kill -INT \\$PPID; for n in 1 2 3 4 5 6 7 8 9; do sleep 0.3; done"');
  expect([stdout, status]).toEqual(['got\r\n', 3]);
});

test('a lease holds the generation while the command runs', () => {
  const { stdout } = run(['dev', '--', 'sh', '-c', `cat ${leases}/*.json`], { env: { SLURM_JOB_ID: '77' } });
  const [header, body] = stdout.split('\n') as [string, string];
  expect(JSON.parse(header)).toMatchObject({ nox: 'lease', version: 1 });
  expect(JSON.parse(body)).toMatchObject({ profile: `${box.profiles}/dev`, generation: 1, tree, job: 'slurm--77' });
  expect(readdirSync(leases)).toEqual([]);
});

test('the command sees one generation, whatever the profile does meanwhile', () => {
  const script = `nox-profile add -p dev more >/dev/null; command -v more-tool; command -v tool; readlink ~/nix/profiles/dev`;
  const { stdout } = run(['dev', '--', 'sh', '-c', script], { env: { PATH: `${binPath('nox-profile').replace(/\/[^/]*$/, '')}:${process.execPath.replace(/\/[^/]*$/, '')}:/usr/bin:/bin` } });
  expect(stdout).toBe(`${tree}/bin/tool\n.nox/profiles/dev/generations/2\n`);
});

test('a profile home that cannot be written is used without a lease', () => {
  if (process.getuid?.() === 0) chmodSync(box.root, 0o755);
  const { stdout, stderr, status } = run(['dev', '--', 'tool'], { unprivileged: true });
  expect({ stdout, status }).toEqual({ stdout: 'tool\n', status: 0 });
  if (process.getuid?.() === 0) expect(stderr).toContain('is used without a lease');
});

test.each<[string[], number, string]>([
  [['dev'], 125, 'no command is given'],
  [['dev', '--'], 125, 'no command is given'],
  [['dev', 'tool'], 125, 'unexpected argument'],
  [['nope', '--', 'tool'], 125, 'there is no profile "nope"'],
  [['dev', '--frobnicate', '--', 'tool'], 125, 'there is no flag "--frobnicate"'],
  [['dev', '--', 'no-such-command'], 127, 'there is no command "no-such-command" in the environment of the profile'],
  [['dev', '--', './no-such-command'], 127, 'there is no command "./no-such-command"'],
  [['dev', '--', '/etc/passwd'], 126, 'cannot execute "/etc/passwd": permission denied'],
  [['dev', '--', '/etc'], 126, 'cannot execute "/etc": it is not a regular file'],
])('%j is a failure of nox', (words, status, message) => {
  const done = run(words);
  expect({ status: done.status, stdout: done.stdout }).toEqual({ status, stdout: '' });
  expect(done.stderr).toContain(message);
  const at = words.includes('--') ? words.indexOf('--') : words.length;
  const json = run([...words.slice(0, at), '--json', ...words.slice(at)]);
  expect(json).toMatchObject({ status, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, exitCode: status });
});

test('a script whose interpreter is gone cannot be executed', () => {
  const path = box.write('bad', '#!/no/such/interpreter\n', 0o755);
  expect(run(['dev', '--', path])).toMatchObject({ status: 126, stderr: expect.stringContaining(`cannot execute "${path}"`) });
  writeFileSync(path, 'echo no interpreter line\n');
  expect(readFileSync(path, 'utf8')).toContain('no interpreter line');
  expect(run(['dev', '--', path])).toMatchObject({ status: 0, stdout: 'no interpreter line\n' });
});
