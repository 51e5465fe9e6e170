import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { boxWith, sandbox } from '../support/sandbox.js';

test('a survey lists profiles with generations, packages with holders, and what dangles', () => {
  const box = boxWith('a-1', 'b-1', 'idle-1');
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'a-1', '-p', 'dev']);
  box.json('nox-profile', ['add', 'b-1', '-p', 'dev']);
  const store = box.store().path;
  const survey = box.json('nox-store', ['survey']);
  expect(survey.profiles).toMatchObject([{
    path: `${box.profiles}/dev`, name: 'dev', kind: 'user', owner: expect.any(String),
    generations: [
      { number: 0, current: false, packages: [] }, { number: 1, current: false, packages: [{ id: 'a-1', store }] },
      { number: 2, current: true, packages: [{ id: 'a-1', store }, { id: 'b-1', store }] },
    ],
  }]);
  expect(survey.packages.map(({ id, heldBy }: { id: string; heldBy: unknown[] }) => [id, heldBy.length > 0])).toEqual([['a-1', true], ['b-1', true], ['idle-1', false]]);
  expect([survey.doubts, survey.dangling]).toEqual([[], []]);
  fs.rmSync(`${store}/b-1`, { recursive: true });
  expect(box.json('nox-store', ['survey']).dangling).toEqual([{ profile: `${box.profiles}/dev`, generation: 2, id: 'b-1', store }]);
  expect(box.json('nox-store', ['doctor']).findings).toMatchObject([{ kind: 'dangling', path: `${box.profiles}/dev` }]);
});

test('a survey of a shared store of which nobody said where its users are ends with 7 and says so', () => {
  const box = sandbox();
  box.store().config({ scope: 'shared' }).package('a-1');
  const { status, stdout } = box.run('nox-store', ['survey']);
  expect([status, stdout.split('\n')[3]]).toEqual([7, expect.stringContaining('way out: add to')]);
});

test('why-kept names every holder, what-if who would lose what', () => {
  const box = boxWith('a-1', 'b-1');
  for (const name of ['one', 'two']) {
    box.json('nox-profile', ['new', name]);
    box.json('nox-profile', ['add', 'a-1', '-p', name]);
  }
  box.json('nox-profile', ['del', 'a', '-p', 'two']);
  const { heldBy, package: pkg } = box.json('nox-store', ['why-kept', 'a']);
  expect(pkg.id).toBe('a-1');
  expect(heldBy.filter(({ why }: { why: string }) => why === 'generation').map(({ name, generation, current }: Record<string, unknown>) => [name, generation, current])).toEqual([['one', 1, true], ['two', 1, false]]);
  expect(box.json('nox-store', ['what-if', 'a']).losers).toMatchObject([{ profile: `${box.profiles}/one`, generations: [1], current: true }, { profile: `${box.profiles}/two`, generations: [1], current: false }]);
  expect(box.run('nox-store', ['why-kept', 'b']).stdout).toBe('nothing that can be read holds "b-1"\n');
  expect(box.run('nox-store', ['what-if', 'b']).stdout).toBe('nobody whose profiles can be read would lose anything without "b-1"\n');
});

test('what is held by the record of a home that is gone says so, and how it ends', () => {
  const box = sandbox();
  box.store().config({ scope: 'shared', survey: 'records-only' }).package('a-1', { files: { 'bin/a': '' } });
  fs.mkdirSync(`${box.store().path}/.nox/roots`, { recursive: true });
  fs.chmodSync(`${box.store().path}/.nox/roots`, 0o1777);
  const gone = `${box.root}/gone/profiles`;
  box.json('nox-profile', ['add', 'a', '--profiles', gone]);
  expect(box.json('nox-store', ['why-kept', 'a', '--profiles', `${box.root}/none`]).heldBy).toMatchObject([{ why: 'generation', record: null, homeMissing: false }]);
  fs.rmSync(`${box.root}/gone`, { recursive: true });
  const { heldBy: [holder] } = box.json('nox-store', ['why-kept', 'a']);
  expect(holder).toMatchObject({ why: 'record', profile: `${gone}/default`, homeMissing: true });
  const way = `rm ${holder.record}`;
  for (const words of [['why-kept', 'a'], ['survey']]) expect(box.run('nox-store', words).stdout).toContain(way);
  execFileSync('sh', ['-c', way]);
  expect(box.json('nox-store', ['why-kept', 'a']).heldBy).toEqual([]);
});

test('init --shared makes the directory for root records, open to all and sticky', () => {
  const box = sandbox();
  const path = `${box.root}/new`;
  expect(box.json('nox-store', ['init', path, '--shared']).created).toEqual(['directory', 'nox-store.yaml', '.nox/roots']);
  expect((fs.statSync(`${path}/.nox/roots`).mode & 0o7777).toString(8)).toBe('1777');
});
