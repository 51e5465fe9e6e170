import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromBytes, raw } from '../../src/fs/bytes.js';
import { binPath, runCommand } from '../support/cli.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';
import { isMissing, runShell, SHELLS, sorted } from '../support/shells.js';

const nox = (box: Sandbox, ...argv: string[]) => box.json('nox-profile', argv);
const hasZstd = runCommand('/bin/sh', ['-c', 'command -v zstd']).status === 0;

/** A profile `dev` of two packages and a file of the user's. */
function packable(): Sandbox {
  const box = sandbox();
  box.store()
    .package('tool-1.0', { files: { 'bin/tool': '#!/bin/sh\necho "tool $TOOL_DATA"\n', 'lib/libx.so': 'x', 'share/tool/a': 'a' }, links: { 'bin/t': 'tool' }, env: { set: { TOOL_DATA: '${package}/share/tool' } } })
    .package('more/2.0', { files: { 'share/more/b': 'b' }, links: { 'share/more/up': '../../../../tool-1.0/share/tool/a', 'share/more/abs': `${box.store().path}/tool-1.0/lib` }, name: 'more' })
    .config({ packages: ['*', '*/*'] });
  nox(box, 'new', 'dev');
  nox(box, 'add', 'tool', 'more', '-p', 'dev');
  box.write(`${box.profiles}/dev/etc/mine`, 'mine');
  return box;
}

/** Packs, and unpacks into a new directory of that name; the path of the pack's root. */
function unpacked(box: Sandbox, directory: string, ...flags: string[]): string {
  const { generation, path } = nox(box, 'pack', 'dev', '-o', `${directory}.tar`, ...flags);
  fs.mkdirSync(raw(`${box.root}/${directory}`));
  execFileSync('tar', ['-xf', path, '-C', `${box.root}/${directory}`]);
  return `${box.root}/${directory}/dev-${generation}`;
}

/** Everything but nox's own scripts and record. */
const content = (root: string): Record<string, string> =>
  Object.fromEntries(Object.entries(layout(root)).filter(([path, text]) => !/^(\.nox\/[^/]*\.(json|sh|csh|fish)|(de)?activate(\.\w+)?)$/.test(path) && text !== 'dir'));

test('a pack holds the packages once, links that lead to them, and the files of the user', () => {
  const box = packable();
  const root = unpacked(box, 'out');
  expect(content(root)).toEqual({
    '.nox/stores/0/more/2.0/nox-package.yaml': expect.any(String),
    '.nox/stores/0/more/2.0/share/more/abs': '-> ../../../../tool-1.0/lib',
    '.nox/stores/0/more/2.0/share/more/b': 'file b',
    '.nox/stores/0/more/2.0/share/more/up': '-> ../../../../tool-1.0/share/tool/a',
    '.nox/stores/0/tool-1.0/bin/t': '-> tool',
    '.nox/stores/0/tool-1.0/bin/tool': expect.stringContaining('echo'),
    '.nox/stores/0/tool-1.0/lib/libx.so': 'file x',
    '.nox/stores/0/tool-1.0/nox-package.yaml': expect.any(String),
    '.nox/stores/0/tool-1.0/share/tool/a': 'file a',
    'bin/t': '-> ../.nox/stores/0/tool-1.0/bin/t',
    'bin/tool': '-> ../.nox/stores/0/tool-1.0/bin/tool',
    'etc/mine': 'file mine',
    'lib/libx.so': '-> ../.nox/stores/0/tool-1.0/lib/libx.so',
    'share/more/abs': '-> ../../.nox/stores/0/more/2.0/share/more/abs',
    'share/more/b': '-> ../../.nox/stores/0/more/2.0/share/more/b',
    'share/more/up': '-> ../../.nox/stores/0/more/2.0/share/more/up',
    'share/tool/a': '-> ../../.nox/stores/0/tool-1.0/share/tool/a',
  });
  expect(fs.readdirSync(`${box.profiles}/.nox/leases`)).toEqual([]);
});

test('a pack runs wherever it is unpacked, without store and profile', () => {
  const box = packable();
  const places = [unpacked(box, "it's one"), unpacked(box, 'two')];
  fs.rmSync(box.store().path, { recursive: true });
  fs.rmSync(`${box.home}/nix`, { recursive: true });
  for (const root of places) {
    const done = runCommand('/bin/sh', ['-c', '. "$1"; tool; cat "$2"/share/more/up', 'sh', `${root}/activate`, root]);
    expect(done).toEqual({ stdout: `tool ${root}/.nox/stores/0/tool-1.0/share/tool\na`, stderr: '', status: 0 });
  }
});

