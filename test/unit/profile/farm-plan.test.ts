import { describe, expect, test } from 'vitest';
import { countLinks, type Farm, linksIn, linkTarget } from '../../../src/profile/farm/farm.js';
import { planFarm } from '../../../src/profile/farm/plan.js';
import type { FarmPackage, FarmRequest } from '../../../src/profile/farm/request.js';
import type { TreeDirectory, TreeNode } from '../../../src/profile/farm/tree.js';

/** A tree in short: a text ending in `/` is a directory's key, `-> x` a link, anything else a file's content. */
type Short = { readonly [name: string]: string | Short };

function tree(short: Short): TreeDirectory {
  const entries = new Map<string, TreeNode>();
  for (const [name, value] of Object.entries(short)) {
    if (typeof value !== 'string') entries.set(name, tree(value));
    else entries.set(name, value.startsWith('-> ') ? { type: 'symlink', text: value.slice(3) } : { type: 'file' });
  }
  return { type: 'directory', entries };
}

function content(short: Short, path: string): string | Short | undefined {
  return path.split('/').reduce<string | Short | undefined>((at, name) => (typeof at === 'object' ? at[name] : undefined), short);
}

function plan(shorts: Record<string, Short>, options: Partial<Omit<FarmRequest, 'packages'>> & { priority?: Record<string, number> } = {}) {
  const packages: FarmPackage[] = Object.entries(shorts).map(([name, short]) => ({
    id: `${name}-1`, name, store: '/s', path: `/s/${name}`, priority: options.priority?.[name] ?? 5, tree: tree(short),
  }));
  const at = (path: string): unknown => {
    const [, , name, ...rest] = path.split('/');
    return content(shorts[name as string] as Short, rest.join('/'));
  };
  return planFarm({
    packages, layout: 'full', withLibc: false, prefer: [], preferOverUnmanaged: new Set(), isHidden: () => false, remedyOf: () => null, isFile: () => true, mustBeReal: () => false, mustLookInto: () => true, unmanaged: null,
    isSame: (a, b) => at(a) === at(b), ...options,
  });
}

function links(farm: Farm): Record<string, string> {
  const found: Record<string, string> = {};
  for (const directory of farm.directories) for (const link of linksIn(directory)) found[directory.path === '' ? link.name : `${directory.path}/${link.name}`] = linkTarget(farm.roots, link);
  return found;
}

describe('full layout', () => {
  test('directories are real and every entry is a link to the package\'s own', () => {
    const { plan: farm, collisions } = plan({ a: { bin: { x: '1', y: '-> x' }, lib: {} }, b: { bin: { z: '2' } } });
    expect(collisions).toEqual([]);
    expect(farm.directories.map((d) => d.path)).toEqual(['', 'bin', 'lib']);
    expect(links(farm)).toEqual({ 'bin/x': '/s/a/bin/x', 'bin/y': '/s/a/bin/y', 'bin/z': '/s/b/bin/z' });
  });

  test('what describes a package stays out of the profile', () => {
    const { plan: farm } = plan({ a: { '.nox': { m: '' }, 'nox-package.yaml': '', '.spack': { 'spec.json': '' }, info: { 'index.json': '' }, share: { info: { 'x.info': '' } } } });
    expect(Object.keys(links(farm))).toEqual(['share/info/x.info']);
  });

  test('an info directory that is not conda\'s is linked', () => {
    expect(Object.keys(links(plan({ a: { info: { 'x.info': '' } } }).plan))).toEqual(['info/x.info']);
  });
});

test('links crosswise between directories bring a few times what the packages hold, not any multiple of it', () => {
  const numbers = [0, 1, 2, 3, 4, 5];
  const crosswise = (name: string): Short => Object.fromEntries(numbers.map((i) => [`d${i}`, {
    ...Object.fromEntries(numbers.filter((j) => j !== i).map((j) => [`to${j}`, `-> ../d${j}`])),
    ...Object.fromEntries(Array.from({ length: 500 }, (_, k) => [`${name}${k}`, ''])),
  }]));
  const { plan: farm } = plan({ a: { share: crosswise('a') }, b: { share: crosswise('b') } });
  expect(countLinks(farm)).toBeLessThan(50_000);
});

