import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { sandbox, type Sandbox } from '../support/sandbox.js';

/** Packages enough to be worth remembering, last changed an hour ago. */
function manyPackages(): Sandbox {
  const box = sandbox();
  for (let at = 0; at < 80; at += 1) box.store().package(`p${at}-1`, { name: `p${at}`, version: '1', description: 'old' });
  return box;
}

const cache = (box: Sandbox): string => `${box.home}/.cache/nox/metadata`;
const rowsOf = (box: Sandbox): string[] => box.json('nox-store', ['list']).stores[0].packages.map(({ id, version }: { id: string; version: string }) => `${id} ${version}`);
const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 2100));

test('what metadata said is remembered, and every change of a package is seen', async () => {
  const box = manyPackages();
  await settle();
  const first = rowsOf(box);
  // What the files said, and what the listing told.
  expect(fs.readdirSync(cache(box))).toHaveLength(2);
  expect(rowsOf(box)).toEqual(first);

  // In place, of the same size, with its time put back: the change time of the file still tells.
  const file = `${box.store().pathOf('p3-1')}/nox-package.yaml`;
  const { atime, mtime } = fs.statSync(file);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('version: "1"', 'version: "2"'));
  fs.utimesSync(file, atime, mtime);
  fs.rmSync(`${box.store().pathOf('p4-1')}/nox-package.yaml`);
  fs.mkdirSync(`${box.store().pathOf('p5-1')}/info`);
  fs.writeFileSync(`${box.store().pathOf('p5-1')}/info/index.json`, '{"name": "p5", "version": "9", "depends": ["zlib"]}');
  box.store().package('p80-1', { name: 'p80', version: '7' });
  fs.rmSync(box.store().pathOf('p6-1'), { recursive: true });
  const changed = [...first.filter((row) => !row.startsWith('p6-')).map((row) => (row.startsWith('p3-') ? 'p3-1 2' : row)), 'p80-1 7'].sort();
  expect(rowsOf(box).sort()).toEqual(changed);
  expect(box.json('nox-store', ['show', 'p5-1']).package.depends).toEqual(['zlib']);
});

test('a cache that is damaged, of another nox, or cannot be written changes only speed', async () => {
  const box = manyPackages();
  await settle();
  const rows = rowsOf(box);
  for (const name of fs.readdirSync(cache(box))) {
    const file = `${cache(box)}/${name}`;
    const content = fs.readFileSync(file, 'utf8');
    for (const damaged of ['', content.slice(0, -20), content.replace('p7', 'q7'), content.replace(/"nox":"[a-z]+-cache"/, '"nox":"manifest"')]) {
      fs.writeFileSync(file, damaged);
      expect(rowsOf(box)).toEqual(rows);
    }
  }
  fs.rmSync(cache(box), { recursive: true });
  fs.writeFileSync(cache(box), 'a file');
  expect(rowsOf(box)).toEqual(rows);
  expect(box.run('nox-store', ['list']).stderr).toBe('');
});

/** As many small packages as are remembered, half of them with a file of their own that names them, half with a directory `info` in which there is nothing yet. */
function ofBothKinds(): Sandbox {
  const box = sandbox();
  for (let at = 0; at < 8; at += 1) box.store().package(`own${at}-1`, { name: `named${at}`, version: '1' });
  for (let at = 0; at < 8; at += 1) fs.mkdirSync(`${box.store().package(`bare${at}-1`).pathOf(`bare${at}-1`)}/info`);
  return box;
}

const inStore: ReadonlyArray<readonly [string, (at: (id: string) => string) => void]> = [
  ['nothing', () => undefined],
  ['a file is edited', (at) => fs.writeFileSync(`${at('own0-1')}/nox-package.yaml`, 'name: other\nversion: "1"\n')],
  ['a file is gone', (at) => fs.rmSync(`${at('own0-1')}/nox-package.yaml`)],
  ['a file comes', (at) => fs.writeFileSync(`${at('bare1-1')}/nox-package.yaml`, 'version: [broken')],
  ['a file comes below', (at) => fs.writeFileSync(`${at('bare0-1')}/info/index.json`, '{"name": "bare", "version": "7", "depends": []}')],
  ['a package is renamed', (at) => fs.renameSync(at('own1-1'), at('own9-1'))],
  ['a package is gone', (at) => fs.rmSync(at('own2-1'), { recursive: true })],
  ['a package comes', (at) => fs.mkdirSync(at('own7.5-2'))],
  ['an alias comes', (at) => fs.symlinkSync('own3-1', at('alias'))],
  ['the store says something', (at) => fs.writeFileSync(at('nox-store.yaml'), 'packages:\n  own4-1:\n    version: "44"\n')],
];

test('a listing that is remembered is that of a nox without memory, whatever changes', async () => {
  const boxes = inStore.map(([what, change]) => ({ what, change, box: ofBothKinds() }));
  await settle();
  for (const { what, change, box } of boxes) {
    const list = (env = {}): string => box.run('nox-store', ['list', '--json'], { env }).stdout;
    const before = list();
    expect(fs.readdirSync(cache(box))).toHaveLength(2);
    change((id) => box.store().pathOf(id));
    const seen = list();
    expect(seen, what).toBe(list({ XDG_CACHE_HOME: `${box.root}/other` }));
    expect(seen === before, what).toBe(what === 'nothing');
  }
});

test('another metadata file beside a package\'s own is seen by what uses packages, and by the next listing', async () => {
  const box = ofBothKinds();
  await settle();
  box.run('nox-store', ['list']);
  fs.mkdirSync(`${box.store().pathOf('own0-1')}/.spack`);
  fs.writeFileSync(`${box.store().pathOf('own0-1')}/.spack/spec.json`, 'no JSON');
  expect(box.json('nox-store', ['show', 'own0-1']).package.problem).toContain('spec.json');
  expect(box.run('nox-store', ['list']).stdout).toContain('unusable: .spack/spec.json');
});

test.skipIf(spawnSync('strace', ['-V']).status !== 0)('a list of twenty packages looks once at each the second time, and makes at most 100 file system calls', async () => {
  const box = sandbox();
  for (let at = 0; at < 20; at += 1) box.store().package(`p${at}-1`, { name: `p${at}`, version: '1' });
  await settle();
  box.run('nox-store', ['list']);
  const trace = `${box.root}/trace`;
  const done = runCommand('/usr/bin/strace', ['-f', '-qq', '-o', trace, '-e', 'trace=%file,getdents64', binPath('nox-store'), 'list'], { env: box.environment(), cwd: box.home });
  expect(done.status).toBe(0);
  const lines = fs.readFileSync(trace, 'utf8').split('\n').filter((line) => /^\d+ +\w+\(/.test(line));
  expect(lines.filter((line) => line.includes(`"${box.store().path}/p`))).toHaveLength(20);
  expect(lines.length).toBeLessThanOrEqual(100);
});
