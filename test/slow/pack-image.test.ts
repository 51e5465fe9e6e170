/*
 * A squashfs image run by an ordinary user with the real programs. Where /dev/fuse is root's alone, as in many containers, root opens one
 * of its own in a private mount namespace.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { binPath, type NoxResult, runCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';
import { isRoot } from '../support/users.js';

const NOX_RUN = binPath('nox-profile').replace(/profile$/, 'run');
const lacks = (program: string): boolean => runCommand('/bin/sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${program}`]).status !== 0;
const noTools = ['mksquashfs', 'unsquashfs'].some(lacks);

const box = sandbox();
const image = `${box.home}/dev.squashfs`;
const tmp = `${box.root}/tmp`;

/** Words that make an ordinary user of root, with a /dev/fuse that anybody may open. `nobody`, since fusermount wants an account. */
const OPEN_FUSE = 'd=$(mktemp -d) && mknod "$d/fuse" c 10 229 && chmod 666 "$d/fuse" && mount --bind "$d/fuse" /dev/fuse; rm -rf "$d"; exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"';
const asUser = (words: readonly string[]): string[] => (isRoot ? ['unshare', '-m', 'sh', '-c', OPEN_FUSE, 'sh', ...words] : [...words]);
const environment = { PATH: '/usr/bin:/bin', TMPDIR: tmp, HOME: '/' };

function run(words: readonly string[], options: { readonly before?: readonly string[]; readonly env?: Record<string, string>; readonly shell?: readonly string[] } = {}): NoxResult {
  const [program = '', ...rest] = asUser([...(options.before ?? []), ...(options.shell ?? []), NOX_RUN, ...words]);
  return runCommand(program, rest, { env: { ...environment, ...options.env }, cwd: '/' });
}

/** What is left of running: private directories, and mounts of the image. */
const leftovers = (): string[] => [...fs.readdirSync(tmp).filter((name) => !name.startsWith('nox-run-cache')), ...fs.readFileSync('/proc/mounts', 'utf8').split('\n').filter((line) => line.includes(tmp))];
const emptyCache = (): void => fs.readdirSync(tmp).forEach((name) => fs.rmSync(`${tmp}/${name}`, { recursive: true, force: true }));

let canMount = false;
let canBind = false;

beforeAll(() => {
  fs.chmodSync(box.root, 0o755);
  fs.mkdirSync(tmp);
  fs.chmodSync(tmp, 0o777);
  box.store().package('tool-1.0', { files: { 'bin/tool': '#!/bin/sh\necho "tool $TOOL_DATA"\n', 'share/tool/a': 'a' }, env: { set: { TOOL_DATA: '${package}/share/tool' } } });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'tool', '-p', 'dev']);
  if (noTools) return;
  box.json('nox-profile', ['pack', 'dev', '-o', image]);
  fs.chmodSync(image, 0o644);
  const told = run(['-v', image, '--', 'true']).stderr;
  canMount = !told.includes('unpacked');
  canBind = !told.includes('is not put at');
});

test.skipIf(noTools)('an image is the same bytes each time, lz4 in blocks of 128 kB, and keeps times that are later than the generation', () => {
  const [late, future] = ['a', 'b'].map((name) => box.store().pathOf(`tool-1.0/share/tool/${name}`)) as [string, string];
  execFileSync('sleep', ['1.1']);
  const now = Math.floor(Date.now() / 1000);
  fs.utimesSync(late, now, now);
  fs.writeFileSync(future, 'b');
  fs.utimesSync(future, 2_000_000_000, 2_000_000_000);
  const one = box.json('nox-profile', ['pack', 'dev', '-o', 'one.squashfs']);
  execFileSync('sleep', ['1.1']);
  const two = box.json('nox-profile', ['pack', 'dev', '-o', 'two.squashfs']);
  expect(two.sha256).toBe(one.sha256);
  const facts = execFileSync('unsquashfs', ['-s', one.path], { encoding: 'utf8' });
  expect(facts).toContain('Compression lz4');
  expect(facts).toContain('Block size 131072');
  execFileSync('unsquashfs', ['-quiet', '-no-progress', '-dest', `${box.root}/seen`, one.path], { stdio: 'ignore' });
  expect(fs.statSync(`${box.root}/seen/share/tool/a`).mtimeMs / 1000).toBe(now);
  fs.rmSync(future);
});

