import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { raw } from '../../../../src/fs/bytes.js';
import { effective } from '../../../../src/store/effective.js';
import { scanStores, type ScannedStore } from '../../../../src/store/io/scan.js';
import { sandbox } from '../../../support/sandbox.js';

const scan = async (path: string): Promise<ScannedStore> => (await scanStores([path]))[0] as ScannedStore;
const ids = ({ packages }: ScannedStore): string[] => packages.map(({ id, aliasOf }) => (aliasOf === null ? id : `${id} -> ${aliasOf}`));
const warnings = (store: ScannedStore): string[] => store.warnings.map(({ path, problem }) => `${path.slice(store.path.length + 1)}: ${problem}`);
const tree = { files: { 'bin/x': 'x' } };

describe('a store of one level', () => {
  test('has a package for each directory, and none for files and hidden entries', async () => {
    const store = sandbox().store().package('b-2').package('a-1.0', tree).package('.hidden');
    fs.writeFileSync(`${store.path}/README`, 'x');
    execFileSync('mkfifo', [`${store.path}/fifo`]);
    const found = await scan(store.path);
    expect(ids(found)).toEqual(['a-1.0', 'b-2']);
    expect(found).toMatchObject({ path: store.path, writable: true, missing: false, warnings: [] });
    expect(found.packages[0]).toMatchObject({ store: store.path, path: `${store.path}/a-1.0`, name: 'a', version: '1.0', aliasOf: null, problem: null });
  });

  test('works with names of any bytes', async () => {
    const names = ['a b-1', 'new\nline-1', '-dash', '\udcff\udcfe-2.0', '\u001b[31mred-1', '__proto__', 'constructor', 'x\uFFFD-1', "quote'\"-1"];
    const store = sandbox().store();
    for (const name of names) store.package(name, tree);
    store.link('alias\udc80', '\udcff\udcfe-2.0');
    const found = await scan(store.path);
    expect(ids(found).sort()).toEqual([...names, 'alias\udc80 -> \udcff\udcfe-2.0'].sort());
    expect(found.packages.every(({ path }) => fs.existsSync(raw(path)))).toBe(true);
    expect(found.packages.map(({ problem }) => problem)).toEqual(found.packages.map(() => null));
  });

  test('refuses nothing but the use of a package whose path holds a colon', async () => {
    const found = await scan(sandbox().store().package('a:b-1.0').path);
    expect(found.packages[0]?.problem).toBe('its path holds ":", which does not fit into a path variable');
  });

  test('that is missing, a file, or a loop is empty with a warning', async () => {
    const box = sandbox();
    fs.symlinkSync('loop', `${box.root}/loop`);
    const found = await scanStores([`${box.root}/none`, box.write('file', ''), `${box.root}/loop`]);
    expect(found.map(({ missing, writable, packages }) => [missing, writable, packages.length])).toEqual([[true, false, 0], [false, false, 0], [true, false, 0]]);
    expect(found.flatMap((store) => store.warnings.map(({ problem }) => problem))).toEqual([
      'this store does not exist',
      'this store cannot be read: not a directory',
      'this store does not exist',
    ]);
  });
});

describe('a symlink entry', () => {
  test('is an alias of the package of the same store that it leads to, over any number of links', async () => {
    const box = sandbox();
    const store = box.store().package('root-6.30.02', { name: 'root', version: '6.30.02', description: 'd' });
    store.link('root', 'root-6.30.02').link('latest', 'root').link('dot', './root').link('absolute', `${store.path}/root-6.30.02`).link('around', '../central/latest');
    const found = await scan(store.path);
    expect(ids(found)).toEqual(['absolute', 'around', 'dot', 'latest', 'root'].map((id) => `${id} -> root-6.30.02`).concat('root-6.30.02'));
    expect(found.packages[0]).toMatchObject({ id: 'absolute', path: `${store.path}/absolute`, name: 'root', version: '6.30.02', metadata: { description: 'd' } });
  });

  test('is an alias also when the store is reached through a symlink', async () => {
    const box = sandbox();
    const store = box.store().package('a-1').link('a', './a-1');
    fs.symlinkSync('central', `${box.root}/other`);
    store.link('b', `${box.root}/other/a-1`);
    expect(ids(await scan(`${box.root}/other`))).toEqual(['a -> a-1', 'a-1', 'b -> a-1']);
  });

  test('that leads elsewhere is a package, and has aliases', async () => {
    const box = sandbox();
    box.write('area/nox-package.yaml', 'name: dev\nversion: "7"\n');
    const found = await scan(box.store().link('dev-1', '../area').link('dev', 'dev-1').link('hidden', '.real').package('.real').path);
    expect(ids(found)).toEqual(['dev -> dev-1', 'dev-1', 'hidden']);
    expect(found.packages[1]).toMatchObject({ name: 'dev', version: '7' });
  });

  test('that leads nowhere, in a circle or to the store is told; one to a file is not', async () => {
    const store = sandbox().store().link('gone', 'nothing').link('x', 'y').link('y', 'x').link('self', '.').link('up', '..').link('top', '/').link('to-gone', 'gone').link('file', 'f');
    fs.writeFileSync(`${store.path}/f`, '');
    const found = await scan(store.path);
    expect(ids(found)).toEqual([]);
    expect(warnings(found).sort()).toEqual([
      'gone: this link leads nowhere',
      'self: this link leads to the store itself',
      'to-gone: this link leads to a link that is no package',
      'top: this link leads to the store itself',
      'up: this link leads to the store itself',
      'x: this link leads to a link that is no package',
      'y: this link leads to a link that is no package',
    ]);
  });
});