describe('collisions', () => {
  test('all of them are reported, sorted, with everyone who brings the path', () => {
    const { collisions } = plan({ a: { z: '1', bin: { x: '1' } }, b: { z: '2', bin: { x: '2' } }, c: { z: '3' } });
    expect(collisions).toEqual([
      { path: 'bin/x', packages: [{ id: 'a-1', name: 'a', store: '/s' }, { id: 'b-1', name: 'b', store: '/s' }], unmanaged: false },
      { path: 'z', packages: [{ id: 'a-1', name: 'a', store: '/s' }, { id: 'b-1', name: 'b', store: '/s' }, { id: 'c-1', name: 'c', store: '/s' }], unmanaged: false },
    ]);
  });

  test('equal files are one file', () => {
    const { plan: farm, collisions } = plan({ a: { f: 'same' }, b: { f: 'same' } });
    expect(collisions).toEqual([]);
    expect(links(farm)).toEqual({ f: '/s/a/f' });
  });

  test('a file and a directory of one name collide', () => {
    expect(plan({ a: { x: 'file' }, b: { x: { y: '' } } }).collisions.map((c) => c.path)).toEqual(['x']);
  });

  test('the preferred package wins, whatever the priorities', () => {
    const { plan: farm, collisions } = plan({ a: { f: '1' }, b: { f: '2' } }, { prefer: ['b'], priority: { a: 1 } });
    expect(collisions).toEqual([]);
    expect(links(farm)).toEqual({ f: '/s/b/f' });
  });

  test('the lowest priority number wins, and a tie collides', () => {
    expect(links(plan({ a: { f: '1' }, b: { f: '2' } }, { priority: { b: 4 } }).plan)).toEqual({ f: '/s/b/f' });
    expect(plan({ a: { f: '1' }, b: { f: '2' }, c: { f: '3' } }, { priority: { a: 4, b: 4 } }).collisions).toHaveLength(1);
  });

  test('a hidden path is nobody\'s', () => {
    const { plan: farm, collisions } = plan({ a: { f: '1' }, b: { f: '2' } }, { isHidden: (path, pkg) => path === 'f' && pkg.name === 'a' });
    expect(collisions).toEqual([]);
    expect(links(farm)).toEqual({ f: '/s/b/f' });
  });

  test('known junk goes to the first', () => {
    const { plan: farm, collisions } = plan({ a: { share: { info: { dir: '1' } } }, b: { share: { info: { dir: '2' } } } });
    expect(collisions).toEqual([]);
    expect(links(farm)).toEqual({ 'share/info/dir': '/s/a/share/info/dir' });
  });

  test('a file of the user\'s at a path that a package brings', () => {
    const unmanaged = { tree: tree({ bin: { x: 'mine' } }), holderOf: () => '/g' };
    expect(plan({ a: { bin: { x: '1' } } }, { unmanaged, isSame: () => false }).collisions).toEqual([
      { path: 'bin/x', packages: [{ id: 'a-1', name: 'a', store: '/s' }], unmanaged: true },
    ]);
  });

  test('other files of the user\'s are carried, with the directories they need', () => {
    const unmanaged = { tree: tree({ bin: { mine: '' }, own: { deep: { file: '' } } }), holderOf: () => '/g' };
    const { plan: farm, collisions } = plan({ a: { bin: { x: '1' } } }, { unmanaged });
    expect(collisions).toEqual([]);
    expect(farm.carried.map((c) => c.path)).toEqual(['bin/mine', 'own', 'own/deep', 'own/deep/file']);
    expect(farm.directories.map((d) => d.path)).toEqual(['', 'bin', 'own', 'own/deep']);
  });
});

describe('links to directories', () => {
  test('one that stays in its package and meets a directory is merged', () => {
    const { plan: farm, collisions } = plan({ a: { lib64: '-> lib', lib: { x: '' } }, b: { lib64: { y: '' } } });
    expect(collisions).toEqual([]);
    expect(links(farm)).toEqual({ 'lib/x': '/s/a/lib/x', 'lib64/x': '/s/a/lib/x', 'lib64/y': '/s/b/lib64/y' });
  });

  test('one that leaves its package and meets a directory collides', () => {
    expect(plan({ a: { lib64: '-> /usr/lib' }, b: { lib64: { y: '' } } }).collisions.map((c) => c.path)).toEqual(['lib64']);
    expect(plan({ a: { lib64: '-> ../other' }, b: { lib64: { y: '' } } }).collisions.map((c) => c.path)).toEqual(['lib64']);
  });

  test('alone it is linked as it is', () => {
    expect(links(plan({ a: { lib64: '-> lib', lib: { x: '' } } }).plan)).toEqual({ lib64: '/s/a/lib64', 'lib/x': '/s/a/lib/x' });
  });

  test('loops end', () => {
    const { collisions } = plan({ a: { here: '-> .', x: '' }, b: { here: '-> .', y: '' }, c: { here: { here: { here: { z: '' } } } } });
    expect(collisions.length).toBeLessThan(10);
    expect(plan({ a: { l: '-> m', m: '-> l' }, b: { l: '-> m', m: '-> l' } }).collisions).toEqual([]);
  });

  test('links crosswise between directories do not multiply without end', () => {
    const levels = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`d${i}`, { l: `-> ../d${i + 1}`, r: `-> ../d${i + 1}` }]));
    const started = process.cpuUsage().user;
    plan({ a: { ...levels, d25: { x: '' } }, b: { ...levels, d25: { y: '' } } });
    expect(process.cpuUsage().user - started).toBeLessThan(20e6);
  });
});

