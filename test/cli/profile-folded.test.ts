import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';

function folded() {
  const box = sandbox();
  const store = box.store()
    .package('a-1', { files: { 'bin/a': '', 'share/doc/a/README': 'a', 'share/data/common/x': 'x', 'lib/python3.11/site-packages/a/m.py': '' } })
    .package('b-1', { files: { 'bin/b': '', 'share/data/common/y': 'y' } });
  box.json('nox-profile', ['new', 'dev', '--layout', 'folded']);
  const dev = `${box.profiles}/dev`;
  const json = (...args: string[]) => box.json('nox-profile', [...args, '-p', 'dev']);
  return { box, store, dev, json };
}

test('a directory of one package is one link, but never at depth 1 nor one that a search path names', () => {
  const { store, dev, json } = folded();
  json('add', 'a');
  expect(fs.readlinkSync(`${dev}/share/doc`)).toBe(store.pathOf('a-1/share/doc'));
  expect(fs.readlinkSync(`${dev}/lib/python3.11/site-packages/a`)).toBe(store.pathOf('a-1/lib/python3.11/site-packages/a'));
  for (const real of ['bin', 'share', 'lib', 'lib/python3.11', 'lib/python3.11/site-packages']) expect(fs.lstatSync(`${dev}/${real}`).isDirectory()).toBe(true);
  expect(json('status')).toMatchObject({ layout: 'folded', folded: ['lib/python3.11/site-packages/a', 'share/data', 'share/doc'] });
});

test('it unfolds where a second package arrives, and folds again when that one leaves', () => {
  const { dev, json } = folded();
  json('add', 'a');
  json('add', 'b');
  expect(fs.readdirSync(`${dev}/share/data/common`)).toEqual(['x', 'y']);
  expect(fs.lstatSync(`${dev}/share/data`).isDirectory()).toBe(true);
  json('del', 'b');
  expect(fs.lstatSync(`${dev}/share/data`).isSymbolicLink()).toBe(true);
});

test('unfold makes one real, with what lies above it, and it stays so', () => {
  const { box, dev, json } = folded();
  json('add', 'a');
  expect(json('unfold', 'share/data/common').generation).toBe(2);
  expect(fs.lstatSync(`${dev}/share/data/common`).isDirectory()).toBe(true);
  fs.writeFileSync(`${dev}/share/data/common/mine`, 'mine');
  json('add', 'b');
  expect(fs.readdirSync(`${dev}/share/data/common`)).toEqual(['mine', 'x', 'y']);
  for (const nothing of ['share/doc/nope', 'bin/a', 'nope', '.', '..', 'share/../..', '/usr']) {
    expect(box.json('nox-profile', ['unfold', nothing, '-p', 'dev'], { status: 3 }).error.code).toBe('not-a-directory-of-profile');
  }
});

test('unfold of a directory that is real keeps it so, however its path is written', () => {
  const { box, dev, json } = folded();
  json('add', 'a', 'b');
  expect(box.run('nox-profile', ['unfold', 'bin/', '-p', 'dev']).stdout).toBe('dev: nothing to change, at generation 1\n');
  expect(json('unfold', './share//doc/../data').generation).toBe(2);
  expect(box.run('nox-profile', ['unfold', `${dev}/share/data`, '-p', 'dev']).stdout).toBe('dev: nothing to change, at generation 2\n');
  json('del', 'b');
  expect(fs.lstatSync(`${dev}/share/data`).isDirectory()).toBe(true);
  expect(json('status')).toMatchObject({ unfold: ['share/data'], folded: ['lib/python3.11/site-packages/a', 'share/data/common', 'share/doc'] });
});

test('in the full layout there is nothing to unfold', () => {
  const { box } = folded();
  box.json('nox-profile', ['add', 'a']);
  expect(box.json('nox-profile', ['unfold', 'share/data'])).toMatchObject({ generation: 1, previous: 1 });
  expect(box.json('nox-profile', ['status']).unfold).toEqual([]);
});

test('what a link between directories brings to a second path is folded there by that path', () => {
  const { box, store, dev, json } = folded();
  store.package('c-1', { files: { 'lib/root/plug.so': 'c', 'lib/cmake/C/c.cmake': 'c' }, links: { lib64: 'lib' } }).package('d-1', { files: { 'lib64/libd.so': 'd' } });
  json('add', 'c', 'd');
  expect(json('status').folded).toEqual(['lib/cmake', 'lib/root', 'lib64/cmake', 'lib64/root']);
  json('unfold', 'lib64/root');
  expect(json('status').folded).toEqual(['lib/cmake', 'lib/root', 'lib64/cmake']);
  expect(fs.lstatSync(`${dev}/lib64/root`).isDirectory()).toBe(true);
  store.package('e-1', { files: { 'data/x/ok': '', 'data/x/secret': '', 'data/pkgconfig/e.pc': '' }, links: { lib: 'data' } }).package('f-1', { files: { 'lib/libf.so': '' } });
  box.json('nox-profile', ['new', 'other', '--layout', 'folded']);
  box.json('nox-profile', ['add', 'e', 'f', '-p', 'other', '--hide', 'lib/x/secret']);
  expect(fs.readdirSync(`${box.profiles}/other/lib/x`)).toEqual(['ok']);
  expect(box.json('nox-profile', ['status', '-p', 'other']).folded).toEqual(['data/pkgconfig', 'data/x']);
});

