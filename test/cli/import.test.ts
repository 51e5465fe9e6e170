import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { byName } from '../../src/fs/bytes.js';
import { deb, tar, zip } from '../support/archives.js';
import { layout, makePackage, type Sandbox, sandbox } from '../support/sandbox.js';
import { isRoot, otherUser } from '../support/users.js';

const crc = (zlib as unknown as { crc32?: (bytes: Buffer) => number }).crc32;
const filter = (program: string) => (bytes: Buffer): Buffer => execFileSync(program, ['-c'], { input: bytes });
const ids = (box: Sandbox, argv: readonly string[]): string[] => box.json('nox-store', ['import', ...argv]).packages.map(({ id, status }: { id: string; status: string }) => `${status} ${id}`);
const tool = { files: { 'bin/tool': '#!/bin/sh\necho tool\n', 'share/doc/a': 'a', 'nox-package.yaml': 'name: tool\nversion: "1.0"\n' }, links: { 'bin/t': 'tool' } };

/** A box with an empty store and the package as a directory at home. */
function withTool(): Sandbox {
  const box = sandbox();
  box.store('store');
  makePackage(`${box.home}/tool-1.0`, tool);
  return box;
}

describe('nox-store import', () => {
  test('publishes a directory read-only, with its contents and where it came from, and nothing else', () => {
    const box = withTool();
    const before = layout(`${box.home}/tool-1.0`);

    const { stdout, stderr, status } = box.run('nox-store', ['import', 'tool-1.0']);

    expect([stdout, stderr, status]).toEqual([`imported tool-1.0 into ${box.root}/store: 4 files, 47 B\n`, '', 0]);
    const made = layout(`${box.root}/store`);
    expect(Object.keys(made).filter((path) => path.includes('.nox'))).toEqual(['tool-1.0/.nox/', 'tool-1.0/.nox/contents.json', 'tool-1.0/.nox/provenance.json']);
    expect(Object.fromEntries(Object.entries(made).filter(([path]) => path !== 'tool-1.0/' && !path.includes('.nox')).map(([path, what]) => [path.slice('tool-1.0/'.length), what]))).toEqual(before);
    const modeOf = (path: string): string => (fs.statSync(`${box.root}/store/tool-1.0/${path}`).mode & 0o7777).toString(8);
    expect(['bin/tool', 'share/doc/a', 'bin', '.nox/contents.json'].map(modeOf)).toEqual(['555', '444', '555', '444']);
    expect(box.json('nox-store', ['list']).stores[0].packages).toMatchObject([{ id: 'tool-1.0', name: 'tool', version: '1.0' }]);
  });

  test('says of the same content that it is present, and refuses other content', () => {
    const box = withTool();
    expect(ids(box, ['tool-1.0'])).toEqual(['imported tool-1.0']);
    const before = layout(`${box.root}/store`);
    expect(ids(box, ['tool-1.0'])).toEqual(['present tool-1.0']);
    box.write('home/tool-1.0/share/doc/a', 'b');
    expect(box.run('nox-store', ['import', 'tool-1.0'])).toMatchObject({ status: 4 });
    expect(layout(`${box.root}/store`)).toEqual(before);
    expect(ids(box, ['tool-1.0', '--as', 'tool-1.1'])).toEqual(['imported tool-1.1']);
  });

  test('tells what a directory needs by its own description, and that one cannot be read', () => {
    const box = sandbox();
    box.store('store').package('zlib-1', {});
    makePackage(`${box.home}/tool-1.0`, { files: { 'nox-package.yaml': 'name: tool\nversion: "1.0"\ndepends: [zlib, gone@>=2]\n' } });
    makePackage(`${box.home}/bad-1.0`, { files: { 'nox-package.yaml': 'name: [\n' } });
    for (const flags of [['--dry-run'], []]) expect(box.json('nox-store', ['import', 'tool-1.0', ...flags]).missing).toEqual([{ dependency: 'gone@>=2', neededBy: ['tool-1.0'] }]);
    expect(box.json('nox-store', ['import', 'bad-1.0']).packages[0].notes).toEqual([expect.stringMatching(/^it cannot be used: nox-package.yaml: line \d/)]);
  });

  test('leaves everything as it is with --dry-run', () => {
    const box = withTool();
    const before = layout(box.root);
    expect(box.run('nox-store', ['import', '--dry-run', 'tool-1.0']).stdout).toBe(`would import tool-1.0 into ${box.root}/store: 4 files, 47 B\n`);
    expect(layout(box.root)).toEqual(before);
  });

  test.each([['tar', []], ['tar.gz', ['-z']], ['tar.xz', ['-J']], ['tar.zst', ['--zstd']], ['tar.bz2', ['-j']]] as const)('takes %s, as GNU tar writes it, for the same package', (suffix, flags) => {
    const box = withTool();
    ids(box, ['tool-1.0']);
    for (const format of ['gnu', 'posix', 'ustar', 'v7']) {
      execFileSync('tar', ['-C', box.home, `--format=${format}`, ...flags, '-cf', `${box.home}/tool-1.0.${suffix}`, 'tool-1.0']);
      expect(ids(box, [`tool-1.0.${suffix}`])).toEqual(['present tool-1.0']);
    }
  });

  test('says of an archive without entries, and of an empty file, that it is empty', () => {
    const box = withTool();
    for (const content of [Buffer.alloc(10240), '']) expect(box.json('nox-store', ['import', box.write('home/none.tar', content)], { status: 6 }).error.message).toContain('it is empty');
  });

  test('keeps long names and bytes that are not UTF-8, from GNU and from pax headers', () => {
    const box = sandbox();
    box.store('store');
    const name = `\udcff${'x'.repeat(150)}`;
    makePackage(`${box.home}/odd-1`, { files: { [`share/${'d'.repeat(120)}/${name}`]: 'odd' }, links: { 'share/l': `${'d'.repeat(120)}/${name}` } });
    for (const format of ['gnu', 'posix']) {
      execFileSync('tar', ['-C', box.home, `--format=${format}`, '-cf', `${box.home}/odd-${format}.tar`, 'odd-1']);
      expect(ids(box, [`odd-${format}.tar`])).toEqual([format === 'gnu' ? 'imported odd-1' : 'present odd-1']);
    }
    expect(layout(`${box.root}/store/odd-1`)).toMatchObject(layout(`${box.home}/odd-1`));
  });

  test('imports Debian packages together: /usr flattened, links mended, versions as nox has them', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/lib.deb', deb('Package: libz1\nVersion: 1:1.2~rc1-3\nArchitecture: amd64\nProvides: libz-abi (= 7)\nDescription: z\n more\n', [
      { name: './', kind: '5' }, { name: './usr/lib/libz.so.1.2', content: 'z' }, { name: './usr/lib/libz.so.1', kind: '2', link: 'libz.so.1.2' }, { name: './usr/share/doc/libz1/copyright', content: 'c' },
    ], filter('xz')));
    box.write('home/dev.deb', deb('Package: libz-dev\nVersion: 1:1.2~rc1-3\nPre-Depends: libc6\nDepends: libz1 (>= 1:1.1), none | libz-abi (= 7)\nBreaks: libz-old (<< 2:1)\n', [
      { name: './usr/lib/libz.so', kind: '2', link: '/usr/lib/libz.so.1' }, { name: './usr/share/doc/libz-dev', kind: '2', link: 'libz1' }, { name: './lib/dangling', kind: '2', link: '/etc/alternatives/x' },
      { name: './usr/lib/pkgconfig/z.pc', content: 'prefix=/usr\nlibdir=/usr/lib\nLibs: -L${libdir} -lz\n' }, { name: './usr/bin/su', mode: 0o4755, content: 'su' },
    ], filter('zstd'), { postinst: 'update-alternatives --install /usr/bin/z z /usr/bin/z-1 10\n' }));

    const { packages } = box.json('nox-store', ['import', 'dev.deb', 'lib.deb']);

    expect(packages.map(({ id }: { id: string }) => id)).toEqual(['libz1-1.2~rc1-3', 'libz-dev-1.2~rc1-3']);
    expect(packages[1].notes).toEqual([
      'its maintainer script (postinst) was not run', 'the alternative /usr/bin/z -> /usr/bin/z-1 was not made', 'set-user-id and set-group-id bits of 1 file were left out',
      'left out 1 symlink to what neither it nor a dependency in the store holds: lib/dangling -> /etc/alternatives/x',
    ]);
    const made = layout(`${box.root}/store/libz-dev-1.2~rc1-3`);
    expect(made).toMatchObject({ 'lib/libz.so': '-> ../../libz1-1.2~rc1-3/lib/libz.so.1', 'share/doc/libz-dev': '-> ../../../libz1-1.2~rc1-3/share/doc/libz1', 'bin/su': 'file su', 'lib/pkgconfig/z.pc': 'file prefix=${pcfiledir}/../..\nlibdir=${prefix}/lib\nLibs: -L${libdir} -lz\n' });
    expect(made).not.toHaveProperty('lib/dangling');
    expect(fs.statSync(`${box.root}/store/libz-dev-1.2~rc1-3/bin/su`).mode & 0o7777).toBe(0o555);
    // By 1.2 for 1.2~rc1-3 it satisfies >=1.1, too, which means no prereleases.
    expect(made['nox-package.yaml']).toBe('file name: "libz-dev"\nversion: "1.2~rc1-3"\ndepends:\n  - "libc6"\n  - "libz1@>=1.1"\n  - "libz-abi@=7"\n  - "id:libz1-1.2~rc1-3"\nconflicts:\n  - "libz-old@<1"\nprovides:\n  - "libz-dev@1.2"\n');
    expect(ids(box, ['dev.deb'])).toEqual(['present libz-dev-1.2~rc1-3']);
  });

  test('mends links into what the store has already, through what that depends on and of the version that fits', () => {
    const box = sandbox();
    box.store('store');
    const libOf = (version: string): Buffer => deb(`Package: libz1\nVersion: ${version}\nProvides: libz-abi (= 7)\n`, [{ name: './usr/lib/libz.so.1', content: version }, { name: './usr/lib/z', kind: '2', link: 'libz.so.1' }], filter('xz'));
    box.write('home/old.deb', libOf('1.1'));
    box.write('home/new.deb', libOf('1.3'));
    box.write('home/all.deb', deb('Package: libz-all\nVersion: 1\nDepends: libz1 (>= 1.2)\n', [{ name: './usr/share/all', content: 'x' }], filter('xz')));
    box.write('home/dev.deb', deb('Package: libz-dev\nVersion: 1\nDepends: libz-all\n', [{ name: './usr/lib/libz.so', kind: '2', link: 'libz.so.1' }, { name: './usr/lib/dir.so', kind: '2', link: '/usr/lib/z' }, { name: './usr/lib/none.so', kind: '2', link: 'none.so.1' }], filter('xz')));
    for (const file of ['old.deb', 'new.deb', 'all.deb']) ids(box, [file]);

    const { packages: [dev] } = box.json('nox-store', ['import', 'dev.deb']);

    expect(dev.notes).toEqual(['left out 1 symlink to what neither it nor a dependency in the store holds: lib/none.so -> /lib/none.so.1']);
    const made = layout(`${box.root}/store/libz-dev-1`);
    expect(made).toMatchObject({ 'lib/libz.so': '-> ../../libz1-1.3/lib/libz.so.1', 'lib/dir.so': '-> ../../libz1-1.3/lib/z' });
    expect(made['nox-package.yaml']).toContain('depends:\n  - "libz-all"\n  - "id:libz1-1.3"\n');
    expect(fs.readFileSync(`${box.root}/store/libz-dev-1/lib/dir.so`, 'utf8')).toBe('1.3');
  });

  test('does not unpack again what a package was made of already, unless it is to have another name', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/z.deb', deb('Package: z\nVersion: 1\n', [{ name: './usr/bin/z', content: 'z' }], filter('xz')));
    const first = box.json('nox-store', ['import', 'z.deb']);
    // Without the program that unpacks it.
    const again = box.json('nox-store', ['import', 'z.deb'], { env: { PATH: '/nonexistent' } });
    expect(again).toEqual({ ...first, packages: [{ ...first.packages[0], status: 'present' }] });
    expect(box.json('nox-store', ['import', 'z.deb', '--as', 'y-1'], { status: 8, env: { PATH: '/nonexistent' } }).error.code).toBe('program-missing');
    expect(ids(box, ['z.deb', '--as', 'y-1'])).toEqual(['imported y-1']);
    // Another archive of the same size is another source.
    const other = fs.readFileSync(`${box.home}/z.deb`);
    fs.writeFileSync(`${box.home}/z.deb`, other.fill(0, other.length - 8));
    expect(box.run('nox-store', ['import', 'z.deb']).status).toBe(6);
  });

  test('tells what is needed and in no store', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/a.deb', deb('Package: a\nVersion: 1\nDepends: gone (>= 2), b, abi\n', [{ name: './usr/bin/a', content: 'a' }], filter('xz')));
    box.write('home/b.deb', deb('Package: b\nVersion: 1\nDepends: gone (>= 2)\nProvides: abi\n', [{ name: './usr/bin/b', content: 'b' }], filter('xz')));
    expect(box.json('nox-store', ['import', '--dry-run', 'a.deb', 'b.deb']).missing).toEqual([{ dependency: 'gone@>=2', neededBy: ['a-1', 'b-1'] }]);
    expect(box.run('nox-store', ['import', 'a.deb', 'b.deb']).stdout.split('\n').slice(-4)).toEqual([expect.stringContaining('imported a-1 '), 'in no store, but needed before these can be added:', '  gone@>=2, for a-1, b-1', '']);
    box.store('central').package('gone-2', {});
    expect(box.json('nox-store', ['import', 'a.deb', 'b.deb', '--as', 'x'], { status: 2 }).error.code).toBe('usage');
  });

  test.skipIf(crc === undefined)('imports both kinds of conda package alike, and reports prefixes', () => {
    const box = sandbox();
    box.store('store');
    const info = [
      { name: 'info/index.json', content: JSON.stringify({ name: 'fit', version: '2.1', build: 'h1_0', depends: ['python >=3.9', '__glibc'], license: 'MIT', subdir: 'linux-64' }) },
      { name: 'info/paths.json', content: JSON.stringify({ paths: [{ _path: 'bin/fit', prefix_placeholder: '/opt/placehold_placehold', file_mode: 'text' }] }) },
    ];
    const data = [{ name: 'bin/fit', mode: 0o755, content: '#!/opt/placehold_placehold/bin/sh\n' }];
    box.write('home/fit.conda', zip([['metadata.json', Buffer.from('{}')], ['pkg-fit-2.1-h1_0.tar.zst', filter('zstd')(tar(data))], ['info-fit-2.1-h1_0.tar.zst', filter('zstd')(tar(info))]], crc!));
    box.write('home/fit-2.1-h1_0.tar.bz2', filter('bzip2')(tar([...info, ...data])));

    const { packages: [fit] } = box.json('nox-store', ['import', 'fit.conda']);

    expect([fit.id, fit.notes]).toEqual(['fit-2.1-h1_0', ['1 file holds the prefix "/opt/placehold_placehold", which nox does not replace']]);
    expect(ids(box, ['fit-2.1-h1_0.tar.bz2'])).toEqual(['present fit-2.1-h1_0']);
    expect(layout(`${box.root}/store/fit-2.1-h1_0`)['nox-package.yaml']).toContain('depends:\n  - "python@>=3.9"\nprefix: "/opt/placehold_placehold"\n');
    expect(Object.keys(layout(`${box.root}/store/fit-2.1-h1_0`))).toContain('share/conda/fit-2.1-h1_0/index.json');
  });

  test('imports nothing when one of many is refused, and leaves no staging', () => {
    const box = withTool();
    box.write('home/bad.tar', tar([{ name: '../out', content: 'x' }]));
    expect(box.run('nox-store', ['import', 'tool-1.0', 'bad.tar'])).toEqual({ stdout: '', status: 6, stderr: `nox-store: cannot import "${box.home}/bad.tar": "../out": its path leads upwards (..)\n` });
    expect(layout(`${box.root}/store`)).toEqual({});
  });

  test('refuses an identifier where the store has no packages', () => {
    const box = withTool();
    expect(box.run('nox-store', ['import', 'tool-1.0', '--as', 'tool/1.0']).stderr).toBe(`nox-store: cannot import "${box.home}/tool-1.0": the store "${box.root}/store" has no packages at "tool/1.0": they are one level deep; give another identifier with --as\n`);
    box.store('store').config({ packages: ['*/*'] });
    expect(ids(box, ['tool-1.0', '--as', 'tool/1.0'])).toEqual(['imported tool/1.0']);
  });

  test('removes what a killed import left, as gc does, and doctor tells of it', () => {
    const box = withTool();
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const namespace = /\d+/.exec(fs.readlinkSync('/proc/self/ns/pid'))![0];
    box.write(`store/.nox/staging/${execFileSync('hostname', { encoding: 'utf8' }).trim()}~${boot}~${namespace}~4194303~1~0123456789ab/0/bin/x`, '');
    fs.cpSync(`${box.root}/store`, `${box.root}/other`, { recursive: true });
    expect(ids(box, ['tool-1.0'])).toEqual(['imported tool-1.0']);
    expect(fs.readdirSync(`${box.root}/store`)).toEqual(['tool-1.0']);
    expect(box.run('nox-store', ['doctor', '--store', `${box.root}/other`]).stdout).toContain('staging');
    box.write('other/nox-store.yaml', 'scope: private\n');
    box.json('nox-store', ['gc', '--store', `${box.root}/other`]);
    expect(fs.readdirSync(`${box.root}/other/.nox/staging`)).toEqual([]);
  });

  test('of two at once, one imports and the other finds it present', async () => {
    const box = withTool();
    const both = await Promise.all([1, 2, 3].map(() => box.start('nox-store', ['import', 'tool-1.0'])));
    expect(both.map(({ status, stderr }) => [status, stderr])).toEqual([[0, ''], [0, ''], [0, '']]);
    expect(fs.readdirSync(`${box.root}/store`)).toEqual(['tool-1.0']);
  });
});

