import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSealed, seal } from '../../src/fs/sealed.js';
import { provenanceKind } from '../../src/store/contents.js';
import { deb } from '../support/archives.js';
import { layout, makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

const filter = (program: string) => (bytes: Buffer): Buffer => execFileSync(program, ['-c'], { input: bytes });
const ids = (box: Sandbox, argv: readonly string[]): string[] => box.json('nox-store', ['import', ...argv]).packages.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`);

describe('an import beside what the store has', () => {
  test('knows a dependency whose version has an epoch', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/lib.deb', deb('Package: libz1\nVersion: 1:1.2-3\n', [{ name: './usr/lib/libz.so.1', content: 'z' }], filter('xz')));
    box.write('home/dev.deb', deb('Package: libz-dev\nVersion: 1:1.2-3\nDepends: libz1 (= 1:1.2-3)\n', [{ name: './usr/lib/libz.so', kind: '2', link: 'libz.so.1' }], filter('xz')));
    ids(box, ['lib.deb']);
    expect(box.json('nox-store', ['import', 'dev.deb'])).toMatchObject({ packages: [{ notes: [] }], missing: [] });
    expect(layout(`${box.root}/store/libz-dev-1.2-3`)).toMatchObject({ 'lib/libz.so': '-> ../../libz1-1.2-3/lib/libz.so.1' });
    box.json('nox-profile', ['add', 'libz-dev']);
  });

  test('takes of alternatives the one that the store has, epochs or not', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/lib.deb', deb('Package: libz1\nVersion: 1:1.2-3\n', [{ name: './usr/lib/libz.so.1', content: 'z' }], filter('xz')));
    box.write('home/app.deb', deb('Package: app\nVersion: 1\nDepends: libz0 | libz1 (>= 1:1.2), libz1 (<< 1:1) | libz1 (<< 1:2)\n', [{ name: './usr/bin/app', content: 'a' }], filter('xz')));
    ids(box, ['lib.deb']);
    ids(box, ['app.deb']);
    expect(box.json('nox-store', ['show', 'app']).package.depends).toEqual(['libz1@>=1.2', 'libz1@<=2-rc']);
    box.json('nox-profile', ['add', 'app']);
  });

  test('leads links into the version that a dependency in the store is bound to, so that all fit into one profile', () => {
    const box = sandbox();
    box.store('store');
    const libOf = (version: string): Buffer => deb(`Package: libz1\nVersion: ${version}\n`, [{ name: './usr/lib/libz.so.1', content: version }], filter('xz'));
    box.write('home/old.deb', libOf('1.1'));
    box.write('home/new.deb', libOf('1.3'));
    box.write('home/dev.deb', deb('Package: libz-dev\nVersion: 1\nDepends: libz1\n', [{ name: './usr/lib/libz.so', kind: '2', link: 'libz.so.1' }], filter('xz')));
    box.write('home/app.deb', deb('Package: app\nVersion: 1\nDepends: libz1, libz-dev\n', [{ name: './usr/lib/app.so', kind: '2', link: 'libz.so.1' }], filter('xz')));
    for (const file of ['old.deb', 'dev.deb', 'new.deb', 'app.deb']) ids(box, [file]);
    expect(layout(`${box.root}/store/app-1`)).toMatchObject({ 'lib/app.so': '-> ../../libz1-1.1/lib/libz.so.1' });
    box.json('nox-profile', ['add', 'app']);
    expect(fs.readFileSync(`${box.profiles}/default/lib/libz.so`, 'utf8')).toBe('1.1');
  });

  test('a package counts as made of an archive only while it is there and whole enough to say so', () => {
    const box = sandbox();
    const store = box.store('store').path;
    for (const name of ['y', 'z']) box.write(`home/${name}.deb`, deb(`Package: ${name}\nVersion: 1\nDepends: gone\n`, [{ name: `./usr/bin/${name}`, content: name }], filter('xz')));
    const first = box.json('nox-store', ['import', 'z.deb']);
    fs.symlinkSync('z.deb', `${box.home}/link.deb`);
    const [{ digest }] = first.packages;
    // What it needs is told again, once, through however many names.
    const again = box.json('nox-store', ['import', 'z.deb', 'link.deb'], { env: { PATH: '/nonexistent' } });
    expect(again).toMatchObject({ packages: [{ status: 'present', digest }, { status: 'present', digest }], missing: [{ dependency: 'gone', neededBy: ['z-1'] }] });
    // Its list of contents is gone, then damaged.
    const contents = `${store}/z-1/.nox/contents.json`;
    fs.renameSync(contents, `${box.home}/kept`);
    expect(box.json('nox-store', ['import', 'z.deb']).packages).toMatchObject([{ status: 'present', digest }]);
    fs.writeFileSync(contents, 'x');
    expect(box.json('nox-store', ['import', 'z.deb'], { status: 6 }).error).toMatchObject({ code: 'damaged', data: { path: contents } });
    fs.renameSync(`${box.home}/kept`, contents);
    // A collector takes it while another source is unpacked.
    box.write('home/bin/xz', `#!/bin/sh\n[ ! -e '${store}/z-1' ] || mv '${store}/z-1' '${store}/.taken'\nPATH=/usr/bin:/bin; exec xz "$@"\n`, 0o755);
    expect(ids(box, ['z.deb', 'y.deb', '--dry-run'])).toEqual(['present z-1', 'imported y-1']);
    expect(box.json('nox-store', ['import', 'z.deb', 'y.deb'], { env: { PATH: `${box.home}/bin:/usr/bin:/bin` } }).packages.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`)).toEqual(['imported y-1', 'imported z-1']);
    expect(layout(`${store}/z-1`)).toHaveProperty('bin/z');
  });

  test('mends the mode of a package whose import was killed before it could, and of no other', () => {
    const box = sandbox();
    const store = box.store('store').package('own-1', { files: { 'bin/own': 'x' } }).path;
    const modeOf = (id: string): string => (fs.statSync(`${store}/${id}`).mode & 0o7777).toString(8);
    makePackage(`${box.home}/tool-1.0`, { files: { 'bin/tool': 'x' } });
    makePackage(`${box.home}/own-1`, { files: { 'bin/own': 'x' } });
    execFileSync('tar', ['-C', box.home, '-cf', `${box.home}/tar-1.0.tar`, '--transform', 's/tool/tar/', 'tool-1.0']);
    const sources = ['tool-1.0', 'tar-1.0.tar', 'own-1'];
    ids(box, sources);
    for (const id of ['tool-1.0', 'tar-1.0', 'own-1']) fs.chmodSync(`${store}/${id}`, 0o755);

    box.json('nox-store', ['import', ...sources, '--dry-run']);
    expect(['tool-1.0', 'tar-1.0', 'own-1'].map(modeOf)).toEqual(['755', '755', '755']);
    expect(ids(box, sources).every((line) => line.startsWith('present '))).toBe(true);
    expect(['tool-1.0', 'tar-1.0', 'own-1'].map(modeOf)).toEqual(['555', '555', '755']);
  });

  test.each(['its size', 'its mode', 'being gone'])('tells of a package that is present and differs, as its file shows by %s', (what) => {
    const box = sandbox();
    const store = box.store('store').path;
    makePackage(`${box.home}/tool-1.0`, { files: { 'bin/tool': 'x' } });
    execFileSync('tar', ['-C', box.home, '-cf', `${box.home}/tool.tar`, 'tool-1.0']);
    ids(box, ['tool.tar']);
    const file = `${store}/tool-1.0/bin/tool`;
    if (what === 'being gone') {
      fs.chmodSync(`${store}/tool-1.0/bin`, 0o755);
      fs.rmSync(file);
      fs.chmodSync(`${store}/tool-1.0/bin`, 0o555);
    } else fs.chmodSync(file, 0o755);
    if (what === 'its size') {
      fs.writeFileSync(file, 'changed');
      fs.chmodSync(file, 0o555);
    }
    for (const source of ['tool.tar', 'tool-1.0']) expect(box.run('nox-store', ['import', source])).toEqual({ stdout: `tool-1.0 is already present in ${store}, but not as it was imported: nox-store verify tool-1.0\n`, stderr: '', status: 6 });
    expect(box.json('nox-store', ['import', 'tool.tar'], { status: 6 }).packages[0].changed).toBe(true);
    expect(box.run('nox-store', ['verify', 'tool-1.0']).status).toBe(6);
  });

  test('takes no pipe and no device for an archive, whatever a package says that it was made of', () => {
    const box = sandbox();
    const store = box.store('store').path;
    makePackage(`${box.home}/tool-1.0`, { files: { 'bin/tool': 'x' } });
    execFileSync('tar', ['-C', box.home, '-cf', `${box.home}/tool.tar`, 'tool-1.0']);
    ids(box, ['tool.tar']);
    const path = `${store}/tool-1.0/.nox/provenance.json`;
    const said = readSealed(provenanceKind, path);
    fs.chmodSync(path, 0o644);
    if (said !== null) fs.writeFileSync(path, seal(provenanceKind, { ...said, size: 0, sha256: createHash('sha256').digest('hex') }));
    execFileSync('mkfifo', [`${box.home}/pipe`]);
    for (const source of ['pipe', '/dev/null']) expect(box.json('nox-store', ['import', source], { status: 6 }).error.code).toBe('not-importable');
  });

  test('leads no link through a package that has not, or not in the store, what it says', () => {
    const box = sandbox();
    const store = box.store('store').path;
    makePackage(`${box.home}/q-1`, { files: { 'lib/e/x': 'x', 'lib/lost': 'x' }, links: { 'lib/abs': '/etc/passwd', 'lib/up': `${'../'.repeat(20)}etc/passwd`, 'lib/dir': '/etc', 'lib/d': 'e', 'lib/loop': 'loop', 'lib/none': 'nothing' } });
    ids(box, ['q-1']);
    fs.chmodSync(`${store}/q-1/lib`, 0o755);
    fs.unlinkSync(`${store}/q-1/lib/lost`);
    const targets = ['abs', 'up', 'dir/passwd', 'loop', 'none', 'lost', 'd/x'];
    box.write('home/n.deb', deb('Package: n\nVersion: 1\nDepends: q\n', targets.map((target, at) => ({ name: `./usr/lib/l${at}`, kind: '2', link: `/usr/lib/${target}` })), filter('xz')));
    const { packages: [{ notes }] } = box.json('nox-store', ['import', 'n.deb']);
    expect(notes).toEqual([expect.stringContaining('left out 6 symlinks')]);
    expect(Object.entries(layout(`${store}/n-1/lib`))).toEqual([['l6', '-> ../../q-1/lib/e/x']]);
  });
});