test.skipIf(noTools)('an image is all that a pack leaves, and one that cannot be read is not put in place', () => {
  const before = fs.readdirSync(box.home);
  box.write('home/-', 'mine');
  box.json('nox-profile', ['pack', 'dev', '-o', 'again.squashfs']);
  expect(fs.readdirSync(box.home).sort()).toEqual([...before, '-', 'again.squashfs'].sort());
  expect(fs.readFileSync(`${box.home}/-`, 'utf8')).toBe('mine');

  const good = fs.readFileSync(`${box.home}/again.squashfs`);
  const programs = `${box.root}/unreliable`;
  fs.mkdirSync(programs);
  const real = runCommand('/bin/sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin; command -v mksquashfs']).stdout.trim();
  fs.writeFileSync(`${programs}/mksquashfs`, `#!/bin/sh\n'${real}' "$@" && echo spoiled | dd of="$2" conv=notrunc status=none\n`, { mode: 0o755 });
  const { error } = box.json('nox-profile', ['pack', 'dev', '-o', 'again.squashfs'], { status: 1, env: { PATH: `${programs}:/usr/bin:/bin:/usr/sbin:/sbin` } });
  expect(error.code).toBe('pack-failed');
  expect(fs.readFileSync(`${box.home}/again.squashfs`).equals(good)).toBe(true);
  expect(fs.readdirSync(box.home).sort()).toEqual([...before, '-', 'again.squashfs'].sort());
});

describe.skipIf(noTools)('an image as it can be run here', () => {
  test.each([['dash'], ['bash'], ['busybox', 'sh']])('by %s: words, input, environment, exit status', (...shell) => {
    const done = run([image, '--', 'tool'], { shell });
    expect([done.stderr, done.status]).toEqual(['', 0]);
    if (canBind) expect(done.stdout).toBe('tool /nox/.nox/stores/0/tool-1.0/share/tool\n');
    expect(run([image, '--', 'sh', '-c', 'printf "<%s>" "$@"; exit 42', 'sh', 'a  b', '*', ''], { shell })).toEqual({ stdout: '<a  b><*><>', stderr: '', status: 42 });
    expect(run([image, '--', 'sh', '-c', 'umask; echo "$LD_LIBRARY_PATH"'], { shell, env: { LD_LIBRARY_PATH: '/mine' } }).stdout).toMatch(/^0022\n\/mine\n$/);
    expect([run([image, '--', 'nope'], { shell }), run([image, '--', '/etc/passwd'], { shell }), run([image, '--', 'sh', '-c', 'kill -KILL $$'], { shell })].map(({ status }) => status)).toEqual([127, 126, 137]);
    expect(leftovers()).toEqual([]);
  });

  test.each(['HUP', 'INT', 'TERM', 'USR1', 'QUIT'] as const)('SIG%s passes on to the command, and nothing is left', async (signal) => {
    const script = `trap "echo got; exit 3" ${signal}; echo ready; while :; do sleep 0.05; done`;
    const [program = '', ...words] = asUser([NOX_RUN, image, '--', 'sh', '-c', script]);
    const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output === 'ready\n') child.kill(`SIG${signal}`);
    });
    expect([await ended, output]).toEqual([3, 'ready\ngot\n']);
    expect(leftovers()).toEqual([]);
  });

  test('many at once of one image', async () => {
    emptyCache();
    const one = (): Promise<string> => new Promise((resolve) => {
      const [program = '', ...words] = asUser([NOX_RUN, image, '--', 'tool']);
      const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('close', (status) => resolve(`${status} ${output}`));
    });
    const told = await Promise.all([one(), one(), one(), one()]);
    expect([...new Set(told.map((text) => text.replace(/ \/.*\/\.nox/, ' ')))]).toEqual(['0 tool /stores/0/tool-1.0/share/tool\n']);
    expect(leftovers()).toEqual([]);
  });

  test('the start is measured', () => {
    const times = (words: readonly string[]): number => {
      const took = Array.from({ length: 15 }, () => {
        const started = performance.now();
        const [program = '', ...rest] = asUser(words);
        execFileSync(program, rest, { env: environment });
        return performance.now() - started;
      });
      return took.sort((a, b) => a - b)[7]!;
    };
    const [bare, started] = [times(['true']), times([NOX_RUN, image, '--', 'true'])];
    console.log(`figures: nox-run IMAGE -- true ${started.toFixed(0)} ms, true ${bare.toFixed(0)} ms (medians of 15; ${canMount ? 'mounted' : 'unpacked'})`); // eslint-disable-line no-console
    expect(started).toBeGreaterThan(0);
  });
});

