import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox, type Sandbox } from '../support/sandbox.js';

/** A package so large that many of its directories are older than the last tick of the clock when the farm is done; in the others every link is read. */
const large = { files: Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`share/d${at % 60}/f${at}`, ''])) };
const treeOf = (box: Sandbox, number: number): string => `${box.profiles}/.nox/profiles/default/generations/${number}`;

/** Links below a directory that have other names, and all of them. */
function shared(directory: string): [number, number] {
  const links = fs.readdirSync(directory, { withFileTypes: true, recursive: true }).filter((entry) => entry.isSymbolicLink());
  return [links.filter(({ parentPath, name }) => fs.lstatSync(`${parentPath}/${name}`).nlink > 1).length, links.length];
}

test('a next generation shares the links that stay as they are, and costs hardly more than its directories', () => {
  const box = sandbox();
  box.store().package('large-1', large).package('small-1', { files: { 'bin/small': '' } });
  box.json('nox-profile', ['add', 'large']);
  expect(shared(treeOf(box, 1))).toEqual([0, 3000]);
  box.json('nox-profile', ['add', 'small']);
  const [same, all] = shared(treeOf(box, 2));
  expect(all).toBe(3001);
  expect(same).toBe(3000);
  expect(fs.readlinkSync(`${box.profiles}/default/share/d7/f7`)).toBe(`${box.store().pathOf('large-1')}/share/d7/f7`);

  // What one generation loses the other keeps.
  box.json('nox-profile', ['prune', '--older-than', '0', '--keep', '1']);
  expect(shared(treeOf(box, 2))).toEqual([0, 3001]);
  expect(fs.existsSync(`${box.profiles}/default/share/d7/f7`)).toBe(true);
});

test('what the user changed in a directory of thousands is seen: a new file, another link in the place of one, one taken away', () => {
  const box = sandbox();
  box.store().package('large-1', large).package('small-1', { files: { 'bin/small': '' } });
  box.json('nox-profile', ['add', 'large']);
  const profile = `${box.profiles}/default`;
  fs.writeFileSync(`${profile}/share/d1/mine`, 'mine');
  fs.unlinkSync(`${profile}/share/d2/f2`);
  fs.symlinkSync('/etc/hostname', `${profile}/share/d2/f2`);
  fs.unlinkSync(`${profile}/share/d3/f3`);
  expect(box.json('nox-profile', ['status']).unmanaged).toEqual(['share/d1/mine', 'share/d2/f2']);

  const collision = box.json('nox-profile', ['add', 'small'], { status: 4 });
  expect(collision.error.data.collisions.map(({ path }: { path: string }) => path)).toEqual(['share/d2/f2']);
  fs.unlinkSync(`${profile}/share/d2/f2`);
  box.json('nox-profile', ['add', 'small']);
  expect(fs.readFileSync(`${profile}/share/d1/mine`, 'utf8')).toBe('mine');
  for (const path of ['share/d2/f2', 'share/d3/f3']) expect(fs.readlinkSync(`${profile}/${path}`)).toBe(`${box.store().pathOf('large-1')}/${path}`);
});
