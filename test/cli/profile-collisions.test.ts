import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';

const target = (file: string): string => fs.readlinkSync(file);

function withRivals() {
  const box = sandbox();
  const store = box.store()
    .package('a-1', { files: { 'bin/tool': 'a', 'share/x': 'a', 'bin/a': 'a' } })
    .package('b-1', { files: { 'bin/tool': 'b', 'share/x': 'b', 'bin/b': 'b' } });
  return { box, store, dev: `${box.profiles}/default` };
}

test('all collisions are listed, nothing changes, and the suggested command resolves them', () => {
  const { box, store, dev } = withRivals();
  box.json('nox-profile', ['add', 'a']);
  const refused = box.run('nox-profile', ['add', 'b']);
  expect(refused).toEqual({
    status: 4,
    stdout: '',
    stderr: [
      'nox-profile: 2 paths are brought more than once, so the profile "default" stays as it is:',
      `  bin/tool: a-1 (${store.path}), b-1 (${store.path})`,
      `  share/x: a-1 (${store.path}), b-1 (${store.path})`,
      'hint: nox-profile add b --prefer b',
      '',
    ].join('\n'),
  });
  expect(fs.existsSync(`${dev}/bin/b`)).toBe(false);
  expect(box.run('nox-profile', ['add', 'b', '--prefer', 'b']).status).toBe(0);
  expect([target(`${dev}/bin/tool`), target(`${dev}/share/x`)]).toEqual([`${store.path}/b-1/bin/tool`, `${store.path}/b-1/share/x`]);
});

test('the choice is recorded and holds for later generations', () => {
  const { box, store, dev } = withRivals();
  store.package('c-1', { files: { 'bin/c': 'c' } });
  box.json('nox-profile', ['add', 'a', 'b', '--prefer', 'a-1']);
  box.json('nox-profile', ['add', 'c']);
  expect(target(`${dev}/bin/tool`)).toBe(`${store.path}/a-1/bin/tool`);
  expect(box.json('nox-profile', ['status']).prefer).toEqual(['a']);
  expect(box.json('nox-profile', ['del', 'a']).generation).toBe(3);
  expect(box.json('nox-profile', ['status']).prefer).toEqual([]);
});

test('hidden paths are left out, of all packages or of one', () => {
  const { box, store, dev } = withRivals();
  box.json('nox-profile', ['add', 'a', 'b', '--hide', 'share', '--hide', 'a:bin/t*']);
  expect(fs.existsSync(`${dev}/share`)).toBe(false);
  expect(target(`${dev}/bin/tool`)).toBe(`${store.path}/b-1/bin/tool`);
  expect(box.json('nox-profile', ['status']).hide).toEqual(['share', 'a:bin/t*']);
  expect(box.json('nox-profile', ['add', 'a', '--unhide', 'a:bin/t*'], { status: 4 }).error.code).toBe('collision');
});

test('the package of the lower priority number wins', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { f: 'a' } }).package('b-1', { files: { f: 'b' }, priority: 4 });
  box.json('nox-profile', ['add', 'a', 'b']);
  expect(target(`${box.profiles}/default/f`)).toBe(`${store.path}/b-1/f`);
});

test('equal files do not collide, unless their execute bits differ', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { f: 'same' } }).package('b-1', { files: { f: 'same' } });
  box.json('nox-profile', ['add', 'a', 'b']);
  fs.chmodSync(store.pathOf('b-1/f'), 0o755);
  box.json('nox-profile', ['new', 'x']);
  expect(box.json('nox-profile', ['add', 'a', 'b', '-p', 'x'], { status: 4 }).error.data.collisions).toHaveLength(1);
});

test('links that lead to the same place do not collide', () => {
  const box = sandbox();
  box.store().package('a-1', { links: { sh: '/bin/sh' } }).package('b-1', { links: { sh: '/bin/../bin/sh' } });
  expect(box.json('nox-profile', ['add', 'a', 'b']).generation).toBe(1);
});

test('a directory link inside its package meets a directory: a real directory with links to both', () => {
  const box = sandbox();
  const store = box.store()
    .package('a-1', { files: { 'lib/x.so': 'x' }, links: { lib64: 'lib' } })
    .package('b-1', { files: { 'lib64/y.so': 'y' } });
  box.json('nox-profile', ['add', 'a', 'b']);
  const lib64 = `${box.profiles}/default/lib64`;
  expect(fs.lstatSync(lib64).isDirectory()).toBe(true);
  expect([target(`${lib64}/x.so`), target(`${lib64}/y.so`)]).toEqual([`${store.path}/a-1/lib/x.so`, `${store.path}/b-1/lib64/y.so`]);
});

