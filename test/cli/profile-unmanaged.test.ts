import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, startCommand } from '../support/cli.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

function started() {
  const box = sandbox();
  const store = box.store()
    .package('a-1', { files: { 'bin/a': 'a', 'lib/python/x.py': '1' } })
    .package('b-1', { files: { 'bin/b': 'b' } })
    .package('c-1', { files: { 'bin/mine': 'theirs' } });
  box.json('nox-profile', ['add', 'a']);
  const dev = `${box.profiles}/default`;
  fs.writeFileSync(`${dev}/bin/mine`, 'mine', { mode: 0o755 });
  fs.mkdirSync(`${dev}/own/deep`, { recursive: true });
  fs.chmodSync(`${dev}/own`, 0o750);
  fs.writeFileSync(`${dev}/own/deep/file`, 'deep');
  fs.symlinkSync('../bin/a', `${dev}/own/link`);
  fs.mkdirSync(`${dev}/empty`);
  return { box, store, dev };
}

const own = ['bin/mine', 'empty/', 'own/'];

test('status lists them, and a new generation carries them', () => {
  const { box, dev } = started();
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(own);
  box.json('nox-profile', ['add', 'b']);
  box.json('nox-profile', ['del', 'b']);
  box.json('nox-profile', ['del', 'a']);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(['bin/', 'empty/', 'own/']);
  expect([fs.readFileSync(`${dev}/bin/mine`, 'utf8'), fs.readFileSync(`${dev}/own/deep/file`, 'utf8'), fs.readlinkSync(`${dev}/own/link`)]).toEqual(['mine', 'deep', '../bin/a']);
  expect(fs.statSync(`${dev}/bin/mine`).mode & 0o777).toBe(0o755);
  expect(fs.statSync(`${dev}/own`).mode & 0o777).toBe(0o750);
  expect(fs.readdirSync(`${dev}/empty`)).toEqual([]);
});

test('a directory of theirs keeps its mode and time', () => {
  const { box, dev } = started();
  fs.mkdirSync(`${dev}/old/er`, { recursive: true });
  fs.writeFileSync(`${dev}/old/er/file`, '');
  for (const [directory, mode] of [['old/er', 0o500], ['old', 0o555]] as const) {
    fs.utimesSync(`${dev}/${directory}`, 1e9, 1e9);
    fs.chmodSync(`${dev}/${directory}`, mode);
  }
  for (const [command, id] of [['add', 'b'], ['del', 'a']] as const) box.json('nox-profile', [command, id]);
  const modeAndTime = (directory: string) => [fs.statSync(`${dev}/${directory}`).mode & 0o777, fs.statSync(`${dev}/${directory}`).mtimeMs];
  expect([modeAndTime('old'), modeAndTime('old/er')]).toEqual([[0o555, 1e12], [0o500, 1e12]]);
  expect(fs.existsSync(`${dev}/old/er/file`)).toBe(true);
});

test('an empty directory of theirs stays when a package that filled it leaves', () => {
  const { box, store, dev } = started();
  store.package('d-1', { files: { 'empty/d': '' } });
  box.json('nox-profile', ['add', 'd']);
  box.json('nox-profile', ['add', 'b']);
  box.json('nox-profile', ['del', 'd']);
  expect(fs.readdirSync(`${dev}/empty`)).toEqual([]);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(own);
  box.json('nox-profile', ['add', 'd']);
  fs.rmSync(`${dev}/empty`, { recursive: true });
  box.json('nox-profile', ['del', 'd']);
  expect(fs.existsSync(`${dev}/empty`)).toBe(false);
});

test('one at a path that a package brings is a collision; hiding the path keeps the file', () => {
  const { box, dev } = started();
  const refused = box.json('nox-profile', ['add', 'c'], { status: 4 });
  expect(refused.error).toMatchObject({ code: 'collision', hint: 'nox-profile add c --hide bin/mine' });
  expect(refused.error.message).toContain('a file of yours in the profile');
  box.json('nox-profile', ['add', 'c', '--hide', 'bin/mine']);
  expect(fs.readFileSync(`${dev}/bin/mine`, 'utf8')).toBe('mine');
});