test.skipIf(noTools)('mounted: background children keep the image until they end, and then it goes', async ({ skip }) => {
  skip(!canMount || !canBind, 'FUSE or bubblewrap does not work here');
  const later = `${tmp}/later`;
  const done = run([image, '--', 'sh', '-c', `(sleep 1; cat /nox/share/tool/a >${later}.part; mv ${later}.part ${later}) >/dev/null 2>&1 & echo done`]);
  expect(done).toEqual({ stdout: 'done\n', stderr: '', status: 0 });
  expect(fs.readdirSync(tmp).filter((name) => /^nox-run\.\d/.test(name))).toEqual([]);
  while (!fs.existsSync(later)) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fs.readFileSync(later, 'utf8')).toBe('a');
  fs.rmSync(later);
});

test.skipIf(noTools)('mounted: --at chooses the place, --bind adds one', ({ skip }) => {
  skip(!canBind, 'bubblewrap does not work here');
  const done = run([image, '--at', '/sw', '--bind', `${tmp}:/scratch`, '--', 'sh', '-c', 'tool; touch /scratch/x; ls -d /nox']);
  expect(done).toMatchObject({ stdout: 'tool /sw/.nox/stores/0/tool-1.0/share/tool\n', status: 2 });
  expect(fs.existsSync(`${tmp}/x`)).toBe(true);
  fs.rmSync(`${tmp}/x`);
});

test.skipIf(noTools)('mounted: the PATH of the command is that of the caller, with the pack in front', ({ skip }) => {
  skip(!canBind, 'bubblewrap does not work here');
  expect(run([image, '--', 'sh', '-c', 'echo "$PATH"']).stdout).toBe('/nox/bin:/usr/bin:/bin\n');
});