describe('nox-store verify', () => {
  test('finds every changed, missing and added entry, modes and links too, and is silent about times', () => {
    const box = withTool();
    ids(box, ['tool-1.0']);
    const root = `${box.root}/store/tool-1.0`;
    expect(box.run('nox-store', ['verify'])).toEqual({ stdout: 'as imported: 1 of 1 package\n', stderr: '', status: 0 });
    fs.utimesSync(`${root}/share/doc/a`, 1, 1);
    expect(box.run('nox-store', ['verify']).status).toBe(0);
    for (const directory of ['bin', 'share', 'share/doc']) fs.chmodSync(`${root}/${directory}`, 0o755);
    fs.rmSync(`${root}/share/doc/a`);
    fs.chmodSync(`${root}/bin/tool`, 0o755);
    fs.rmSync(`${root}/bin/t`);
    fs.symlinkSync('/bin/sh', `${root}/bin/t`);
    fs.writeFileSync(`${root}/bin/new\x1b`, '');
    execFileSync('mkfifo', [`${root}/bin/pipe`]);
    for (const directory of ['bin', 'share', 'share/doc']) fs.chmodSync(`${root}/${directory}`, 0o555);

    const { stdout, status } = box.run('nox-store', ['verify', 'tool']);

    expect(stdout).toBe(`tool-1.0 in ${box.root}/store:
  bin/new\\x1b was not there, is a file
  bin/pipe is a device, a FIFO or a socket
  bin/t leads to "/bin/sh", led to "tool"
  bin/tool has mode 0755, had 0555
  share/doc/a is missing, was a file
as imported: 0 of 1 package
`);
    expect(status).toBe(6);
  });

  test('says so of packages that nox did not import, and of a damaged manifest', () => {
    const box = withTool();
    box.store('store').package('own-1', { files: { a: 'a' } });
    ids(box, ['tool-1.0']);
    expect(box.run('nox-store', ['verify', 'own-1'])).toMatchObject({ stdout: `own-1 in ${box.root}/store: nox did not import it, so there is nothing to compare it with\nas imported: 0 of 1 package\n`, status: 0 });
    fs.rmSync(`${box.root}/store/tool-1.0/.nox/contents.json`);
    expect(box.json('nox-store', ['verify'], { status: 6 }).packages.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([['own-1', 'no-contents'], ['tool-1.0', 'damaged']]);
  });
});

describe('nox-store export', () => {
  const digests = (result: { packages: Array<{ id: string; digest: string }> }): string[] => result.packages.map(({ id, digest }) => `${id} ${digest}`).sort(byName);

  test.each(['tar', 'tar.gz', 'tar.zst', 'tar.xz'])('writes the same bytes twice as .%s, which import takes back to the same packages for another user', (suffix) => {
    const box = withTool();
    box.store('store').package('base-2', { files: { 'lib/base': 'b' } });
    makePackage(`${box.home}/top-1`, { files: { 'bin/top': 't' }, depends: ['base'], name: 'top', links: { 'lib/long': `../${'y'.repeat(150)}` } });
    ids(box, ['tool-1.0', 'top-1']);

    const first = box.json('nox-store', ['export', 'top', 'tool', '--closure', '-o', `one.${suffix}`]);
    box.json('nox-store', ['export', 'tool', 'top', '--closure', '-o', `two.${suffix}`]);

    expect(fs.readFileSync(`${box.home}/one.${suffix}`).equals(fs.readFileSync(`${box.home}/two.${suffix}`))).toBe(true);
    expect(first.packages.map(({ id }: { id: string }) => id)).toEqual(['base-2', 'tool-1.0', 'top-1']);
    fs.mkdirSync(`${box.root}/theirs`);
    fs.chmodSync(`${box.root}/theirs`, 0o777);
    fs.chmodSync(box.home, 0o755);
    const back = box.json('nox-store', ['import', `one.${suffix}`, '--store', `${box.root}/theirs`], { unprivileged: true });
    expect(digests(back)).toEqual(digests(first));
    expect(box.json('nox-store', ['verify', '--store', `${box.root}/theirs`]).packages.every(({ status }: { status: string }) => status === 'intact')).toBe(true);
    expect(layout(`${box.root}/theirs`)).toMatchObject(Object.fromEntries(Object.entries(layout(`${box.root}/store`)).filter(([path]) => !path.includes('.nox'))));
    box.json('nox-store', ['export', 'tool', 'top', '--closure', '-o', `three.${suffix}`, '--store', `${box.root}/theirs`]);
    expect(execFileSync('tar', ['-tf', `${box.home}/three.${suffix}`], { encoding: 'utf8' })).toContain('tool-1.0/bin/tool');
  });

  test('keeps files whose path has a slash just where a header is full', () => {
    const box = sandbox();
    const directory = 'd'.repeat(100 - 'long-1/'.length - 1);
    box.store('store').package('long-1', { files: { [`${directory}/file`]: 'content', [`${directory}/${'n'.repeat(120)}`]: 'more' } });
    const first = box.json('nox-store', ['export', 'long-1', '-o', 'long.tar']);
    expect(digests(box.json('nox-store', ['import', 'long.tar', '--store', `${box.root}/other`]))).toEqual(digests(first));
    expect(execFileSync('tar', ['-xOf', `${box.home}/long.tar`, `long-1/${directory}/file`], { encoding: 'utf8' })).toBe('content');
  });

  test.each([['that nox did not import', false], ['that nox imported', true]])('takes packages %s along whose files are of years before 1970 and after 2242', (_, imported) => {
    const box = sandbox();
    const root = box.store('store').package('old-1', { files: { 'bin/old': 'o', 'bin/new': 'n', 'far/x': 'x' } }).pathOf('old-1');
    const times = [['bin/old', -157_766_400], ['bin/new', 10_413_792_000], ['far', 10_413_792_000], ['bin', -1]] as const;
    for (const [path, time] of times) execFileSync('touch', ['-d', `@${time}`, `${root}/${path}`]);
    if (imported) box.json('nox-store', ['import', root, '--store', `${box.root}/mine`]);
    const first = box.json('nox-store', ['export', 'old-1', '-o', 'old.tar', '--store', imported ? `${box.root}/mine` : `${box.root}/store`]);

    const back = box.json('nox-store', ['import', 'old.tar', '--store', `${box.root}/other`]);

    expect(digests(back)).toEqual(digests(first));
    expect(box.run('nox-store', ['verify', '--store', `${box.root}/other`])).toMatchObject({ status: 0 });
    box.json('nox-store', ['export', 'old-1', '-o', 'again.tar', '--store', `${box.root}/other`]);
    expect(ids(box, ['again.tar', '--store', `${box.root}/third`])).toEqual(['imported old-1']);
    expect(execFileSync('tar', ['-tvf', `${box.home}/again.tar`, 'old-1/bin/old'], { encoding: 'utf8', env: { TZ: 'UTC' } })).toContain('1970-01-01 00:00');
  });

  test('takes along what the file of the store says of a package, before what the package says', () => {
    const box = sandbox();
    box.store('store')
      .package('foo-1', { files: { 'bin/foo': 'f' } })
      .package('bar-2', { files: { 'bin/bar': 'b' }, yaml: 'name: bar\nversion: "1.10"\nx-ours: {a: [1, ~]}\ndepends: [gone]\ndescription: old\n' })
      .config({ packages: { 'foo-1': { depends: ['bar'], env: { set: { FOO: ['${package}/a', 'b'] }, prepend: { FOO_PATH: '${profile}/p' } }, priority: '3' }, 'bar-2': { depends: null, description: 'new' } } });
    const tell = (id: string, store: string): unknown => {
      const { package: { name, version, description, depends, env, priority, problem } } = box.json('nox-store', ['show', id, '--store', store]);
      return { name, version, description, depends, env, priority, problem };
    };
    const { stderr } = box.run('nox-store', ['export', 'foo', '--closure', '-o', 'foo.tar']);
    expect(stderr).toBe('nox-store: what nox-store.yaml says of bar-2, foo-1 goes along in their nox-package.yaml\n');
    const first = box.json('nox-store', ['export', 'foo', '--closure', '-o', 'foo.tar']);

    const back = box.json('nox-store', ['import', 'foo.tar', '--store', `${box.root}/other`]);

    expect(digests(back)).toEqual(digests(first));
    for (const id of ['foo-1', 'bar-2']) expect(tell(id, `${box.root}/other`)).toEqual(tell(id, `${box.root}/store`));
    expect(layout(`${box.root}/other/bar-2`)['nox-package.yaml']).toContain('"x-ours": {"a":["1",null]}\n');
    expect(box.run('nox-store', ['verify', '--store', `${box.root}/other`])).toMatchObject({ status: 0 });
    box.json('nox-profile', ['add', 'foo', '--store', `${box.root}/other`]);
    expect(box.json('nox-profile', ['env']).prepend.FOO_PATH).toHaveLength(1);
    box.json('nox-store', ['export', 'foo', '--closure', '-o', 'again.tar', '--store', `${box.root}/other`]);
    expect(ids(box, ['again.tar', '--store', `${box.root}/third`]).sort()).toEqual(['imported bar-2', 'imported foo-1']);
  });

  test('refuses a package that is not what was imported', () => {
    const box = withTool();
    ids(box, ['tool-1.0']);
    fs.chmodSync(`${box.root}/store/tool-1.0/bin/tool`, 0o755);
    fs.writeFileSync(`${box.root}/store/tool-1.0/bin/tool`, 'changed');
    expect(box.run('nox-store', ['export', 'tool', '-o', 'x.tar'])).toMatchObject({ status: 6 });
    expect(fs.existsSync(`${box.home}/x.tar`)).toBe(false);
  });
});

test.skipIf(!isRoot)('where the first store is not the caller\'s to write, the hint imports into one that is', () => {
  const box = sandbox();
  const store = box.store('central');
  box.write('home/tool-1/bin/tool', '');
  fs.chmodSync(store.path, 0o755);
  const ada = otherUser(box, 4711);
  const source = `${box.home}/tool-1`;
  const refused = ada.run('nox-store', ['import', source]);
  expect(refused.status).toBe(8);
  expect(refused.stderr).toBe(`nox-store: cannot create directory "${store.path}/.nox": permission denied\nhint: nox-store import ${source} --store ${ada.home}/nix/store\n`);
  expect(ada.run('nox-store', ['import', source, '--store', `${ada.home}/nix/store`]).status).toBe(0);
  // One that stands in the store path comes first.
  const own = `${ada.home}/builds`;
  ada.command('mkdir', [own]);
  const path = { NOX_STORE_PATH: `${store.path}:${own}` };
  expect(ada.run('nox-store', ['import', source], path).stderr).toContain(`hint: nox-store import ${source} --store ${own}\n`);
  expect(ada.run('nox-store', ['import', `${source}.tar`], path)).toMatchObject({ status: 3, stderr: `nox-store: there is no "${source}.tar"\n` });
});