test('a program with a wrapper runs from a pack, without store and profile, and finds its package there', () => {
  const box = sandbox();
  const wrap = { 'bin/tool': { set: { HERE: '${profile}', OWN: '${package}/share' } } };
  box.store().package('deep/tool-1', { files: { 'bin/tool': '#!/bin/sh\necho "$HERE $OWN $0 $*"\n' }, remedies: { wrap }, name: 'tool' }).config({ packages: ['*/*'] });
  nox(box, 'new', 'dev');
  nox(box, 'add', 'tool', '-p', 'dev');
  const root = unpacked(box, "it's");
  fs.writeFileSync(`${box.store().path}/deep/tool-1/bin/tool`, '#!/bin/sh\necho another build\n');
  expect(runCommand(`${root}/bin/tool`, []).stdout).not.toContain('another');
  fs.rmSync(box.store().path, { recursive: true });
  fs.rmSync(`${box.home}/nix`, { recursive: true });
  const own = `${root}/.nox/stores/0/deep/tool-1`;
  expect(runCommand(`${root}/bin/tool`, ['a b'])).toEqual({ stdout: `${root} ${own}/share ${own}/bin/tool a b\n`, stderr: '', status: 0 });
  expect(fs.readFileSync(`${own}/bin/tool`, 'utf8')).toBe(fs.readFileSync(`${root}/.nox/wrapped/bin/tool`, 'utf8'));
  fs.rmSync(`${root}/.nox/stores`, { recursive: true });
  const { stderr, status } = runCommand(`${root}/bin/tool`, []);
  expect([status, stderr.trimEnd().split('\n')]).toEqual([127, [expect.stringContaining(`${root}/.nox/wrapped/bin/tool`)]]);
});

describe('the scripts of a pack', () => {
  const box = packable();
  const root = unpacked(box, "a  b'$x!");
  const env = { PATH: '/usr/bin:/bin', HOME: '/', LD_LIBRARY_PATH: '/mine' };

  describe.each(SHELLS)('in $name', (shell) => {
    const word = (path: string) => (shell.family === 'fish' ? `'${path.replaceAll(/['\\]/g, '\\$&')}'` : `'${path.replaceAll("'", "'\\''").replaceAll('!', shell.family === 'csh' ? '\\!' : '!')}'`);
    const suffix = shell.family === 'posix' ? '' : `.${shell.family}`;
    const source = (file: string) => `${shell.family === 'posix' ? '.' : 'source'} ${word(`${root}/${file}${suffix}`)}`;

    test.skipIf(isMissing(shell))(`${shell.name}: activate finds its place, deactivate restores exactly`, () => {
      const active = runShell(shell, [shell.strictest, source('activate')], { env });
      expect([active.stderr, active.output]).toEqual(['', '']);
      expect(active.environment).toMatchObject({ NOX_PROFILE: root, PATH: `${root}/bin:/usr/bin:/bin`, LD_LIBRARY_PATH: `${root}/lib:/mine`, TOOL_DATA: `${root}/.nox/stores/0/tool-1.0/share/tool` });
      const after = runShell(shell, [shell.strictest, source('activate'), source('activate'), source('deactivate')], { env });
      expect([after.stderr, after.environment]).toEqual(['', sorted(runShell(shell, [], { env }).environment)]);
    });
  });
});

test('the same generation gives the same bytes, in every form and whatever the umask', () => {
  const box = packable();
  for (const format of ['tar', 'tar.gz', ...(hasZstd ? ['tar.zst'] : [])]) {
    const first = nox(box, 'pack', 'dev', '-o', `one.${format}`);
    runCommand('/bin/sh', ['-c', `umask 077; ${binPath('nox-profile')} pack dev -o two --format ${format}`], { env: box.environment(), cwd: box.home });
    expect(first).toMatchObject({ format, path: `${box.home}/one.${format}`, packages: ['more/2.0', 'tool-1.0'], sha256: execFileSync('sha256sum', [`${box.home}/two`], { encoding: 'utf8' }).slice(0, 64) });
    expect(fs.readFileSync(`${box.home}/one.${format}`)).toEqual(fs.readFileSync(`${box.home}/two`));
    expect(fs.readdirSync(box.home).filter((name) => name.startsWith('.nox'))).toEqual([]);
  }
});

test('standard output is no file to pack to', () => {
  const box = packable();
  expect(box.json('nox-profile', ['pack', 'dev', '-o', '-', '--format', 'tar'], { status: 2 }).error.message).toContain('name a file');
  expect(fs.existsSync(`${box.home}/-`)).toBe(false);
});

