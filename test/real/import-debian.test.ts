import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox } from '../support/sandbox.js';
import { programPath } from './debian/host.js';
import { type ImportedStore, importStore } from './debian/import-store.js';

const absent = programPath('apt-get') === null ? 'not installed: apt-get' : null;
const figures: Record<string, number> = {};
afterAll(() => console.log(`figures: ${JSON.stringify(figures)}`)); // eslint-disable-line no-console

describe.skipIf(absent !== null)('a scientific stack of Debian, imported in one command', () => {
  const box = sandbox();
  const store = `${box.root}/debian`;
  const env = { NOX_STORE_PATH: store };
  let made: ImportedStore | string = 'not made';
  beforeAll(() => {
    const began = Date.now();
    made = importStore(store);
    figures['seconds of download and import'] = Math.round((Date.now() - began) / 1000);
  }, 1_200_000);
  const imported = (skip: (note: string) => never): ImportedStore => (typeof made === 'string' ? skip(`apt cannot download: ${made}`) : made);

  it('consists of a few hundred packages, all of them intact', ({ skip }) => {
    const { archives, packages } = imported(skip);
    figures['packages'] = packages.length;
    figures['notes'] = packages.reduce((sum, { notes }) => sum + notes.length, 0);
    expect(packages).toHaveLength(archives.length);
    expect(packages.length).toBeGreaterThan(200);
    const verified = box.json('nox-store', ['verify'], { env, timeout: 300_000 });
    expect(verified.packages.filter(({ status }: { status: string }) => status !== 'intact')).toEqual([]);
    expect(existsSync(`${store}/.nox`)).toBe(false);
  });

  it('says of every package that it is present when it is imported again', ({ skip }) => {
    const { archives } = imported(skip);
    const again = box.json('nox-store', ['import', ...archives], { env, timeout: 600_000 });
    expect(new Set(again.packages.map(({ status }: { status: string }) => status))).toEqual(new Set(['present']));
  }, 700_000);

  it('has every symlink lead to something', ({ skip }) => {
    imported(skip);
    expect(execFileSync('find', [store, '-xtype', 'l'], { encoding: 'utf8', maxBuffer: 64 << 20 })).toBe('');
  });

  it('makes a profile of python3-scipy, libboost-dev, cmake and g++ without a collision', ({ skip }) => {
    imported(skip);
    const { status, stderr } = box.run('nox-profile', ['add', 'python3-scipy', 'libboost-dev', 'cmake', 'g++'], { env, timeout: 300_000 });
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('brought more than once')]);
    const profile = `${box.profiles}/default`;
    for (const path of ['bin/python3', 'bin/cmake', 'bin/g++', 'include/boost/version.hpp', 'lib/python3/dist-packages/scipy/__init__.py']) expect([store, box.profiles].some((own) => realpathSync(`${profile}/${path}`).startsWith(`${own}/`))).toBe(true);
    expect(execFileSync('find', [`${profile}/`, '-xtype', 'l'], { encoding: 'utf8', maxBuffer: 64 << 20 })).toBe('');
  });

  it('comes back from an export of the closure with the same digests', ({ skip }) => {
    const { packages } = imported(skip);
    const file = `${box.root}/cmake.tar.zst`;
    const written = box.json('nox-store', ['export', 'cmake', '--closure', '-o', file], { env, timeout: 300_000 });
    const back = box.json('nox-store', ['import', file, '--store', `${box.root}/other`], { env, timeout: 300_000 });
    const digestsOf = (all: ReadonlyArray<{ id: string; digest: string }>): Map<string, string> => new Map(all.map(({ id, digest }) => [id, digest]));
    expect(digestsOf(back.packages)).toEqual(digestsOf(written.packages));
    const whole = digestsOf(packages);
    for (const [id, digest] of digestsOf(back.packages)) expect(whole.get(id)).toBe(digest);
    expect(readFileSync(file).length).toBeGreaterThan(1 << 20);
    figures['packages of the export'] = written.packages.length;
  }, 700_000);
});
