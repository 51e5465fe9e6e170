import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { binPath, type NoxResult, runCommand, startCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';
import { everyWay, heardBy } from '../support/signals.js';
import { isRoot } from '../support/users.js';

const NOX_RUN = binPath('nox-profile').replace(/profile$/, 'run');
const box = sandbox();
const TMPDIR = `${box.root}/tmp`;
fs.mkdirSync(TMPDIR);
box.store().package('tool-1.0', { files: { 'bin/tool': '#!/bin/sh\necho "tool" "$@"\n' } });
box.json('nox-profile', ['new', 'dev']);
box.json('nox-profile', ['add', 'tool', '-p', 'dev']);
const tar: string = box.json('nox-profile', ['pack', 'dev', '-o', 'dev.tar']).path;
execFileSync('tar', ['-xf', tar, '-C', box.root]);
const pack = `${box.root}/dev-1`;

const options = { env: { TMPDIR, PATH: '/usr/bin:/bin' }, cwd: box.home };
const shell = (script: string, ...words: string[]): NoxResult => runCommand('/bin/sh', ['-c', script, NOX_RUN, pack, ...words], options);
const directories = (): string[] => fs.readdirSync(TMPDIR).filter((name) => !name.startsWith('nox-run-cache')).sort();
const SHELLS = [['dash'], ['bash'], ['busybox', 'sh']].filter((words) => spawnSync(words[0]!, [...words.slice(1), '-c', 'exit 0']).status === 0);

/** Parts of what names tell of a process that runs now: host, boot, pid namespace, process, start. */
function ownName(): string[] {
  const [name = ''] = shell(`"$0" "$1" -- ls "$TMPDIR" | grep '^nox-run[.]'`).stdout.split('\n');
  return name.slice('nox-run.'.length).split('~');
}

test('what a killed nox-run left goes with the next; what runs, or cannot be judged from here, stays until it is old', () => {
  const [host, boot, space, , start] = ownName();
  const self = fs.readFileSync(`/proc/${process.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19];
  const gone = [`${host}~${boot}~${space}~99999999~${start}~0`, `${host}~${boot}~${space}~${process.pid}~1~0`];
  const kept = [`${host}~${boot}~${space}~${process.pid}~${self}~0`, `other~${boot}~${space}~99999999~${start}~0`, `${host}~00000000~${space}~99999999~${start}~0`, `${host}~${boot}~1~99999999~${start}~0`, '99999999.0'];
  const old = [`other~${boot}~${space}~99999999~${start}~1`, '99999999.1'];
  for (const name of [...gone, ...kept, ...old]) fs.mkdirSync(`${TMPDIR}/nox-run.${name}`);
  const aged = [...old, kept[0]!];
  for (const name of aged) fs.utimesSync(`${TMPDIR}/nox-run.${name}`, 1_000_000, 1_000_000);

  expect(shell('"$0" "$1" -- tool a')).toEqual({ stdout: 'tool a\n', stderr: '', status: 0 });
  expect(directories()).toEqual(kept.map((name) => `nox-run.${name}`).sort());
  for (const name of kept) fs.rmdirSync(`${TMPDIR}/nox-run.${name}`);
});

test('of an image in the cache, a user that cannot be judged from here counts, and who is gone does not', () => {
  const cached = (): NoxResult => runCommand(NOX_RUN, [tar, '--', 'sh', '-c', 'cd "$NOX_PROFILE" && pwd -P'], options);
  const [host, boot, space] = ownName();
  const cache = cached().stdout.replace(/\/tree\..*\n/, '');
  const entry = fs.readdirSync(cache).find((name) => name.endsWith('.used'))!.replace('.used', '');
  const other = `${box.home}/other.tar`;
  fs.copyFileSync(tar, other);
  const age = (): void => fs.utimesSync(`${cache}/${entry}.used`, 1_000_000, 1_000_000);
  const another = (): void => {
    fs.appendFileSync(other, '\0'.repeat(512));
    expect(runCommand(NOX_RUN, [other, '--', 'true'], options).status).toBe(0);
  };

  age();
  fs.writeFileSync(`${cache}/${entry}.user.elsewhere~${boot}~${space}~99999999~1`, '');
  another();
  expect(fs.existsSync(`${cache}/${entry}`)).toBe(true);
  fs.renameSync(`${cache}/${entry}.user.elsewhere~${boot}~${space}~99999999~1`, `${cache}/${entry}.user.${host}~${boot}~${space}~99999999~1`);
  another();
  expect(fs.readdirSync(cache).filter((name) => name.startsWith(entry))).toEqual([]);
});

test.skipIf(!isRoot)('one in another pid namespace leaves those that run alone', async () => {
  const running = startCommand(NOX_RUN, [pack, '--', 'sh', '-c', 'until [ -e go ]; do sleep 0.05; done; echo work done'], options);
  while (directories().length === 0 || !fs.existsSync(`${TMPDIR}/${directories()[0]}/started`)) await new Promise((resolve) => setTimeout(resolve, 20));
  const before = directories();
  const other = shell('exec unshare -p -f --mount-proc "$0" "$1" -- tool other');
  expect(other).toEqual({ stdout: 'tool other\n', stderr: '', status: 0 });
  expect(directories()).toEqual(before);
  box.write('home/go', '');
  expect(await running).toEqual({ stdout: 'work done\n', stderr: '', status: 0 });
  expect(directories()).toEqual([]);
});

test.each(SHELLS)('%s: signals reach the command once, whether sent to nox-run, to its process group, or to both', async (...words) => {
  const heard = await heardBy([...words, NOX_RUN, pack, '--'], everyWay('SIGUSR1', 'SIGTERM', 'SIGINT'), options);
  expect(heard).toEqual(['SIGUSR1', 'SIGTERM', 'SIGINT'].flatMap((name) => [name, name, name]));
  expect(directories()).toEqual([]);
});

test.each(SHELLS.flatMap((words) => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({ words, signal }))))('$words: $signal ends nox-run as it ended the command, and a loop of the caller ends', async ({ words, signal }) => {
  const loop = `for one in 1 2; do ${words.join(' ')} "$0" "$1" -- sh -c 'echo started; sleep 10'; echo "after $one"; done`;
  const alone = `exec ${words.join(' ')} "$0" "$1" -- sh -c 'echo started; exec sleep 10'`;
  for (const script of signal === 'SIGINT' ? [loop, alone] : [alone]) {
    const child = spawn('bash', ['-c', script, NOX_RUN, pack], { ...options, detached: true, stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output === 'started\n') process.kill(-child.pid!, signal);
    });
    const ended = await new Promise((resolve) => child.on('close', (status, by) => resolve({ status, by })));
    expect({ ended, output }).toEqual({ ended: { status: null, by: signal }, output: 'started\n' });
  }
  expect(directories()).toEqual([]);
});

test('a command that ends with the status of a signal does not make nox-run end of one', () => {
  const child = spawnSync(NOX_RUN, [pack, '--', 'sh', '-c', 'exit 130'], options);
  expect([child.status, child.signal]).toEqual([130, null]);
});

test.each([['<&-', 'in\n'], ['2>&-', 'in\n'], ['<&- 2>&-', 'in\n'], ['>&-', '']])('with standard streams closed (%s) the command runs, and has them closed', (redirection, stdout) => {
  // Where standard error is closed, bash reads a script by its number.
  for (const words of SHELLS.filter(([name]) => name !== 'bash' || redirection !== '2>&-')) {
    const script = `${words.join(' ')} "$0" "$1" -- sh -c 'for n in 0 1 2; do [ -e /proc/$$/fd/$n ] || echo $n >>closed; done; ! [ -e /proc/$$/fd/1 ] || echo in' ${redirection}`;
    const done = shell(script);
    expect([done.stdout, done.stderr]).toEqual([stdout, '']);
    const closed = [/<&-/.test(redirection) ? '0' : '', /(^| )>&-/.test(redirection) ? '1' : '', /2>&-/.test(redirection) ? '2' : ''].filter((one) => one !== '');
    expect(fs.readFileSync(`${box.home}/closed`, 'utf8').trim().split('\n')).toEqual(closed);
    fs.rmSync(`${box.home}/closed`);
  }
});

test('descriptors 3 and 4 reach the command, as the job server of make', () => {
  expect(shell('"$0" "$1" -- sh -c "echo three >&3; echo four >&4" 3>&1 4>&1').stdout).toBe('three\nfour\n');
});

test('the PATH of the command is that of the caller, with the pack in front', () => {
  expect(shell('"$0" "$1" -- sh -c \'echo "$PATH"\'').stdout).toBe(`${path.resolve(pack)}/bin:/usr/bin:/bin\n`);
});