test('times of files stay, the rest is from SOURCE_DATE_EPOCH; owners are 0, modes plain', () => {
  const box = packable();
  const pyc = `${box.store().path}/tool-1.0/share/tool/a`;
  fs.utimesSync(pyc, 1_234_567_890, 1_234_567_890);
  fs.chmodSync(pyc, 0o4775);
  fs.chmodSync(`${box.store().path}/tool-1.0/share/tool`, 0o555);
  fs.chmodSync(`${box.profiles}/dev/etc/mine`, 0o600);
  box.json('nox-profile', ['pack', 'dev', '-o', 'dev.tar'], { env: { SOURCE_DATE_EPOCH: '86400' } });
  const rows = execFileSync('tar', ['--utc', '-tvf', `${box.home}/dev.tar`], { encoding: 'utf8' }).split('\n').map((row) => row.split(/\s+/));
  const row = (path: string) => rows.find((one) => one[5] === `dev-1/${path}`)?.slice(0, 5).join(' ');
  expect(row('.nox/stores/0/tool-1.0/share/tool/a')).toBe('-rwxr-xr-x 0/0 1 2009-02-13 23:31');
  expect(row('.nox/stores/0/tool-1.0/share/tool/')).toBe('drwxr-xr-x 0/0 0 1970-01-02 00:00');
  expect(row('etc/mine')).toMatch(/^-rw------- 0\/0 4 /);
});

test('names of any bytes and length, hard links and empty files come out as they went in', () => {
  const box = sandbox();
  const odd = fromBytes(Buffer.from([0x61, 0xff, 0x0a, 0x22, 0x20]));
  const long = `${'d'.repeat(120)}/${'e'.repeat(200)}`;
  box.store().package('odd-1', { files: { [`share/${odd}`]: 'odd', [`share/${long}`]: 'long', 'share/one': 'same', 'share/empty': '' }, links: { 'share/far': long } });
  fs.linkSync(`${box.store().path}/odd-1/share/one`, `${box.store().path}/odd-1/share/two`);
  nox(box, 'new', 'dev');
  nox(box, 'add', 'odd', '-p', 'dev');
  const root = unpacked(box, 'out');
  expect(layout(`${root}/.nox/stores/0/odd-1`)).toEqual(layout(`${box.store().path}/odd-1`));
  expect(fs.statSync(`${root}/share/two`).ino).toBe(fs.statSync(`${root}/share/one`).ino);
});

test('folded directories lead to the packed package', () => {
  const box = sandbox();
  box.store().package('big-1', { files: { 'share/icons/deep/a': 'a' } });
  nox(box, 'new', 'dev', '--layout', 'folded');
  nox(box, 'add', 'big', '-p', 'dev');
  expect(fs.lstatSync(`${box.profiles}/dev/share/icons`).isSymbolicLink()).toBe(true);
  expect(fs.readFileSync(`${unpacked(box, 'out')}/share/icons/deep/a`, 'utf8')).toBe('a');
});

test('links that lead out are refused, packed too, or kept, as told; those to nowhere and to devices stay', () => {
  const box = sandbox();
  const secret = box.write('elsewhere/secret', 'secret');
  fs.symlinkSync('secret', `${box.root}/elsewhere/alias`);
  const links = { 'share/file': secret, 'share/tree': '../../../elsewhere', 'share/null': '/dev/null', 'share/gone': '/nonexistent/x', 'share/back': `${box.root}/central/odd-1/share` };
  box.store().package('odd-1', { links });
  nox(box, 'new', 'dev');
  nox(box, 'add', 'odd', '-p', 'dev');
  const refused = box.json('nox-profile', ['pack', 'dev', '-o', 'x.tar'], { status: 4 });
  expect(refused.error.data.links).toEqual(['file', 'tree'].map((name) => ({ path: `${box.store().path}/odd-1/share/${name}`, target: links[`share/${name}` as keyof typeof links].replace('../../..', box.root) })));
  expect(fs.existsSync(`${box.home}/x.tar`)).toBe(false);

  const kept = layout(`${unpacked(box, 'kept', '--outside', 'keep')}/.nox/stores/0/odd-1/share`);
  expect(kept).toEqual({ back: '-> .', file: `-> ${secret}`, gone: '-> /nonexistent/x', null: '-> /dev/null', tree: `-> ${box.root}/elsewhere` });
  const copied = unpacked(box, 'copied', '--outside', 'copy');
  expect([fs.readFileSync(`${copied}/share/tree/alias`, 'utf8'), fs.realpathSync(`${copied}/share/file`).startsWith(copied)]).toEqual(['secret', true]);
});

