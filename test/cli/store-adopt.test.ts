import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';
import { condaCache, easybuildTree, spackTree } from '../support/trees.js';

/** The packages of a store, as `list` shows them. */
const packagesOf = (box: Sandbox, store: string): Record<string, string | null> => {
  const [listed] = box.json('nox-store', ['list', '--store', store]).stores;
  return Object.fromEntries(listed.packages.map(({ id, name, version }: { id: string; name: string; version: string }) => [id, `${name} ${version}`]));
};
const dependsOf = (box: Sandbox, store: string, id: string): readonly string[] => box.json('nox-store', ['show', id, '--store', store]).dependencies.map(({ request }: { request: string }) => request);
const listed = (box: Sandbox): string[] => box.json('nox-profile', ['list', 'default']).packages.map(({ id }: { id: string }) => id);

/** Adopts a tree, and shows that a dry run says the same and writes nothing, and that nothing but the file is new. */
function adopt(box: Sandbox, given: string, tree: string): { kind: string; patterns: string[] } {
  const before = layout(tree);
  const planned = box.json('nox-store', ['init', '--adopt', given, '--dry-run']);
  expect(layout(tree)).toEqual(before);
  const result = box.json('nox-store', ['init', '--adopt', given]);
  expect({ ...planned, dryRun: false }).toEqual(result);
  expect(result).toMatchObject({ path: tree, created: ['nox-store.yaml'], adopted: { tree } });
  const { 'nox-store.yaml': written, ...rest } = layout(tree);
  expect(rest).toEqual(before);
  expect(written).toContain(`adopted: ${result.adopted.kind}\n`);
  expect(box.json('nox-store', ['init', '--adopt', given]).created).toEqual([]);
  return { kind: result.adopted.kind, patterns: result.patterns };
}

describe('a Spack tree (imitated)', () => {
  test.each([['0.23', '*/*/*'], ['1.0', '*/*']] as const)('of %s is a store where it stands', (version, pattern) => {
    const box = sandbox();
    const tree = `${box.root}/spack/opt/spack`;
    const { zlib, hdf5 } = spackTree(tree, version);
    // The clone of Spack may be named as well as its tree.
    expect(adopt(box, `${box.root}/spack`, tree)).toEqual({ kind: 'spack', patterns: [pattern] });
    const old = Object.keys(packagesOf(box, tree)).find((id) => id.includes('1.2.13')) as string;
    expect(packagesOf(box, tree)).toEqual({ [zlib]: 'zlib 1.3.1', [old]: 'zlib 1.2.13', [hdf5]: 'hdf5 1.14.3' });
    // The very zlib that it was linked with, the system's glibc left out.
    expect(dependsOf(box, tree, hdf5)).toEqual([`id:${old}`]);
    box.json('nox-profile', ['add', 'hdf5', '--store', tree]);
    expect(listed(box)).toEqual([hdf5, old]);
    expect(box.run('nox-profile', ['run', 'default', '--', 'h5dump']).stdout).toBe('h5dump\n');
  });

  test('is never collected and holds no records, whoever owns it', () => {
    const box = sandbox();
    const tree = `${box.root}/spack`;
    const { zlib } = spackTree(tree, '1.0');
    adopt(box, tree, tree);
    const before = layout(tree);
    box.json('nox-profile', ['add', zlib, '--store', tree]);
    expect(box.json('nox-store', ['list', '--store', tree]).stores[0].writable).toBe(false);
    expect(box.json('nox-store', ['gc', '--store', tree, '--settle', '0', '--min-age', '0'])).toMatchObject({ removed: [], kept: 3, doubts: [] });
    expect(layout(tree)).toEqual(before);
  });
});

test('nothing is imported into an adopted tree, and what collection says of it is true', () => {
  const box = sandbox();
  const tree = `${box.root}/eb/software`;
  easybuildTree(`${box.root}/eb`);
  box.json('nox-store', ['init', '--adopt', tree]);
  box.write('home/gdb-14.1/bin/gdb', '');
  const before = layout(tree);
  for (const flags of [[], ['--dry-run']]) {
    const { error } = box.json('nox-store', ['import', 'gdb-14.1', '--store', tree, '--as', 'gdb/14.1', ...flags], { status: 8 });
    expect(error).toMatchObject({ code: 'adopted-store', hint: `nox-store import gdb-14.1 --store ${box.home}/nix/store` });
  }
  expect(layout(tree)).toEqual(before);
  expect(box.run('nox-store', ['import', 'gdb-14.1', '--store', `${box.home}/nix/store`]).status).toBe(0);
  expect(box.run('nox-store', ['gc', '--store', tree]).stderr).toBe(`nox-store: nothing can be collected: "${tree}" is a tree of EasyBuild, which nox only reads\n`);
});

