import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { layout, sandbox } from '../support/sandbox.js';

describe('nox-store show', () => {
  const box = sandbox();
  const dev = box.store('dev').package('root-6.31.99', { depends: ['zlib'] }).package('zlib-1.3');
  const central = box.store('central')
    .package('root-6.30.02', {
      version: '6.30/02',
      description: 'analysis \u001b[31m of data',
      homepage: 'https://root.cern',
      depends: ['zlib@^1.2', 'id:xrootd-5', 'gsl', 'blas'],
      provides: ['cling'],
      conflicts: ['root5'],
      priority: 3,
      env: { set: { ROOTSYS: '${package}' }, prepend: { PYTHONPATH: ['${profile}/lib'] } },
    })
    .package('root-6.28.00').link('root-new', 'root-6.30.02')
    .package('zlib-1.2.13').package('zlib-1.3').package('xrootd-5').package('openblas-0.3', { provides: ['blas@3.9'] });

  test('says all that is known of an identifier', () => {
    const { stdout, status } = box.run('nox-store', ['show', 'root-6.30.02']);
    expect(stdout).toBe(`identifier   root-6.30.02
name         root
version      6.30/02
path         ${central.path}/root-6.30.02
description  analysis \\x1b[31m of data
homepage     https://root.cern
priority     3
aliases      root-new
depends      zlib@^1.2 -> zlib-1.3 in ${dev.path}
             id:xrootd-5 -> xrootd-5 in ${central.path}
             gsl -> nothing
             blas -> openblas-0.3 in ${central.path}
provides     cling
conflicts    root5
env          ROOTSYS = \${package}
             PYTHONPATH: \${profile}/lib before what is there
others       root-6.31.99 in ${dev.path}
             root-6.28.00 in ${central.path}
`);
    expect(status).toBe(0);
  });

  test('gives one object with --json, with null and empty lists for what is absent', () => {
    expect(box.json('nox-store', ['show', 'zlib-1.3'])).toEqual({
      version: 1,
      package: {
        id: 'zlib-1.3',
        name: 'zlib',
        version: '1.3',
        store: dev.path,
        path: `${dev.path}/zlib-1.3`,
        description: null,
        homepage: null,
        license: null,
        platform: null,
        depends: [],
        conflicts: [],
        provides: [],
        remedies: null,
        priority: null,
        env: null,
        prefix: null,
        problem: null,
        misspelt: [],
        aliases: [],
      },
      dependencies: [],
      shadows: [{ id: 'zlib-1.3', name: 'zlib', version: '1.3', store: central.path }],
      others: [{ id: 'zlib-1.2.13', name: 'zlib', version: '1.2.13', store: central.path }],
    });
  });

  test.each([
    ['root', 'root-6.31.99'],
    ['root@<6.31', 'root-6.30.02'],
    ['root@6.28', 'root-6.28.00'],
    ['root-new', 'root-6.30.02'],
    ['cling', 'root-6.30.02'],
    ['zlib@^1.2.0 <1.3', 'zlib-1.2.13'],
  ])('takes %s for %s', (request, id) => {
    expect(box.json('nox-store', ['show', request]).package.id).toBe(id);
  });
});

describe('a key of its metadata that is no field', () => {
  const box = sandbox();
  const store = box.store()
    .config('scope: private\npackages:\n  b-1: {descriptoin: of b}\n')
    .package('a-1', { files: { 'nox-package.yaml': 'dependss: [zlib]\nx-site: ours\nconda_build: 3\n' } }).package('b-1').package('z-1');
  const told = 'unknown key "dependss" is ignored; did you mean "depends"?';

  test('is told by show where it looks misspelt, and left to others where not', () => {
    expect(box.run('nox-store', ['show', 'a']).stdout).toContain(`ignored     ${told}\n`);
    expect(box.json('nox-store', ['show', 'a']).package.misspelt).toEqual(['dependss']);
    expect(box.json('nox-store', ['show', 'z']).package.misspelt).toEqual([]);
  });

  test("is told by doctor, in the store's own file too", () => {
    expect(box.json('nox-store', ['doctor']).findings).toEqual([
      { store: store.path, kind: 'misspelt', path: store.pathOf('a-1'), problem: `metadata of a-1: ${told}`, hint: 'correct it' },
      { store: store.path, kind: 'misspelt', path: store.pathOf('b-1'), problem: 'metadata of b-1: unknown key "descriptoin" is ignored; did you mean "description"?', hint: 'correct it' },
    ]);
  });

  test('and what makes a package unusable is told by doctor, but once where it is the store\'s own file', () => {
    const other = sandbox();
    const broken = other.store().config('scope: private\n').package('a-1', { files: { 'nox-package.yaml': 'name: [x\n' } }).package('b-1', { files: { 'nox-package.yaml': 'depends: no list\n' } });
    const findings = (): unknown[] => other.json('nox-store', ['doctor']).findings;
    expect(findings()).toMatchObject([
      { kind: 'unusable', path: broken.pathOf('a-1'), problem: expect.stringMatching(/^a-1 cannot be used: nox-package.yaml: /) },
      { kind: 'unusable', path: broken.pathOf('b-1'), problem: 'b-1 cannot be used: nox-package.yaml: depends: it must be a list of texts' },
    ]);
    broken.config('scope: [\n');
    expect(findings()).toMatchObject([{ kind: 'unusable', path: broken.pathOf('nox-store.yaml') }]);
  });

  test('is told by add when the package comes in, and by import', () => {
    expect(box.run('nox-profile', ['add', 'a', 'z']).stderr).toBe(`nox-profile: "a-1": ${told}\n`);
    expect(box.run('nox-profile', ['del', 'z']).stderr).toBe('');
    expect(box.json('nox-store', ['import', store.pathOf('a-1'), '--as', 'c-1']).packages[0].notes).toContain(told);
  });
});