describe.skipIf(noTools)('where something is missing', () => {
  /** A PATH with only these programs beside what every system has. */
  const pathWithout = (...missing: string[]): string[] => {
    const directory = fs.mkdtempSync(`${box.root}/bin-`);
    fs.chmodSync(directory, 0o755);
    for (const name of ['sh', 'cat', 'rm', 'rmdir', 'mkdir', 'mv', 'ln', 'ls', 'id', 'od', 'dd', 'tr', 'head', 'stat', 'find', 'readlink', 'chmod', 'sleep', 'env', 'true', 'tar', 'mkfifo', 'umount', 'squashfuse_ll', 'fusermount3', 'bwrap', 'unsquashfs'].filter((one) => !missing.includes(one))) {
      const found = runCommand('/bin/sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`]).stdout.trim();
      if (found.startsWith('/')) fs.symlinkSync(found, `${directory}/${name}`);
    }
    return ['/usr/bin/env', `PATH=${directory}`];
  };

  test('without squashfuse the image is unpacked, once, into a cache of the user', () => {
    emptyCache();
    const before = pathWithout('squashfuse_ll');
    const first = run(['-v', image, '--', 'tool'], { before });
    expect(first.stderr).toContain('squashfuse_ll is not there (Debian: squashfuse): the image is unpacked');
    expect(first.status).toBe(0);
    const [cache] = fs.readdirSync(tmp);
    const trees = () => fs.readdirSync(`${tmp}/${cache}`).filter((name) => name.startsWith('tree.'));
    const unpacked = trees();
    expect(run([image, '--', 'tool'], { before }).status).toBe(0);
    expect([unpacked.length, trees()]).toEqual([1, unpacked]);
    expect(fs.statSync(`${tmp}/${cache}`).mode & 0o777).toBe(0o700);
  });

  test('without bubblewrap the pack is used where it is mounted or unpacked, and --bind is refused', () => {
    const before = pathWithout('bwrap');
    const done = run(['-v', image, '--', 'tool'], { before });
    expect(done.stderr).toContain('bwrap is not there (Debian: bubblewrap)');
    expect([done.stdout.startsWith('tool /') && !done.stdout.startsWith('tool /nox'), done.status]).toEqual([true, 0]);
    expect(run([image, '--bind', '/tmp:/x', '--', 'true'], { before })).toMatchObject({ status: 8, stderr: 'nox-run: --bind needs bubblewrap: bwrap is not there (Debian: bubblewrap)\n' });
    expect(leftovers()).toEqual([]);
  });

  test.skipIf(!isRoot)('without fusermount root unmounts without it', ({ skip }) => {
    const script = 'mount -t tmpfs none "$2" && "$1" -v "$3" -- sh -c : && ls "$2" && grep " $2/" /proc/mounts';
    const [program = '', ...words] = pathWithout('fusermount3', 'fusermount');
    const done = runCommand('unshare', ['-m', program, ...words, 'sh', '-c', `PATH=$PATH:/usr/bin:/bin; ${script.replace('"$1"', `${program} ${words.join(' ')} "$1"`)}`, 'sh', NOX_RUN, tmp, image], { env: environment });
    skip(!done.stderr.includes('the image is mounted'), 'FUSE does not work here');
    expect(done.stdout).toBe('');
  });

  test('without any of them it says what to install', () => {
    emptyCache();
    const done = run([image, '--', 'true'], { before: pathWithout('bwrap', 'squashfuse_ll', 'unsquashfs') });
    expect(done).toEqual({ stdout: '', status: 8, stderr: `nox-run: nothing here can open "${image}"; Debian has what is needed in: squashfuse squashfs-tools\n` });
    expect(leftovers()).toEqual([]);
  });

  test('without user namespaces and without /dev/fuse it is unpacked and used where it is', ({ skip }) => {
    const before = ['bwrap', '--unshare-user', '--disable-userns', '--dev-bind', '/', '/', '--tmpfs', '/dev', '--dev-bind', '/dev/null', '/dev/null', '--'];
    skip(run(['-h'], { before }).status !== 0, 'bubblewrap does not work here');
    emptyCache();
    const done = run(['-v', image, '--', 'tool'], { before });
    expect(done.stderr).toContain('so it is unpacked');
    expect(done.stderr).toContain('the pack is not put at /nox, but used where it is');
    expect(done).toMatchObject({ stdout: expect.stringContaining(`tool ${tmp}/nox-run-cache-`), status: 0 });
    expect(leftovers()).toEqual([]);
  });

  test('a damaged image, and what is none', () => {
    fs.writeFileSync(`${box.root}/cut`, fs.readFileSync(image).subarray(0, 3000), { mode: 0o644 });
    fs.writeFileSync(`${box.root}/text`, 'hello', { mode: 0o644 });
    expect(run([`${box.root}/cut`, '--', 'true'])).toMatchObject({ status: 125, stderr: expect.stringContaining('cannot be unpacked') });
    expect(run([`${box.root}/text`, '--', 'true'])).toMatchObject({ status: 125, stderr: `nox-run: "${box.root}/text" is no pack\n` });
    expect(leftovers()).toEqual([]);
  });
});