test('preferring the package shows its file, and the user\'s stays in the earlier generation', () => {
  const { box, store, dev } = started();
  expect(box.json('nox-profile', ['add', 'c', '--prefer', 'c', '--dry-run']).outOfView).toEqual(['bin/mine']);
  expect(box.run('nox-profile', ['add', 'c', '--prefer', 'c']).stdout).toBe('+ c-1\nprefer: + c\ndefault: now at generation 2, was at generation 1\nout of view now, and kept in the generation left:\n  bin/mine\n');
  expect(box.json('nox-profile', ['add', 'b']).outOfView).toEqual([]);
  expect(fs.readlinkSync(`${dev}/bin/mine`)).toBe(`${store.path}/c-1/bin/mine`);
  expect(fs.readFileSync(`${box.profiles}/.nox/profiles/default/generations/1/bin/mine`, 'utf8')).toBe('mine');
});

test('a link of the farm that the user replaced is the user\'s, and a link they removed comes back', () => {
  const { box, dev } = started();
  fs.rmSync(`${dev}/lib/python/x.py`);
  box.json('nox-profile', ['add', 'b']);
  expect(fs.readFileSync(`${dev}/lib/python/x.py`, 'utf8')).toBe('1');
  fs.rmSync(`${dev}/bin/a`);
  fs.writeFileSync(`${dev}/bin/a`, 'patched');
  expect(box.json('nox-profile', ['status']).unmanaged).toContain('bin/a');
  expect(box.json('nox-profile', ['del', 'b'], { status: 4 }).error.code).toBe('collision');
  box.json('nox-profile', ['del', 'b', '--hide', 'bin/a']);
  expect(fs.readFileSync(`${dev}/bin/a`, 'utf8')).toBe('patched');
});

test('rollback and switch say what goes out of view, and --carry keeps it', () => {
  const { box, dev } = started();
  expect(box.json('nox-profile', ['rollback', '--dry-run']).outOfView).toEqual(own);
  const back = box.json('nox-profile', ['rollback']);
  expect(back).toMatchObject({ generation: 0, outOfView: own });
  expect(fs.existsSync(`${dev}/bin/mine`)).toBe(false);
  box.json('nox-profile', ['switch', '1']);
  expect(fs.readFileSync(`${dev}/bin/mine`, 'utf8')).toBe('mine');
  const carried = box.json('nox-profile', ['switch', '0', '--carry']);
  expect(carried).toMatchObject({ generation: 2, outOfView: [] });
  expect(fs.readFileSync(`${dev}/bin/mine`, 'utf8')).toBe('mine');
  expect(box.json('nox-profile', ['list', 'default']).packages).toEqual([]);
});

test('--carry keeps what either generation has; where both have a file of one path, the one shown stays and the other is named', () => {
  const { box, dev } = started();
  box.json('nox-profile', ['switch', '0']);
  fs.mkdirSync(`${dev}/bin`);
  fs.mkdirSync(`${dev}/own`);
  fs.writeFileSync(`${dev}/bin/mine`, 'newer');
  fs.writeFileSync(`${dev}/own/more`, 'more');
  expect(box.json('nox-profile', ['switch', '1', '--carry', '--dry-run']).outOfView).toEqual(['bin/mine']);
  const { stdout } = box.run('nox-profile', ['switch', '1', '--carry']);
  expect(stdout).toBe('+ a-1\ndefault: now at generation 2, was at generation 0\nout of view now, and kept in the generation that was asked for:\n  bin/mine\n');
  expect(fs.readdirSync(`${dev}/own`).sort()).toEqual(['deep', 'link', 'more']);
  expect([fs.readFileSync(`${dev}/bin/mine`, 'utf8'), fs.readFileSync(`${dev}/own/deep/file`, 'utf8'), fs.readFileSync(`${dev}/bin/a`, 'utf8')]).toEqual(['newer', 'deep', 'a']);
  expect(fs.statSync(`${dev}/own`).mode & 0o777).toBe(0o755);
  expect(fs.readdirSync(`${dev}/empty`)).toEqual([]);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(own);
});

test('a directory that the other generation shows as well does not go out of view', () => {
  const { box, store, dev } = started();
  fs.mkdirSync(`${dev}/data/raw`, { recursive: true });
  fs.writeFileSync(`${dev}/data/raw/run1`, '1');
  store.package('d-1', { files: { 'bin/d': '' } });
  box.json('nox-profile', ['add', 'd']);
  expect(box.json('nox-profile', ['rollback', '--dry-run']).outOfView).toEqual([]);
  fs.writeFileSync(`${dev}/data/raw/run2`, '2');
  expect(box.json('nox-profile', ['rollback']).outOfView).toEqual(['data/']);
});