describe('links of equal text', () => {
  const shorts = { a: { 'lib.so': '-> lib.so.1', 'lib.so.1': 'A' }, b: { 'lib.so': '-> lib.so.1', 'lib.so.1': 'B' } };

  test('follow the decision for the path they name', () => {
    expect(links(plan(shorts, { prefer: ['b'] }).plan)).toEqual({ 'lib.so': '/s/b/lib.so', 'lib.so.1': '/s/b/lib.so.1' });
    expect(links(plan(shorts, { prefer: ['a'] }).plan)).toEqual({ 'lib.so': '/s/a/lib.so', 'lib.so.1': '/s/a/lib.so.1' });
  });

  test('are not reported beside the path they name', () => {
    expect(plan(shorts).collisions.map((c) => c.path)).toEqual(['lib.so.1']);
  });

  test('follow through a chain', () => {
    const chain = (x: string): Short => ({ l: '-> m', m: '-> n', n: x });
    expect(links(plan({ a: chain('A'), b: chain('B') }, { priority: { b: 1 } }).plan)).toEqual({ l: '/s/b/l', m: '/s/b/m', n: '/s/b/n' });
  });

  test('one of the user\'s stays the user\'s, and is carried', () => {
    const unmanaged = { tree: tree({ share: { l: '-> t', t: 'mine' } }), holderOf: () => '/g' };
    expect(plan({ b: { share: { l: '-> t' } } }, { unmanaged }).plan.carried.map((c) => c.path)).toEqual(['share/t', 'share/l']);
    const link = { tree: tree({ share: { l: '-> t' } }), holderOf: () => '/g' };
    const { plan: farm } = plan({ b: { share: { l: '-> t', t: 'B' } } }, { unmanaged: link });
    expect(farm.carried.map((c) => c.path)).toEqual(['share/l']);
    expect(links(farm)).toEqual({ 'share/t': '/s/b/share/t' });
  });

  test('go to the package whose own target stands when only one has it', () => {
    expect(links(plan({ a: { l: '-> t' }, b: { l: '-> t', t: 'B' } }).plan)).toEqual({ l: '/s/b/l', t: '/s/b/t' });
  });
});

describe('the C library', () => {
  test('its files are left out and named, other libraries stay', () => {
    const lib = { 'libc.so.6': '', 'ld-linux-x86-64.so.2': '', 'libm.so.6': '', 'libnss_files.so.2': '', 'libcrypt.so.1': '', 'libc.so': '', 'libmpi.so.6': '' };
    const { plan: farm } = plan({ a: { lib } });
    expect(Object.keys(links(farm)).sort()).toEqual(['lib/libc.so', 'lib/libcrypt.so.1', 'lib/libmpi.so.6']);
    expect(farm.withoutLibc.map((left) => left.path).sort()).toEqual(['lib/ld-linux-x86-64.so.2', 'lib/libc.so.6', 'lib/libm.so.6', 'lib/libnss_files.so.2']);
    expect(Object.keys(links(plan({ a: { lib } }, { withLibc: true }).plan))).toHaveLength(7);
  });
});

describe('folded layout', () => {
  const folded = { layout: 'folded' as const };

  test('links a directory of one package whole, never at depth 1', () => {
    const { plan: farm } = plan({ a: { bin: { x: '' }, share: { doc: { a: { r: '' } } } }, b: { share: { doc: { b: { s: '' } } } } }, folded);
    expect(links(farm)).toEqual({ 'bin/x': '/s/a/bin/x', 'share/doc/a': '/s/a/share/doc/a', 'share/doc/b': '/s/b/share/doc/b' });
    expect(farm.folded).toEqual(['share/doc/a', 'share/doc/b']);
  });

  test('keeps real what must be, and everything above it', () => {
    const mustBeReal = (directory: string, name: string): boolean => directory === 'lib/python3' && name === 'site-packages';
    const { plan: farm } = plan({ a: { lib: { python3: { 'site-packages': { n: { f: '' } }, x: { y: '' } } } } }, { ...folded, mustBeReal });
    expect(links(farm)).toEqual({ 'lib/python3/site-packages/n': '/s/a/lib/python3/site-packages/n', 'lib/python3/x': '/s/a/lib/python3/x' });
  });

  test('does not fold over what is left out or over files of the user\'s', () => {
    const { plan: farm } = plan({ a: { share: { d: { keep: '', drop: '' }, e: { x: '' } } } }, {
      ...folded, isHidden: (path) => path === 'share/d/drop', unmanaged: { tree: tree({ share: { e: { mine: '' } } }), holderOf: () => '/g' },
    });
    expect(links(farm)).toEqual({ 'share/d/keep': '/s/a/share/d/keep', 'share/e/x': '/s/a/share/e/x' });
  });
});
