import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox, type Sandbox } from '../support/sandbox.js';
import { isRoot } from '../support/users.js';

const NOW = ['--settle', '0', '--min-age', '0'];
const idsOf = (removed: readonly { id: string }[]): string[] => removed.map(({ id }) => id);

/** A store of a used and a dead package. */
function started(config: Readonly<Record<string, unknown>>): { box: Sandbox; store: string } {
  const box = sandbox();
  const store = box.store().config(config).package('used-1', { files: { 'bin/used': 'u' } }).package('dead-1');
  box.json('nox-profile', ['add', 'used']);
  return { box, store: store.path };
}

const collect = (box: Sandbox, store: string, env = {}) => box.json('nox-store', ['gc', ...NOW, '--store', store], { env });

test('a store whose name leads to an empty directory just now keeps what that name uses', () => {
  const { box, store } = started({ scope: 'private' });
  const real = `${box.root}/disk`;
  fs.renameSync(store, real);
  fs.mkdirSync(store);
  expect(idsOf(collect(box, real).removed)).toEqual(['dead-1']);
  expect(fs.existsSync(`${real}/used-1`)).toBe(true);
});

test('so it does where only the records beside it tell', () => {
  const { box, store } = started({ scope: 'shared', survey: 'records-only' });
  const real = `${box.root}/disk`;
  fs.renameSync(store, real);
  fs.mkdirSync(store);
  const elsewhere = { HOME: `${box.root}/admin`, NOX_PROFILES: '' };
  expect(idsOf(collect(box, real, elsewhere).removed)).toEqual(['dead-1']);
  expect(fs.existsSync(`${real}/used-1`)).toBe(true);
});

test('records of the store that a copy was made of hold nothing in the copy', () => {
  const { box, store } = started({ scope: 'shared', survey: 'records-only' });
  const copy = `${box.root}/copy`;
  execFileSync('cp', ['-a', store, copy]);
  const elsewhere = { HOME: `${box.root}/admin`, NOX_PROFILES: '' };
  expect(idsOf(collect(box, copy, elsewhere).removed)).toEqual(['dead-1', 'used-1']);
});

test.skipIf(!isRoot)('a store that is mounted in two places is one (as root)', () => {
  const { box, store } = started({ scope: 'private' });
  box.store().package('linked-1', { files: { 'bin/linked': 'l' } });
  const other = `${box.root}/other`;
  fs.mkdirSync(other);
  fs.symlinkSync(`${other}/linked-1/bin/linked`, `${box.profiles}/default/bin/mine`);
  execFileSync('mount', ['--bind', store, other]);
  try {
    expect(collect(box, other)).toMatchObject({ removed: [{ id: 'dead-1' }], kept: 2 });
    expect(collect(box, store)).toMatchObject({ removed: [], kept: 2 });
    expect(box.json('nox-store', ['gc', ...NOW, '--store', store, '--store', other])).toMatchObject({ removed: [], kept: 2 });
    expect(fs.readdirSync(store).filter((name) => name.endsWith('-1')).sort()).toEqual(['linked-1', 'used-1']);
  } finally {
    execFileSync('umount', [other]);
  }
});

test('profile homes, releases and other stores among the packages are none', () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private' }).package('used-1', { files: { 'bin/used': 'u' } }).package('dead-1');
  const inside = { env: { NOX_PROFILES: `${store.path}/team/profiles` } };
  box.json('nox-profile', ['add', 'used'], inside);
  fs.writeFileSync(`${store.path}/team/profiles/default/mine`, 'mine');
  box.json('nox-profile', ['publish', 'default', '--as', 'prod', '--releases', `${store.path}/releases`], inside);
  box.json('nox-profile', ['new', 'dev', '--profiles', `${store.path}/homes`]);
  fs.mkdirSync(`${store.path}/nested/theirs-1`, { recursive: true });
  fs.writeFileSync(`${store.path}/nested/nox-store.yaml`, 'scope: shared\n');
  expect(idsOf(collect(box, store.path).removed)).toEqual(['dead-1']);
  expect(fs.readFileSync(`${store.path}/team/profiles/default/mine`, 'utf8')).toBe('mine');
  expect(fs.readdirSync(store.path).filter((name) => !name.startsWith('.')).sort()).toEqual(['homes', 'nested', 'nox-store.yaml', 'releases', 'team', 'used-1']);
});

test('a profile home that the store names, and that is not there, is a doubt', () => {
  const { box, store } = started({ scope: 'shared', survey: ['/nonexistent/home/nix/profiles'] });
  const found = box.json('nox-store', ['gc', ...NOW], { status: 7 });
  expect(found).toMatchObject({ removed: [], doubts: [{ path: '/nonexistent/home/nix/profiles', hint: 'mount it, or take it out of nox-store.yaml' }] });
  expect(fs.existsSync(`${store}/dead-1`)).toBe(true);
});

test('a directory of accounts that does not answer is a doubt', () => {
  const { box } = started({ scope: 'shared', survey: 'accounts' });
  box.write('bin/getent', '#!/bin/sh\nexit 2\n', 0o755);
  const env = { PATH: `${box.root}/bin:/usr/bin:/bin` };
  const { removed, doubts } = box.json('nox-store', ['gc', ...NOW], { env, status: 7 });
  expect(removed).toEqual([]);
  expect(doubts).toContainEqual({ path: '/etc/passwd', reason: 'not all accounts may be known: "getent passwd" failed with exit 2', hint: 'run it again once "getent passwd" answers', user: null });
});