test.skipIf(process.getuid?.() !== 0)('a directory of theirs that may not be read is named as such (as an ordinary user)', () => {
  const { box, store, dev } = started();
  store.package('d-1', { files: { 'bin/d': '' } });
  fs.chmodSync(`${dev}/own`, 0o700);
  const { stderr, status } = box.run('nox-profile', ['add', 'd', '--dry-run'], { unprivileged: true });
  const secret = `${box.profiles}/.nox/profiles/default/generations/1/own`;
  expect([stderr, status]).toEqual([expect.stringContaining(`nox-profile: cannot read directory "${secret}": permission denied\n`), 8]);
});

test('a profile that holds them is not removed unless told so', () => {
  const { box, dev } = started();
  const refused = box.json('nox-profile', ['remove', 'default'], { status: 4 });
  expect(refused.error.data.paths).toEqual(own.map((path) => `1: ${path}`));
  expect(fs.existsSync(`${dev}/bin/mine`)).toBe(true);
  box.json('nox-profile', ['remove', 'default', '--discard-unmanaged']);
  expect(fs.readdirSync(box.profiles)).toEqual(['.nox']);
});

test('a recorded preference never hides a file of the user\'s', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/x': 'a' } }).package('b-1', { files: { 'bin/x': 'b' } }).package('c-1', { files: { 'bin/c': '' } });
  box.json('nox-profile', ['add', 'a', 'b', '--prefer', 'a']);
  const file = `${box.profiles}/default/bin/x`;
  fs.rmSync(file);
  fs.writeFileSync(file, 'mine');
  expect(box.json('nox-profile', ['add', 'c'], { status: 4 }).error).toMatchObject({ code: 'collision', hint: 'nox-profile add c --hide bin/x' });
  box.json('nox-profile', ['add', 'c', '--hide', 'bin/x']);
  expect(fs.readFileSync(file, 'utf8')).toBe('mine');
});

test('a file of the user\'s stays where a package brings the same, or one that belongs to nobody', () => {
  const { box, store, dev } = started();
  store.package('d-1', { files: { 'bin/mine': 'mine', 'lib/python/easy-install.pth': 'theirs' } });
  fs.chmodSync(store.pathOf('d-1/bin/mine'), 0o755);
  fs.writeFileSync(`${dev}/lib/python/easy-install.pth`, 'mine');
  box.json('nox-profile', ['add', 'd']);
  expect(fs.readFileSync(`${dev}/lib/python/easy-install.pth`, 'utf8')).toBe('mine');
  expect(fs.lstatSync(`${dev}/bin/mine`).isFile()).toBe(true);
  box.json('nox-profile', ['del', 'd']);
  expect(fs.readFileSync(`${dev}/bin/mine`, 'utf8')).toBe('mine');
});

test('a colon in a path to hide is no package', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'share/man/man3/Foo::Bar.3': '', 'share/man/man3/Foo.3': '' } });
  box.json('nox-profile', ['add', 'a', '--hide', 'share/man/man3/Foo::Bar.3']);
  expect(fs.readdirSync(`${box.profiles}/default/share/man/man3`)).toEqual(['Foo.3']);
});

test('a release holds copies that do not change with their originals, without set-user-id', () => {
  const { box, dev } = started();
  fs.chmodSync(`${dev}/bin/mine`, 0o4755);
  box.json('nox-profile', ['publish', '--releases', `${box.root}/releases`]);
  const released = `${box.root}/releases/default/bin/mine`;
  expect(fs.statSync(released).mode & 0o7777).toBe(0o555);
  fs.writeFileSync(`${dev}/bin/mine`, 'changed');
  expect(fs.readFileSync(released, 'utf8')).toBe('mine');
});

/** A profile of so many links that its first directories are known by their times. */
function withMany() {
  const box = sandbox();
  const store = box.store().package('b-1', { files: { 'bin/b': 'b' } });
  for (let at = 0; at < 200; at += 1) {
    const directory = `${store.pathOf('many-1')}/share/m${String(at).padStart(3, '0')}`;
    fs.mkdirSync(directory, { recursive: true });
    for (let link = 0; link < 20; link += 1) fs.symlinkSync('x', `${directory}/f${link}`);
  }
  box.json('nox-profile', ['add', 'many']);
  return { box, dev: `${box.profiles}/default` };
}

test('one in a directory that got its old time back, as a backup copied over it gives it, is carried', () => {
  const { box, dev } = withMany();
  execFileSync('cp', ['-a', `${box.profiles}/.`, `${box.root}/backup`]);
  fs.writeFileSync(`${dev}/share/m000/mine`, 'mine');
  execFileSync('cp', ['-a', `${box.root}/backup/.`, box.profiles]);
  box.json('nox-profile', ['add', 'b']);
  expect(fs.readFileSync(`${dev}/share/m000/mine`, 'utf8')).toBe('mine');
});

