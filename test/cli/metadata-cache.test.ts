import fs from 'node:fs';
import { expect, test } from 'vitest';
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
  expect(fs.readdirSync(cache(box))).toHaveLength(1);
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
  const [name] = fs.readdirSync(cache(box)) as [string];
  const file = `${cache(box)}/${name}`;
  const content = fs.readFileSync(file, 'utf8');
  for (const damaged of ['', content.slice(0, -20), content.replace('"old"', '"new"'), content.replace('metadata-cache', 'manifest')]) {
    fs.writeFileSync(file, damaged);
    expect(rowsOf(box)).toEqual(rows);
  }
  fs.rmSync(cache(box), { recursive: true });
  fs.writeFileSync(cache(box), 'a file');
  expect(rowsOf(box)).toEqual(rows);
  expect(box.run('nox-store', ['list']).stderr).toBe('');
});
