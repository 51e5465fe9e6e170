import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../support/sandbox.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** A store of root's that everybody reads, and a home of an ordinary user. */
function ordinary(): Sandbox {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '#!/bin/sh\necho a' } }).package('b-1', { files: { 'bin/b': '' } });
  fs.chmodSync(box.root, 0o755);
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, box.home]);
  return box;
}

test.skipIf(!isRoot)('an ordinary user composes a profile from a store of root\'s, and writes nothing into the store', () => {
  const box = ordinary();
  const before = fs.readdirSync(box.store().path, { recursive: true });
  const user = { unprivileged: true };
  expect(box.json('nox-profile', ['add', 'a', 'b'], user).generation).toBe(1);
  expect(box.json('nox-profile', ['del', 'b'], user).generation).toBe(2);
  expect(box.json('nox-profile', ['rollback'], user).generation).toBe(1);
  expect(fs.statSync(`${box.profiles}/.nox`).uid).toBe(NOBODY);
  expect(fs.readdirSync(box.store().path, { recursive: true })).toEqual(before);
  expect(box.json('nox-store', ['list'], user).stores[0].writable).toBe(false);
});

test.skipIf(!isRoot)('a profile home that may not be written is an error that says so, and reading goes on', () => {
  const box = ordinary();
  box.json('nox-profile', ['add', 'a'], { unprivileged: true });
  execFileSync('chown', ['-R', '0:0', box.home]);
  const refused = box.run('nox-profile', ['add', 'b'], { unprivileged: true });
  expect(refused.status).toBe(8);
  expect(refused.stderr).toMatch(/^nox-profile: cannot .* permission denied; nothing was changed\n/);
  expect(box.json('nox-profile', ['list', 'default'], { unprivileged: true }).packages).toHaveLength(1);
  expect(fs.readdirSync(`${box.profiles}/.nox/profiles/default/generations`)).toEqual(['0', '1']);
});

test.skipIf(!isRoot)('a package in a store that may not be entered any longer cannot be read, and is not called gone', () => {
  const box = ordinary();
  const [user, other] = [{ unprivileged: true }, box.store('other').package('c-1', { files: { 'bin/c': '' } })];
  box.json('nox-profile', ['add', 'a'], user);
  fs.chmodSync(box.store().path, 0o700);
  const refused = box.json('nox-profile', ['add', 'c', '--store', other.path], { ...user, status: 8 }).error;
  expect(refused).toMatchObject({ code: 'unreadable-package', data: { id: 'a-1' } });
  fs.chmodSync(box.store().path, 0o755);
  fs.rmSync(`${box.store().path}/a-1`, { recursive: true });
  expect(box.json('nox-profile', ['add', 'c', '--store', other.path], { ...user, status: 3 }).error.code).toBe('package-gone');
});

test.skipIf(!isRoot)('status goes on where a package cannot be read, and names it', () => {
  const box = ordinary();
  const [user, other] = [{ unprivileged: true }, box.store('other').package('c-1', { files: { 'bin/c': '' } })];
  box.json('nox-profile', ['add', 'a', 'c'], user);
  fs.chmodSync(other.path, 0o700);
  expect(box.json('nox-profile', ['status'], user)).toMatchObject({ packages: 2, gone: [], unreadable: [{ id: 'c-1', store: other.path }] });
  const { findings } = box.json('nox-profile', ['doctor'], { ...user, status: 6 });
  expect(findings).toMatchObject([{ code: 'unreadable', path: `${other.path}/c-1`, hint: 'ask its owner for permission to read it' }]);
  expect(box.run('nox-profile', ['status'], user).stdout).toContain(`packages that cannot be read:\n  c-1 (${other.path})\n`);
});

test.skipIf(!isRoot)('a directory of the user\'s own in the profile that cannot be read is an error with the command that opens it', () => {
  const box = ordinary();
  const user = { unprivileged: true };
  box.json('nox-profile', ['add', 'a'], user);
  const closed = `${box.profiles}/.nox/profiles/default/generations/1/closed`;
  fs.mkdirSync(closed, { mode: 0 });
  fs.chownSync(closed, NOBODY, NOBODY);
  for (const args of [['status'], ['add', 'b'], ['del', 'a']]) {
    expect(box.json('nox-profile', args, { ...user, status: 8 }).error).toMatchObject({ code: 'not-permitted', hint: `chmod u+rwx ${closed}` });
  }
  fs.chownSync(closed, 0, 0);
  expect(box.json('nox-profile', ['status'], { ...user, status: 8 }).error.hint).toBe(`ask the owner of ${closed} for permission to read it, or to move it out of the profile`);
});

test('what packages that stay have lost is said when a change leaves it out', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { 'bin/a': '', 'share/a/x': '', 'share/a/y': '' } }).package('b-1', { files: { 'bin/b': '' } }).package('c-1', { files: { 'bin/c': '' } });
  for (const layout of ['full', 'folded']) {
    box.json('nox-profile', ['new', layout, '--layout', layout]);
    box.json('nox-profile', ['add', 'a', '-p', layout]);
  }
  fs.rmSync(store.pathOf('a-1/bin/a'));
  const said = (...paths: string[]): string => `nox-profile: "${store.pathOf('a-1')}" has changed, and what the profile showed of it is not there any longer: ${paths.map((path) => `"${path}"`).join(', ')}\n`;
  for (const layout of ['full', 'folded']) expect(box.run('nox-profile', ['add', 'b', '-p', layout]).stderr).toBe(said('bin/a'));
  fs.rmSync(store.pathOf('a-1/share/a'), { recursive: true });
  expect(box.run('nox-profile', ['add', 'c', '-p', 'full']).stderr).toBe(said('share/a/x', 'share/a/y'));
  expect(box.run('nox-profile', ['add', 'c', '-p', 'folded']).stderr).toBe(said('share/a'));
  expect(box.run('nox-profile', ['del', 'c', 'a', '-p', 'full']).stderr).toBe('');
});

test.skipIf(!isRoot)('a directory of the user\'s that is closed in the generation to show keeps nobody from going back to it', () => {
  const box = ordinary();
  const user = { unprivileged: true };
  box.json('nox-profile', ['add', 'a'], user);
  fs.mkdirSync(`${box.profiles}/default/own`);
  fs.writeFileSync(`${box.profiles}/default/own/file`, 'mine');
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, `${box.profiles}/default/own`]);
  box.json('nox-profile', ['add', 'b'], user);
  fs.chmodSync(`${box.profiles}/.nox/profiles/default/generations/1/own`, 0);
  expect(box.json('nox-profile', ['rollback'], user)).toMatchObject({ generation: 1, outOfView: ['own/'] });
});