test('a directory in the place of another of the same time does not pass for it', () => {
  const { box, dev } = withMany();
  const [first, second] = [`${dev}/share/m000`, `${dev}/share/m001`];
  execFileSync('touch', ['-r', first, `${box.root}/time`]);
  fs.rmSync(first, { recursive: true });
  execFileSync('cp', ['-a', second, first]);
  execFileSync('touch', ['-r', `${box.root}/time`, first]);
  expect(box.json('nox-profile', ['add', 'b'], { status: 4 }).error.code).toBe('collision');
});

/** Runs a command, holding it each time when it has planned a generation and not yet built it, once for each of these. */
const whileBuilding = (box: Sandbox, args: string[], rounds: Array<() => void>) => whileHeld(box, 'before-publish', args, rounds);

async function whileHeld(box: Sandbox, where: string, args: string[], rounds: Array<() => void>) {
  const points = fs.mkdtempSync(`${box.root}/points-`);
  const [point, next] = [`${points}/${where}`, `${points}/next`];
  execFileSync('mkfifo', [point]);
  const ended = box.start('nox-profile', args, { env: { NOX_SYNC_POINTS: points } });
  for (const [at, round] of rounds.entries()) {
    const fifo = await fs.promises.open(point, 'w');
    round();
    if (at === rounds.length - 1) fs.rmSync(point);
    else {
      execFileSync('mkfifo', [next]);
      fs.renameSync(next, point);
    }
    await fifo.close();
  }
  return ended;
}

test('what comes into the profile while another generation is built is in it, and what goes is not', async () => {
  const { box, dev } = started();
  fs.writeFileSync(`${dev}/own/edited`, 'old');
  fs.writeFileSync(`${dev}/own/going`, '');
  const before = fs.realpathSync(dev);
  const added = await whileBuilding(box, ['add', 'b'], [() => {
    fs.writeFileSync(`${dev}/bin/late`, 'late');
    fs.writeFileSync(`${dev}/own/deep/late`, 'late');
    fs.mkdirSync(`${dev}/fresh`);
    fs.writeFileSync(`${dev}/fresh/late`, 'late');
    fs.writeFileSync(`${dev}/own/.edited`, 'new');
    fs.renameSync(`${dev}/own/.edited`, `${dev}/own/edited`);
    fs.rmSync(`${dev}/own/going`);
  }]);
  expect(added).toMatchObject({ status: 0, stderr: '' });
  expect(fs.realpathSync(dev)).not.toBe(before);
  for (const file of ['bin/late', 'own/deep/late', 'fresh/late']) expect(fs.readFileSync(`${dev}/${file}`, 'utf8')).toBe('late');
  expect(fs.readFileSync(`${dev}/own/edited`, 'utf8')).toBe('new');
  expect(fs.existsSync(`${dev}/own/going`)).toBe(false);
  expect(fs.readlinkSync(`${dev}/bin/b`)).toContain('/b-1/bin/b');
});

test('whoever keeps putting files there does not hold up a change, and it says what it left behind', async () => {
  const { box, dev } = started();
  const first = fs.realpathSync(dev);
  const put = (name: string) => (): void => fs.writeFileSync(`${dev}/bin/${name}`, name);
  const added = await whileBuilding(box, ['add', 'b', '--wait', '0'], [put('first'), put('second'), put('third')]);
  expect(added).toMatchObject({ status: 0, stderr: 'nox-profile: "bin/third" came into generation 1 of "default" while generation 2 was being built, and stayed in "' + `${first}"\n` });
  expect(fs.readdirSync(`${dev}/bin`).sort()).toEqual(['a', 'b', 'first', 'mine', 'second']);
  expect(box.json('nox-profile', ['prune', '--keep', '1', '--older-than', '0'], { status: 4 }).error.message).toContain('1: bin/third');
});

test.skipIf(spawnSync('strace', ['-V']).status !== 0)('what comes while the new generation is forced to disk is in it, too', async () => {
  const { box, dev } = started();
  const slow = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=100000', binPath('nox-profile'), 'add', 'b'];
  const ended = startCommand('strace', slow, { env: box.environment(), cwd: box.home });
  const staging = `${box.profiles}/.nox/profiles/default/staging`;
  await expect.poll(() => fs.readdirSync(staging).some((name) => fs.existsSync(`${staging}/${name}/tree/.nox/manifest.json`)), { timeout: 20_000, interval: 10 }).toBe(true);
  fs.writeFileSync(`${dev}/bin/late`, 'late');
  expect(await ended).toMatchObject({ status: 0, stderr: '' });
  expect(fs.readdirSync(`${dev}/bin`).sort()).toEqual(['a', 'b', 'late', 'mine']);
});