test('--dry-run says the same and writes nothing', () => {
  const box = packable();
  const before = layout(box.root);
  const told = nox(box, 'pack', 'dev', '-o', 'dev.tar', '--dry-run');
  expect(told).toMatchObject({ dryRun: true, bytes: null, sha256: null, generation: 1, path: `${box.home}/dev.tar` });
  expect(layout(box.root)).toEqual(before);
  expect(nox(box, 'pack', 'dev', '-o', 'dev.tar')).toEqual({ ...told, dryRun: false, bytes: fs.statSync(`${box.home}/dev.tar`).size, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test('a pack that fails leaves the file that was there, and no draft', () => {
  const box = packable();
  box.write('home/dev.squashfs', 'older');
  expect(box.run('nox-profile', ['pack', 'dev', '-o', 'dev.squashfs'], { env: { PATH: '/nonexistent' } }).status).toBe(8);
  expect(layout(box.home)['dev.squashfs']).toBe('file older');
  expect(fs.readdirSync(box.home).filter((name) => name.startsWith('.nox'))).toEqual([]);
});

test('what the caller of nox-run ignores stays ignored, and nothing else is', () => {
  const box = packable();
  const root = unpacked(box, 'dev');
  const mask = 'sed -n s/SigIgn://p /proc/self/status';
  for (const ignored of ['HUP', 'TERM USR2', 'HUP INT QUIT TERM USR1 USR2']) {
    const { stdout } = runCommand('bash', ['-c', `trap '' ${ignored}; ${mask}; ${path.dirname(binPath('nox-profile'))}/nox-run '${root}' -- ${mask}`], { env: box.environment(), cwd: box.home });
    expect(stdout).toMatch(/^(\s+[0-9a-f]+\n)\1$/);
  }
});

test('nox-run -v says how a pack is used that is not mounted, and --at holds there or is refused', () => {
  const box = packable();
  const root = unpacked(box, 'out');
  const TMPDIR = `${box.root}/tmp`;
  fs.mkdirSync(TMPDIR);
  // Without bubblewrap, wherever the tests run.
  const tools = `${box.root}/tools`;
  fs.mkdirSync(tools);
  for (const name of ['sh', 'env', 'od', 'dd', 'tr', 'tar', 'gzip', 'stat', 'id', 'ls', 'mkdir', 'rm', 'rmdir', 'ln', 'cat', 'find', 'readlink', 'head', 'chmod', 'sleep']) {
    fs.symlinkSync(runCommand('/bin/sh', ['-c', `command -v ${name}`]).stdout.trim(), `${tools}/${name}`);
  }
  const run = (...words: string[]) => runCommand('/bin/sh', [binPath('nox-profile').replace(/profile$/, 'run'), ...words, '--', 'sh', '-c', 'echo "$NOX_PROFILE"'], { env: { TMPDIR, PATH: tools }, cwd: box.home });
  expect(run('-v', root)).toEqual({ stdout: `${root}\n`, stderr: `nox-run: the pack is unpacked already\nnox-run: the pack is used where it is: ${root}\n`, status: 0 });
  const tar = run('-v', 'out.tar');
  const place = tar.stdout.trim();
  expect(tar).toMatchObject({ stderr: `nox-run: the pack is unpacked to ${place}: a tar cannot be mounted\nnox-run: the pack is used where it is: ${place}\n`, status: 0 });
  expect(run('out.tar').stderr).toBe('');
  // nox-run looks there, whatever PATH says.
  if (['/usr/sbin/bwrap', '/sbin/bwrap'].some((at) => fs.existsSync(at))) return;
  for (const image of [root, 'out.tar']) expect(run(image, '--at', '/opt/x')).toEqual({ stdout: '', stderr: 'nox-run: --at needs bubblewrap: bwrap is not there (Debian: bubblewrap)\n', status: 8 });
});

test('nox-run runs a command in an unpacked pack and in a tar, which is unpacked once', () => {
  const box = packable();
  const root = unpacked(box, 'out');
  const TMPDIR = `${box.root}/tmp`;
  fs.mkdirSync(TMPDIR);
  const run = (image: string, ...words: string[]) => runCommand(binPath('nox-profile').replace(/profile$/, 'run'), [image, '--', ...words], { env: { TMPDIR }, cwd: box.home });
  expect(run(root, 'tool')).toEqual({ stdout: `tool ${root}/.nox/stores/0/tool-1.0/share/tool\n`, stderr: '', status: 0 });
  const places = [1, 2].map(() => run('../home/out.tar', 'sh', '-c', 'cd "$NOX_PROFILE" && pwd -P; tool >/dev/null'));
  expect(places[0]).toEqual({ stdout: expect.stringMatching(new RegExp(`^${TMPDIR}/nox-run-cache-\\d+/tree\\.[^/]+/dev-1\n$`)), stderr: '', status: 0 });
  expect(places[1]).toEqual(places[0]);
  expect([run(root, 'sh', '-c', 'exit 42'), run(root, 'nope'), run(root, '/etc/passwd'), run(`${root}/bin`, 'x'), run(root)].map(({ status }) => status)).toEqual([42, 127, 126, 125, 125]);
  expect(fs.readdirSync(TMPDIR).filter((name) => !name.includes('cache'))).toEqual([]);
});