test('owner finds what lies in a folded directory', () => {
  const { box, store, json } = folded();
  json('add', 'a');
  expect(json('owner', 'share/doc/a/README')).toMatchObject({ id: 'a-1', target: store.pathOf('a-1/share/doc/a/README') });
  expect(json('owner', 'a')).toMatchObject({ id: 'a-1', path: 'bin/a' });
  for (const nothing of ['share/doc/nope', 'bin/a/b', 'share', '.', '..', '.nox/manifest.json']) {
    expect(box.json('nox-profile', ['owner', nothing, '-p', 'dev'], { status: 3 }).error).toMatchObject({ code: 'no-owner', data: { unmanaged: null } });
  }
});

test('the layout may come from the configuration', () => {
  const { box } = folded();
  box.write('home/.config/nox/config.yaml', 'layout: folded\nomit: [PYTHONPATH]\n');
  box.json('nox-profile', ['add', 'a']);
  expect(box.json('nox-profile', ['status'])).toMatchObject({ layout: 'folded', omit: ['PYTHONPATH'] });
});

test("the C library's files are left out and that is said once; --with-libc links them", () => {
  const { box, store } = folded();
  store.package('libc6-2.36', { files: { 'lib/libc.so.6': '', 'lib/ld-linux-x86-64.so.2': '', 'lib/libcrypt.so.1': '' } });
  const first = box.run('nox-profile', ['add', 'libc6']);
  expect(first.stderr).toContain("left out 2 files of the C library (lib/ld-linux-x86-64.so.2 of \"libc6-2.36\", …)");
  expect(box.run('nox-profile', ['add', 'a']).stderr).toBe('');
  expect(fs.readdirSync(`${box.profiles}/default/lib`)).toEqual(['libcrypt.so.1', 'python3.11']);
  expect(box.run('nox-profile', ['add', 'libc6', '--with-libc']).stderr).toBe('');
  expect(fs.readdirSync(`${box.profiles}/default/lib`)).toContain('libc.so.6');
});

test('a package built for another prefix is told', () => {
  const { box, store } = folded();
  store.package('c-1', { files: { 'bin/c': '' }, prefix: '/opt/c' });
  expect(box.run('nox-profile', ['add', 'c']).stderr).toBe(`nox-profile: "c-1" was built for "/opt/c" and may not run from "${store.pathOf('c-1')}"\n`);
});

test('a link within a package is no directory to unfold', () => {
  const box = sandbox();
  box.store().package('l-1', { files: { 'share/l/real/f': '' }, links: { 'share/l/lnk': 'real' } });
  box.json('nox-profile', ['new', 'f', '--layout', 'folded']);
  box.json('nox-profile', ['add', 'l', '-p', 'f']);
  expect(box.json('nox-profile', ['unfold', 'share/l/lnk', '-p', 'f'], { status: 3 }).error.code).toBe('not-a-directory-of-profile');
  box.json('nox-profile', ['unfold', 'share/l/real', '-p', 'f']);
  expect(box.json('nox-profile', ['unfold', 'share/l/lnk', '-p', 'f'], { status: 3 }).error.code).toBe('not-a-directory-of-profile');
  expect(fs.lstatSync(`${box.profiles}/f/share/l/real`).isDirectory()).toBe(true);
});

test('owner takes an absolute path for the profile that it lies in, and one of a package for where the profile links it', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { 'bin/a': '', 'share/doc/a/README': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['new', 'dev', '--layout', 'folded']);
  box.json('nox-profile', ['add', 'a', '-p', 'dev']);
  box.json('nox-profile', ['add', 'b']);
  const elsewhere = `${box.root}/scratch/exp`;
  fs.mkdirSync(`${box.root}/scratch`);
  box.json('nox-profile', ['new', 'exp', '--path', elsewhere]);
  box.json('nox-profile', ['add', 'a', '-p', 'exp']);
  const owner = (...words: string[]) => box.json('nox-profile', ['owner', ...words]);
  expect(owner(`${box.profiles}/dev/bin/a`)).toMatchObject({ name: 'dev', path: 'bin/a', id: 'a-1', target: store.pathOf('a-1/bin/a') });
  expect(owner(`${box.profiles}/.nox/profiles/dev/generations/1/bin/a`)).toMatchObject({ name: 'dev', path: 'bin/a', id: 'a-1' });
  expect(owner(`${elsewhere}/bin/a`)).toMatchObject({ name: 'exp', path: 'bin/a', id: 'a-1' });
  expect(owner(store.pathOf('b-1/bin/b'))).toMatchObject({ name: 'default', path: 'bin/b', id: 'b-1' });
  expect(owner(store.pathOf('a-1/share/doc/a/README'), '-p', 'dev')).toMatchObject({ name: 'dev', path: 'share/doc/a/README', id: 'a-1', target: store.pathOf('a-1/share/doc/a/README') });
  for (const words of [[`${box.profiles}/dev/bin/a`, '-p', 'default'], [store.pathOf('a-1/bin/a')], [store.pathOf('b-1/bin')]]) {
    expect(box.json('nox-profile', ['owner', ...words], { status: 3 }).error.message).toContain('no package of the profile "default" brings');
  }
});