test('what comes after the last look of the one that builds, while the profile still shows the generation before, is named', async () => {
  const box = sandbox();
  box.store().package('b-1', { files: { 'bin/b': 'b' } }).package('tool-1', { files: { 'bin/tool-config': 'prefix=/opt/aaa\n' }, remedies: { rewrite: { 'bin/*': { '/opt/aaa': '/opt/bbb' } } } });
  box.json('nox-profile', ['add', 'tool']);
  const dev = `${box.profiles}/default`;
  const first = fs.realpathSync(dev);
  const late = (what: () => void) => whileHeld(box, 'before-link', ['add', 'b'], [what]);
  const told = (path: string): string => `nox-profile: "${path}" came into generation 1 of "default" while generation 2 was being built, and stayed in "${first}"\n`;
  expect((await late(() => fs.writeFileSync(`${dev}/bin/late`, ''))).stderr).toBe(told('bin/late'));
  box.json('nox-profile', ['rollback']);
  fs.rmSync(`${dev}/bin/late`);
  expect((await whileHeld(box, 'before-link', ['add', 'b'], [() => {
    fs.chmodSync(`${dev}/bin/tool-config`, 0o644);
    fs.appendFileSync(`${dev}/bin/tool-config`, '#mine\n');
  }])).stderr).toBe(told('bin/tool-config').replace('generation 2', 'generation 3'));
});

test('a link replaced while another generation is built from it is a file of the user\'s', async () => {
  const { box, dev } = withMany();
  const replace = (): void => {
    fs.writeFileSync(`${dev}/share/m000/.new`, 'mine');
    fs.renameSync(`${dev}/share/m000/.new`, `${dev}/share/m000/f0`);
  };
  expect((await whileBuilding(box, ['add', 'b'], [replace])).stderr).toContain('share/m000/f0');
  expect(fs.existsSync(`${dev}/bin/b`)).toBe(false);
  const put = (name: string) => (): void => fs.writeFileSync(`${dev}/share/m000/${name}`, '');
  const added = await whileBuilding(box, ['add', 'b', '--hide', 'share/m000/f0'], [put('1'), put('2'), () => {
    fs.rmSync(`${dev}/share/m001/f0`);
    fs.writeFileSync(`${dev}/share/m001/f0`, 'mine');
  }]);
  expect(added.status).toBe(0);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(['share/m000/1', 'share/m000/2', 'share/m000/f0', 'share/m001/f0']);
  box.json('nox-profile', ['del', 'many']);
  expect(fs.readFileSync(`${dev}/share/m001/f0`, 'utf8')).toBe('mine');
});

test('one of the size and time of a file that nox made is told from it by its content', () => {
  const box = sandbox();
  const store = box.store().package('b-1', { files: { 'bin/b': 'b' } }).package('tool-1', { files: { 'bin/tool-config': 'prefix=/opt/aaa\n' }, remedies: { rewrite: { 'bin/*': { '/opt/aaa': '/opt/bbb' } } } });
  const original = store.pathOf('tool-1/bin/tool-config');
  fs.utimesSync(original, 1e9, 1e9);
  box.json('nox-profile', ['add', 'tool']);
  const file = `${box.profiles}/default/bin/tool-config`;
  expect(fs.readFileSync(file, 'utf8')).toBe('prefix=/opt/bbb\n');
  execFileSync('cp', ['-p', '--remove-destination', original, file]);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(['bin/tool-config']);
  expect(box.json('nox-profile', ['remove', 'default'], { status: 4 }).error.code).toBe('unmanaged-files');
});

test('owner says of the user\'s own file that it is no package\'s, in the place of a link, too', () => {
  const { box, dev } = started();
  const owner = (what: string, status: number) => box.json('nox-profile', ['owner', what], { status });
  expect(owner('mine', 3).error).toMatchObject({ code: 'no-owner', data: { unmanaged: 'bin/mine' }, message: '"bin/mine" is no package\'s in the profile "default": nox did not install it', hint: 'nox-profile status default' });
  expect(owner('a', 0).id).toBe('a-1');
  fs.rmSync(`${dev}/bin/a`);
  expect(owner('a', 3).error.data.unmanaged).toBe(null);
  fs.writeFileSync(`${dev}/bin/a`, 'mine');
  expect(owner('a', 3).error.data.unmanaged).toBe('bin/a');
  expect(owner(`${dev}/own/deep/file`, 3).error.data.unmanaged).toBe('own/deep/file');
});
