import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deb, tar } from '../support/archives.js';
import { makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

const modeOf = (path: string): string => (fs.lstatSync(path).mode & 0o7777).toString(8);
const filter = (program: string) => (bytes: Buffer): Buffer => execFileSync(program, ['-c'], { input: bytes });

/** A directory at home with a secret file, a directory for its group, one to pass through, and a program that its owner runs. */
function withSecrets(): Sandbox {
  const box = sandbox();
  box.store('store');
  makePackage(`${box.home}/tool-1.0`, { files: { 'bin/tool': 't', 'etc/key': 'k', 'private/deep/x': 'x', 'pass/y': 'y', 'share/a': 'a' } });
  const modes = { 'bin/tool': 0o744, 'etc/key': 0o600, private: 0o750, 'private/deep': 0o700, pass: 0o711, 'share/a': 0o664 };
  for (const [path, mode] of Object.entries(modes)) fs.chmodSync(`${box.home}/tool-1.0/${path}`, mode);
  return box;
}

const STORED = [['', '555'], ['bin/tool', '555'], ['etc', '555'], ['etc/key', '400'], ['private', '550'], ['private/deep', '500'], ['private/deep/x', '444'], ['pass', '511'], ['share/a', '444'], ['.nox/contents.json', '400'], ['.nox/provenance.json', '444']];
const NOTE = '3 entries are closed to others, as in the source: etc/key, pass, private';

describe('what is closed to others in its source', () => {
  test.each([['a directory', null], ['a tar', '-cf'], ['a compressed tar', '-czf']] as const)('stays closed to them and is told, from %s', (_, flag) => {
    const box = withSecrets();
    if (flag !== null) execFileSync('tar', [flag, `${box.home}/source`, '-C', box.home, 'tool-1.0']);
    const { packages: [{ notes }] } = box.json('nox-store', ['import', flag === null ? 'tool-1.0' : 'source']);

    expect(STORED.map(([path]) => [path, modeOf(`${box.root}/store/tool-1.0/${path}`)])).toEqual(STORED);
    expect(notes).toEqual([NOTE]);
    expect(box.run('nox-store', ['verify'])).toMatchObject({ status: 0 });
  });

  test('stays closed in an archive of export, which nobody else can read, and after its import', () => {
    const box = withSecrets();
    box.json('nox-store', ['import', 'tool-1.0']);
    box.write('home/tool.tar', '');
    const { stderr } = box.run('nox-store', ['export', 'tool-1.0', '-o', 'tool.tar']);
    expect(stderr).toBe('nox-store: tool-1.0 has files that are closed to others, so nobody but you can read the archive\n');
    expect(modeOf(`${box.home}/tool.tar`)).toBe('600');

    const { packages: [{ notes }] } = box.json('nox-store', ['import', 'tool.tar', '--store', `${box.root}/other`]);

    expect(notes).toContain(NOTE);
    expect(STORED.map(([path]) => [path, modeOf(`${box.root}/other/tool-1.0/${path}`)])).toEqual(STORED);
    box.json('nox-store', ['export', 'tool-1.0', '-o', 'again.tar', '--store', `${box.root}/other`]);
    expect(execFileSync('tar', ['-tvf', `${box.home}/again.tar`], { encoding: 'utf8' })).toMatch(/^-r-------- .* tool-1.0\/etc\/key$/m);
  });

  test('counts for the package itself, through an archive of export, too', () => {
    const box = withSecrets();
    fs.chmodSync(`${box.home}/tool-1.0`, 0o700);
    expect(box.json('nox-store', ['import', 'tool-1.0']).packages[0].notes).toEqual(['it is closed to others, as its source is']);
    box.json('nox-store', ['export', 'tool-1.0', '-o', 'tool.tar']);
    box.json('nox-store', ['import', 'tool.tar', '--store', `${box.root}/other`]);
    expect([modeOf(`${box.root}/store/tool-1.0`), modeOf(`${box.root}/other/tool-1.0`)]).toEqual(['500', '500']);
  });

  test('stays closed in a store of a group', () => {
    const box = withSecrets();
    fs.chmodSync(`${box.root}/store`, 0o2775);
    box.json('nox-store', ['import', 'tool-1.0']);
    expect(['', 'etc', 'private', 'private/deep', 'pass', 'etc/key'].map((path) => modeOf(`${box.root}/store/tool-1.0/${path}`))).toEqual(['775', '775', '770', '700', '711', '400']);
  });

  test('is open from a Debian package, and so are directories that an archive lets nobody enter', () => {
    const box = sandbox();
    box.store('store');
    box.write('home/z.deb', deb('Package: z\nVersion: 1\n', [{ name: './', kind: '5', mode: 0o755 }, { name: './etc/z/', kind: '5', mode: 0o750 }, { name: './etc/z/rules', content: 'r' }, { name: './usr/lib/z.key', mode: 0o640, content: 'k' }], filter('xz')));
    expect(box.json('nox-store', ['import', 'z.deb']).packages[0].notes).toEqual([]);
    expect(['', 'etc', 'etc/z', 'lib/z.key'].map((path) => modeOf(`${box.root}/store/z-1/${path}`))).toEqual(['555', '555', '555', '444']);
    box.write('home/p.tar', tar([{ name: 'p-1/', kind: '5' }, { name: 'p-1/bin/', kind: '5' }, { name: 'p-1/bin/x', content: 'x' }]));
    expect(box.json('nox-store', ['import', 'p.tar']).packages[0].notes).toEqual([]);
    expect(['', 'bin'].map((path) => modeOf(`${box.root}/store/p-1/${path}`))).toEqual(['555', '555']);
  });
});