describe('nox-store search', () => {
  test('looks into identifiers, names, descriptions and provisions, in upper and lower case', () => {
    const box = sandbox();
    const store = box.store().package('a-1', { description: 'a Fast\u001b[2J histogram' }).package('fastjet-3.4').package('b-1', { name: 'bFAST' }).package('c-1', { provides: ['fast@1'] }).package('d-1', { license: 'fast' });
    const { stdout } = box.run('nox-store', ['search', 'fAsT']);
    expect(stdout).toBe(`a-1          1    ${store.path}  a Fast\\x1b[2J histogram
b-1          1    ${store.path}  -
c-1          1    ${store.path}  -
fastjet-3.4  3.4  ${store.path}  -
`);
    expect(box.json('nox-store', ['search', 'jet']).packages).toEqual([
      { id: 'fastjet-3.4', name: 'fastjet', version: '3.4', path: `${store.path}/fastjet-3.4`, store: store.path, shadowedBy: null, aliasOf: null, problem: null, description: null },
    ]);
    expect(box.run('nox-store', ['search', 'none'])).toEqual({ stdout: '', stderr: 'nox-store: no package matches "none"\n', status: 0 });
    expect(box.run('nox-store', ['search', 'fastjte'])).toEqual({ stdout: '', stderr: 'nox-store: no package matches "fastjte"; did you mean "fastjet"?\n', status: 0 });
  });
});

describe('nox-store owner', () => {
  const box = sandbox();
  box.write('area/bin/tool', '');
  const store = box.store()
    .config('packages: ["*", "*/*"]')
    .package('root-6.30', { files: { 'bin/root': '', 'lib/a b\n': '' }, links: { 'lib/libx.so': '/etc/passwd' } })
    .package('ROOT/6.28', { files: { 'bin/root': '' } })
    .link('root', 'root-6.30').link('dev', '../area');
  fs.mkdirSync(`${box.home}/profile/bin`, { recursive: true });
  fs.symlinkSync(store.pathOf('root/bin/root'), `${box.home}/profile/bin/root`);
  fs.symlinkSync('root', `${box.home}/profile/bin/root6`);
  fs.symlinkSync('root-6.30/lib/a b\n', store.pathOf('.hidden'));
  fs.symlinkSync('profile', `${box.home}/linked`);

  test.each([
    ['an absolute path', store.pathOf('root-6.30/bin/root'), 'root-6.30', 'bin/root'],
    ['a relative path', '../central/root-6.30/bin', 'root-6.30', 'bin'],
    ['the package itself', store.pathOf('ROOT/6.28'), 'ROOT/6.28', ''],
    ['a path through an alias', store.pathOf('root/bin/root'), 'root-6.30', 'bin/root'],
    ['an alias', store.pathOf('root'), 'root-6.30', ''],
    ['links of a profile', 'linked/bin/root6', 'root-6.30', 'bin/root'],
    ['a link of the package, wherever it leads', store.pathOf('root/lib/libx.so'), 'root-6.30', 'lib/libx.so'],
    ['a path through an entry that leads elsewhere', store.pathOf('dev/bin/tool'), 'dev', 'bin/tool'],
    ['a path in the place where such an entry leads', '../area/bin/tool', 'dev', 'bin/tool'],
  ])('finds it for %s', (_, file, id, rest) => {
    const found = box.json('nox-store', ['owner', file]);
    expect([found.package.id, found.file]).toEqual([id, rest]);
  });

  test('prints identifier and path', () => {
    expect(box.run('nox-store', ['owner', store.pathOf('.hidden')]).stdout).toBe(`root-6.30  ${store.path}/root-6.30/lib/a b\\x0a\n`);
  });

  test.each([['a directory above packages', store.pathOf('ROOT')], ['the store', store.path], ["the store's own file", store.pathOf('nox-store.yaml')], ['a directory of a profile', 'profile/bin']])('is exit 3 for %s', (_, file) => {
    expect(box.run('nox-store', ['owner', file]).status).toBe(3);
  });
});