describe('metadata', () => {
  test('comes field by field from nox-store.yaml, nox-package.yaml, Spack, conda, and the identifier', async () => {
    const store = sandbox().store().package('a-1.0', {
      yaml: 'version: "2.0"\nhomepage: of the package\n',
      files: {
        '.spack/spec.json': JSON.stringify({ spec: { nodes: [{ name: 'spack-name', version: '3.0', hash: 'h' }] } }),
        'info/index.json': JSON.stringify({ name: 'conda-name', version: '4.0', license: 'BSD' }),
      },
    }).package('b-1.0').config('packages: {a-1.0: {homepage: of the store, depends: [b]}}');
    expect((await scan(store.path)).packages[0]).toMatchObject({
      name: 'spack-name',
      version: '2.0',
      problem: null,
      metadata: { homepage: 'of the store', license: 'BSD', depends: ['b'] },
    });
  });

  test('of Spack names its dependencies by hash within the store', async () => {
    const spec = (name: string, dependencies: object[]): string => JSON.stringify({ spec: { nodes: [{ name, version: '1', hash: `h-${name}`, dependencies }] } });
    const link = (name: string): object => ({ name, hash: `h-${name}`, type: ['link'] });
    const store = sandbox().store()
      .package('linux/gcc-12/root-1-abc', { files: { 'lib/x': '', '.spack/spec.json': spec('root', [link('zlib'), link('curl')]) } })
      .package('linux/gcc-12/zlib-1-def', { files: { 'lib/x': '', '.spack/spec.json': spec('zlib', []) } })
      .config('packages: ["*/*/*"]');
    const found = await scan(store.path);
    expect(found.packages.map(({ id, metadata }) => [id, metadata.depends])).toEqual([
      ['linux/gcc-12/root-1-abc', ['curl', 'id:linux/gcc-12/zlib-1-def']],
      ['linux/gcc-12/zlib-1-def', []],
    ]);
  });

  test('that is bad does not hide the package, and says why', async () => {
    const store = sandbox().store()
      .package('bomb-1', { yaml: '['.repeat(60_000) })
      .package('deep-1', { yaml: '['.repeat(30_000) + ']'.repeat(30_000) })
      .package('large-1', { yaml: Buffer.alloc(10 << 20, 'a') })
      .package('type-1', { yaml: 'depends: 3' })
      .package('fifo-1')
      .package('directory-1', { directories: ['nox-package.yaml'] })
      .package('device-1', { links: { 'nox-package.yaml': '/dev/zero' } })
      .package('json-1', { files: { 'info/index.json': '{' } })
      .package('spack-1', { files: { '.spack/spec.json': '[['.repeat(100_000) } })
      .package('proto-1', { files: { 'info/index.json': '{"__proto__": {"name": "evil"}}' } })
      .package('fine-1');
    execFileSync('mkfifo', [store.pathOf('fifo-1/nox-package.yaml')]);
    const found = await scan(store.path);
    expect(found.packages.map(({ id, problem }) => [id, problem])).toEqual([
      ['bomb-1', 'nox-package.yaml: it is nested deeper than 40 levels'],
      ['deep-1', 'nox-package.yaml: it is nested deeper than 40 levels'],
      ['device-1', 'nox-package.yaml: it leads out of the package, and what lies elsewhere is not read'],
      ['directory-1', 'nox-package.yaml: it is not a regular file'],
      ['fifo-1', 'nox-package.yaml: it is not a regular file'],
      ['fine-1', null],
      ['json-1', 'info/index.json: it is not an object'],
      ['large-1', 'nox-package.yaml: it is larger than 65536 bytes'],
      ['proto-1', 'info/index.json: it has no name'],
      ['spack-1', '.spack/spec.json: it has no "spec.nodes"'],
      ['type-1', 'nox-package.yaml: depends: it must be a list of texts'],
    ]);
    expect(warnings(found)).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('in a real device is not read', async () => {
    const store = sandbox().store().package('a-1');
    execFileSync('mknod', [store.pathOf('a-1/nox-package.yaml'), 'c', '1', '5']);
    expect((await scan(store.path)).packages[0]?.problem).toBe('nox-package.yaml: it is not a regular file');
  });

  test('of a store that cannot be used makes every package of it unusable', async () => {
    const found = await scan(sandbox().store().package('a-1').config('packages: ["/"]').path);
    expect(found.packages.map(({ problem }) => problem)).toEqual(['nox-store.yaml: packages: "/": a pattern is relative to the store']);
    expect(warnings(found)).toEqual(['nox-store.yaml: packages: "/": a pattern is relative to the store']);
  });

  test('in nox-store.yaml of one package that is bad concerns that package', async () => {
    const found = await scan(sandbox().store().package('a-1').package('b-1').config('packages: {a-1: {priority: x}, gone: {name: y}}\nwhat: ever').path);
    expect(found.packages.map(({ problem }) => problem)).toEqual(['nox-store.yaml: priority: it must be a whole number of at most nine digits', null]);
    expect(warnings(found)).toEqual(['nox-store.yaml: unknown key "what" is ignored', 'nox-store.yaml: it names the package "gone", which does not exist']);
  });
});

describe('patterns', () => {
  test('find packages at several levels: a directory that only holds versions is none, what lies in a package is none', async () => {
    const store = sandbox().store().config('packages: ["*", "*/*"]')
      .package('ROOT/6.30.02', tree).package('ROOT/6.28.00', tree).link('ROOT/current', '6.30.02')
      .package('zlib-1.2', { files: { 'lib/pkg/x': '' } })
      .package('empty-1').package('.hidden/x').package('ROOT/.hidden', tree);
    fs.writeFileSync(`${store.path}/ROOT/current.chain`, '');
    const found = await scan(store.path);
    expect(ids(found)).toEqual(['ROOT/6.28.00', 'ROOT/6.30.02', 'ROOT/current -> ROOT/6.30.02', 'empty-1', 'zlib-1.2']);
    expect(found.packages[1]).toMatchObject({ name: 'ROOT', version: '6.30.02' });
  });

  test('work with names of any bytes', async () => {
    const store = sandbox().store().config('packages: ["*/*"]').package('R\udcffT/6 30\n', tree).package('é/*', tree).package('\\/[a]', tree);
    expect(ids(await scan(store.path)).sort()).toEqual(['R\udcffT/6 30\n', '\\/[a]', 'é/*'].sort());
  });

  test('with "**" stop at packages and never enter symlinks', async () => {
    const store = sandbox().store().config('packages: ["**"]').package('a/b/c-1', tree).package('d-1', tree);
    store.link('a/loop', '..').link('a/b/again', '../../a').link('e', 'a/b/c-1');
    const found = await scan(store.path);
    expect(ids(found).filter((id) => !id.startsWith('a/b/again'))).toEqual(['a/b/c-1', 'd-1', 'e -> a/b/c-1']);
    expect(found.packages.length).toBeLessThan(5);
  });

  test('may spell out names, which need not exist, and enter a symlink by its name', async () => {
    const box = sandbox();
    box.write('disk/ROOT/6.30/bin/root', '');
    const store = box.store().config('packages: ["zlib-1", "gone-1", "ROOT/*", "no/*"]').package('zlib-1').package('other-1').link('ROOT', '../disk/ROOT');
    const found = await scan(store.path);
    expect(ids(found)).toEqual(['ROOT/6.30', 'zlib-1']);
    expect(warnings(found)).toContain('nox-store.yaml: it names the package "gone-1", which does not exist');
  });

  test('are joined by the packages that the metadata map names', async () => {
    const found = await scan(sandbox().store().config('packages: {ROOT/6.30: {depends: [x]}, ../evil: {name: x}}').package('ROOT/6.30', tree).package('x-1').path);
    expect(ids(found)).toEqual(['ROOT/6.30', 'x-1']);
    expect(warnings(found)).toEqual(['nox-store.yaml: it names the package "../evil", a component begins with a dot']);
  });
});

test('the earliest store wins, and shadows the others', async () => {
  const box = sandbox();
  box.store('dev').package('a-1').package('b-1');
  box.store('central').package('a-1').package('c-1');
  box.store('old').package('a-1').package('c-1');
  const stores = await scanStores([`${box.root}/dev`, `${box.root}/central`, `${box.root}/old`]);
  expect(effective(stores).map((standing) => [standing.package.path.slice(box.root.length), standing.shadowedBy?.slice(box.root.length) ?? null])).toEqual([
    ['/dev/a-1', null],
    ['/dev/b-1', null],
    ['/central/a-1', '/dev'],
    ['/central/c-1', null],
    ['/old/a-1', '/dev'],
    ['/old/c-1', '/central'],
  ]);
});