test('names are bytes: not UTF-8, newlines, quotes and escapes are linked exactly and printed escaped', () => {
  const box = sandbox();
  const names = ['caf\udce9', 'new\nline', ' two  spaces ', 'quo"te\'s', '\u001b[31mred', 'back\\slash', '-dash', 'snow\u2603', '\udcff\udcfe'];
  const files = Object.fromEntries(names.map((name) => [`share/${name}/${name}`, name]));
  box.store().package('odd-1', { files }).package('rival-1', { files: { 'share/\u001b[31mred/\u001b[31mred': 'other' } });
  box.json('nox-profile', ['add', 'odd']);
  const made = fs.readdirSync(`${box.profiles}/default/share`, { encoding: 'buffer' }).map((name) => name.toString('latin1')).sort();
  expect(made).toEqual(names.map((name) => (name.includes('\udce9') ? 'caf\u00e9' : name === '\udcff\udcfe' ? '\u00ff\u00fe' : Buffer.from(name).toString('latin1'))).sort());
  for (const name of fs.readdirSync(`${box.profiles}/default/share`, { encoding: 'buffer' })) {
    const file = Buffer.concat([Buffer.from(`${box.profiles}/default/share/`), name, Buffer.from('/'), name]);
    expect(fs.statSync(file).isFile()).toBe(true);
  }
  const refused = box.run('nox-profile', ['add', 'rival']);
  expect(refused.stderr).toContain('share/\\x1b[31mred/\\x1b[31mred: odd-1');
  expect(refused.stderr).not.toContain('\u001b');
  expect(box.json('nox-profile', ['add', 'rival', '--prefer', 'rival']).generation).toBe(2);
});

test('a pattern is recorded as paths are written, refused where it can match nothing, and told where it does not', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '', 'share/doc/a/README': '', 'share/man/man3/A::B.3': '' } }).package('b-1', { files: { 'bin/b': '' } });
  const dev = `${box.profiles}/default`;
  expect(box.run('nox-profile', ['add', 'a', '--hide', 'share/doc/', '--hide', './share//man/man3/A::B.3']).stderr).toBe('');
  expect(fs.readdirSync(`${dev}/share`)).toEqual(['man']);
  expect(fs.readdirSync(`${dev}/share/man/man3`)).toEqual([]);
  expect(box.json('nox-profile', ['status']).hide).toEqual(['share/doc', 'share/man/man3/A::B.3']);
  box.json('nox-profile', ['add', 'a', '--unhide', 'share/doc/']);
  expect(box.json('nox-profile', ['status']).hide).toEqual(['share/man/man3/A::B.3']);
  expect(box.run('nox-profile', ['add', 'b', '--hide', 'zz:bin/b', '--hide', 'b:bin//b']).stderr).toBe('nox-profile: "zz:bin/b" hides nothing: no package of the profile brings such a path\n');
  expect(box.run('nox-profile', ['del', 'b']).stderr).toBe('');
  expect(box.run('nox-profile', ['add', 'a', '--unhide', 'share/dok', '--no-copy', 'x']).stderr).toBe('nox-profile: the profile has no --hide "share/dok" to take back\nnox-profile: the profile has no --copy "x" to take back\n');
  expect([':bin/x', 'a:../x', '/', './'].map((pattern) => box.json('nox-profile', ['add', 'b', '--hide', pattern], { status: 2 }).error.message)).toEqual([
    '--hide ":bin/x": there is no package before ":"', '--hide "a:../x": a path in a profile has no ".."', '--hide "/": it names no path', '--hide "./": it names no path',
  ]);
});

test('what is preferred goes together with directories of others, and only what is no directory gives way', () => {
  const box = sandbox();
  box.store().package('p-1', { files: { 'share/a/x': 'p' } }).package('q-1', { files: { 'share/a/y': 'q', 'bin/q': '' } }).package('r-1', { files: { 'share/a': 'r', 'bin/r': '' } });
  box.json('nox-profile', ['add', 'p', 'q']);
  box.json('nox-profile', ['add', 'r', '--prefer', 'p']);
  expect(fs.readdirSync(`${box.profiles}/default/share/a`).sort()).toEqual(['x', 'y']);
  box.json('nox-profile', ['new', 'other']);
  box.write(`${box.profiles}/other/share/a`, 'mine');
  expect(box.json('nox-profile', ['add', 'p', 'q', '--prefer', 'p', '-p', 'other']).outOfView).toEqual(['share/a']);
  expect(fs.readdirSync(`${box.profiles}/other/share/a`).sort()).toEqual(['x', 'y']);
});

test('the command that settles a collision keeps what else was asked for, and is one that can be given', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': 'a' } }).package('c-1', { files: { 'bin/a': 'c', 'bin/c': '' } });
  box.json('nox-profile', ['add', 'a']);
  expect(box.json('nox-profile', ['add', 'c', '--copy', 'bin/c'], { status: 4 }).error.hint).toBe('nox-profile add c --prefer c --copy bin/c');
  fs.rmSync(`${box.profiles}/default/bin/a`);
  box.write(`${box.profiles}/default/bin/a`, 'mine');
  const { hint } = box.json('nox-profile', ['pin', 'a'], { status: 4 }).error;
  expect(hint).toBe('nox-profile add a --hide bin/a');
  box.json('nox-profile', hint.split(' ').slice(1));
  box.json('nox-profile', ['pin', 'a']);
});