describe('nox-store init', () => {
  test('makes the first store of the path, and does nothing the second time', () => {
    const box = sandbox();
    const path = `${box.home}/nix/store`;
    const before = layout(box.root);
    expect(box.run('nox-store', ['init', '--private', '--dry-run']).stdout).toBe(`would make the private store ${path}\n`);
    expect(layout(box.root)).toEqual(before);
    expect(box.run('nox-store', ['init', '--private'])).toEqual({ stdout: `made the private store ${path}\n`, stderr: '', status: 0 });
    const { '.nox/reserve': reserve, ...made } = layout(path);
    expect(made).toEqual({ '.nox/': 'dir', 'nox-store.yaml': 'file # A store of nox: see docs/stores.md.\nscope: private\n' });
    expect(reserve?.slice(0, 30)).toMatch(/^file \{"nox":"reserve"/);
    expect(fs.statSync(path).mode & 0o777).toBe(0o700);
    expect(box.run('nox-store', ['init', '--private'])).toEqual({ stdout: `${path} is a store already\n`, stderr: '', status: 0 });
    expect(box.run('nox-store', ['init']).status).toBe(0);
  });

  test.each([
    ['a profile home', 'nix/profiles', 'is or lies in a profile home, whose entries are profiles'],
    ['an entry of one', 'nix/profiles/new', 'is or lies in a profile home, whose entries are profiles'],
    ['a profile', 'nix/profiles/dev', 'lies in a profile, or else among the files of nox, and would go with them'],
    ['a directory of a profile', 'nix/profiles/dev/share/store', 'lies in a profile, or else among the files of nox, and would go with them'],
    ['a directory with ad-hoc profiles', '../scratch', 'is or lies in a profile home, whose entries are profiles'],
  ])('refuses %s', (_, place, problem) => {
    const box = sandbox();
    fs.mkdirSync(`${box.root}/scratch`);
    box.json('nox-profile', ['new', 'dev']);
    box.json('nox-profile', ['new', 'exp', '--path', `${box.root}/scratch/exp`]);
    const before = layout(box.root);
    for (const flags of [[], ['--dry-run'], ['--shared']]) {
      expect(box.json('nox-store', ['init', place, ...flags], { status: 2 }).error).toMatchObject({ code: 'usage', message: `"${place.startsWith('..') ? `${box.root}/scratch` : `${box.home}/${place}`}" ${problem}: take another place for a store` });
    }
    expect(layout(box.root)).toEqual(before);
    // Beside ad-hoc profiles it would be in nobody's way.
    expect(box.run('nox-store', ['init', '../scratch/builds']).status).toBe(0);
  });

  test('names the line that the file lacks', () => {
    const box = sandbox();
    box.json('nox-store', ['init']);
    const hint = String(box.json('nox-store', ['init', '--shared'], { status: 4 }).error.hint);
    expect(hint).toBe('add a line to the file: scope: shared');
    fs.appendFileSync(`${box.home}/nix/store/nox-store.yaml`, `${hint.slice(hint.indexOf(': ') + 2)}\n`);
    expect(box.json('nox-store', ['init', '--shared']).created).toEqual(['.nox/roots']);
  });

  test('writes patterns that the store then has', () => {
    const box = sandbox();
    const store = box.store().package('ROOT/6.30', { files: { 'bin/root': '' } });
    expect(box.json('nox-store', ['init', store.path, '--shared', '--pattern', '*/*', '--pattern', 'v[0-9]"x'])).toEqual({
      version: 1,
      dryRun: false,
      path: store.path,
      scope: 'shared',
      adopted: null,
      patterns: ['*/*', 'v[0-9]"x'],
      created: ['nox-store.yaml', '.nox/roots'],
    });
    expect(box.json('nox-store', ['list']).stores[0].packages.map((pkg: { id: string }) => pkg.id)).toEqual(['ROOT/6.30']);
    expect(box.json('nox-store', ['init', store.path, '--shared', '--pattern', '*/*', '--pattern', 'v[0-9]"x']).created).toEqual([]);
  });

  test('never overwrites a file that says otherwise', () => {
    const box = sandbox();
    const store = box.store().config('scope: shared\npackages: ["*"]\n');
    const before = layout(store.path);
    const { stdout, stderr, status } = box.run('nox-store', ['init', store.path, '--private', '--pattern', '*/*']);
    expect([stdout, stderr, status]).toEqual(['', `nox-store: "${store.path}/nox-store.yaml" exists and says otherwise: its scope is shared and its patterns are *\nhint: edit the file: docs/stores.md tells its keys\n`, 4]);
    expect(layout(store.path)).toEqual(before);
    store.config('a: [');
    expect(box.run('nox-store', ['init', store.path]).status).toBe(4);
  });

  test('fails where nothing can be made', () => {
    const box = sandbox();
    box.write('file', '');
    expect(box.run('nox-store', ['init', '../file']).status).not.toBe(0);
    expect(box.run('nox-store', ['init', `${box.root}/new`, '--shared'], { unprivileged: true }).status).toBe(process.getuid?.() === 0 ? 8 : 0);
  });
});