test('an EasyBuild software directory (imitated) is a store where it stands, with the dependencies of its easyconfigs', () => {
  const box = sandbox();
  easybuildTree(box.root);
  const tree = `${box.root}/software`;
  expect(adopt(box, box.root, tree)).toEqual({ kind: 'easybuild', patterns: ['*/*'] });
  expect(packagesOf(box, tree)).toEqual({
    'GCCcore/12.3.0': 'GCCcore 12.3.0', 'Python/3.11.3-GCCcore-12.3.0': 'Python 3.11.3-GCCcore-12.3.0', 'foss/2023a': 'foss 2023a', 'h5py/3.9.0-foss-2023a': 'h5py 3.9.0-foss-2023a',
    'zlib/1.2.13-GCCcore-12.2.0': 'zlib 1.2.13-GCCcore-12.2.0', 'zlib/1.2.13-GCCcore-12.3.0': 'zlib 1.2.13-GCCcore-12.3.0',
  });
  // Of two toolchains its own; what only the system has is left out; a version that is computed leaves the name.
  expect(dependsOf(box, tree, 'Python/3.11.3-GCCcore-12.3.0')).toEqual(['id:zlib/1.2.13-GCCcore-12.3.0', 'id:GCCcore/12.3.0']);
  expect(dependsOf(box, tree, 'foss/2023a')).toEqual(['id:GCCcore/12.3.0']);
  expect(dependsOf(box, tree, 'h5py/3.9.0-foss-2023a')).toEqual(['id:Python/3.11.3-GCCcore-12.3.0', 'id:zlib/1.2.13-GCCcore-12.3.0', 'id:foss/2023a']);
  box.json('nox-profile', ['add', 'h5py', '--store', tree]);
  expect(listed(box)).toEqual(['GCCcore/12.3.0', 'Python/3.11.3-GCCcore-12.3.0', 'foss/2023a', 'h5py/3.9.0-foss-2023a', 'zlib/1.2.13-GCCcore-12.3.0']);
  expect(box.run('nox-profile', ['run', 'default', '--', 'python3']).stdout).toBe('python\n');
});

test('a conda package cache (imitated) is a store where it stands, archives and indexes left out', () => {
  const box = sandbox();
  const tree = `${box.root}/miniforge/pkgs`;
  fs.mkdirSync(tree, { recursive: true });
  condaCache(tree);
  expect(adopt(box, `${box.root}/miniforge`, tree)).toEqual({ kind: 'conda', patterns: ['*-*-*'] });
  expect(packagesOf(box, tree)).toEqual({
    '_libgcc_mutex-0.1-conda_forge': '_libgcc_mutex 0.1', 'hdf5-1.14.3-nompi_h4f84152_100': 'hdf5 1.14.3', 'libgcc-ng-13.2.0-h807b86a_5': 'libgcc-ng 13.2.0', 'zlib-1.2.13-hd590300_5': 'zlib 1.2.13',
  });
  box.json('nox-profile', ['add', 'hdf5', '--store', tree]);
  expect(listed(box)).toHaveLength(4);
  expect(box.run('nox-profile', ['run', 'default', '--', 'h5dump']).stdout).toBe('h5dump\n');
});

test('a tree that is not to be written is led to by a store of the user, as the hint has it', () => {
  const box = sandbox();
  const tree = `${box.root}/apps/spack`;
  const { zlib } = spackTree(tree, '1.0');
  const before = layout(tree);
  fs.chmodSync(tree, 0o555);
  fs.mkdirSync(`${box.home}/nix`);
  fs.chmodSync(box.home, 0o777);
  fs.chmodSync(`${box.home}/nix`, 0o777);
  const refused = box.json('nox-store', ['init', '--adopt', tree], { unprivileged: true, status: 8 });
  expect(refused.error).toMatchObject({ code: 'adopt-elsewhere', data: { kind: 'Spack', reason: 'not-writable', file: ['# A store of nox: see docs/stores.md.', 'adopted: spack', 'packages:', '  - "*/*"'] } });
  const { instead } = refused.error.data;
  expect(refused.error.hint).toBe(`nox-store init ${instead} --adopt ${tree}`);

  expect(box.run('nox-store', ['init', instead, '--adopt', tree], { unprivileged: true })).toMatchObject({ status: 0, stderr: '' });
  expect(layout(instead)).toEqual({ 'nox-store.yaml': expect.stringContaining('"spack/*/*"'), spack: `-> ${tree}` });
  expect(packagesOf(box, instead)).toMatchObject({ [`spack/${zlib}`]: 'zlib 1.3.1' });
  box.json('nox-profile', ['add', 'hdf5', '--store', instead]);
  expect(listed(box)).toHaveLength(2);
  expect(box.json('nox-store', ['gc', '--store', instead, '--settle', '0', '--min-age', '0'])).toMatchObject({ removed: [] });
  expect(layout(tree)).toEqual(before);
  expect(box.json('nox-store', ['init', instead, '--adopt', tree]).created).toEqual([]);
});

test('a store of packages is not turned into one that leads elsewhere', () => {
  const box = sandbox();
  spackTree(`${box.root}/spack`, '1.0');
  const store = box.store().package('root-6.30.02');
  expect(box.json('nox-store', ['init', store.path, '--adopt', `${box.root}/spack`], { status: 4 }).error.code).toBe('store-configured');
});
