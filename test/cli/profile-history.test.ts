import fs from 'node:fs';
import { expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../support/sandbox.js';

function withLetters(letters = 'ABC'): Sandbox {
  const box = sandbox();
  for (const letter of letters) box.store().package(`${letter}-1.0`, { files: { [`bin/${letter}`]: letter } });
  box.json('nox-profile', ['new', 'dev']);
  return box;
}

const add = (box: Sandbox, ...words: string[]) => box.json('nox-profile', ['add', '-p', 'dev', ...words]);
const names = (box: Sandbox): string[] => box.json('nox-profile', ['list', 'dev']).packages.map((p: { id: string }) => p.id);

test('a profile starts with the empty generation 0', () => {
  const box = withLetters();
  expect(box.json('nox-profile', ['list', 'dev'])).toEqual({ version: 1, name: 'dev', generation: 0, packages: [] });
  expect(fs.readlinkSync(`${box.profiles}/dev`)).toBe('.nox/profiles/dev/generations/0');
  expect(fs.readdirSync(`${box.profiles}/dev`)).toEqual(['.nox']);
});

test('history is a stack: A, B, rollback, C, rollback shows A; a second rollback goes further back', () => {
  const box = withLetters();
  expect(add(box, 'A').generation).toBe(1);
  expect(add(box, 'B').generation).toBe(2);
  expect(box.json('nox-profile', ['rollback', 'dev'])).toMatchObject({ profile: 'dev', generation: 1, previous: 2, changes: [{ change: 'removed', id: 'B-1.0', from: null }] });
  expect(add(box, 'C').generation).toBe(3);
  expect(names(box)).toEqual(['A-1.0', 'C-1.0']);
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(1);
  expect(names(box)).toEqual(['A-1.0']);
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(0);
  const refused = box.json('nox-profile', ['rollback', 'dev'], { status: 3 });
  expect(refused.error).toMatchObject({ code: 'no-earlier-generation', hint: 'nox-profile switch 3 -p dev' });
  expect(names(box)).toEqual([]);
});

test('numbers are never used twice', () => {
  const box = withLetters();
  add(box, 'A');
  box.json('nox-profile', ['rollback', 'dev']);
  expect(add(box, 'B').generation).toBe(2);
  box.json('nox-profile', ['switch', '1', '-p', 'dev']);
  expect(add(box, 'C').generation).toBe(3);
  expect(box.json('nox-profile', ['history', 'dev']).generations.map((g: { number: number; current: boolean }) => [g.number, g.current])).toEqual([[0, false], [1, false], [2, false], [3, true]]);
});

test('a rollback after a switch goes back to what was shown before the switch', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  box.json('nox-profile', ['switch', '0', '-p', 'dev']);
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(2);
});

test('a change that changes nothing makes no generation', () => {
  const box = withLetters();
  add(box, 'A');
  expect(add(box, 'A')).toEqual({ version: 1, profile: 'dev', generation: 1, previous: 1, changes: [], choices: [], outOfView: [], dryRun: false });
  expect(box.json('nox-profile', ['switch', '1', '-p', 'dev']).changes).toEqual([]);
  expect(box.json('nox-profile', ['upgrade', '-p', 'dev']).generation).toBe(1);
  expect(box.json('nox-profile', ['history', 'dev']).switches).toHaveLength(2);
});

test('a generation that does not exist, and one that was deleted', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  expect(box.json('nox-profile', ['switch', '7', '-p', 'dev'], { status: 3 }).error).toMatchObject({
    code: 'no-such-generation', message: 'the profile "dev" has no generation 7; it has 0, 1, 2', hint: 'nox-profile history dev',
  });
  fs.rmSync(`${box.profiles}/.nox/profiles/dev/generations/1`, { recursive: true });
  expect(box.json('nox-profile', ['rollback', 'dev'], { status: 3 }).error).toMatchObject({
    code: 'no-earlier-generation', message: 'the profile "dev" cannot go back: generation 1 was pruned, or is lost', hint: 'nox-profile switch 0 -p dev',
  });
});

test('diff compares generations', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B', '--del', 'A');
  const changes = [{ change: 'removed', id: 'A-1.0', from: null }, { change: 'added', id: 'B-1.0', from: null }];
  expect(box.json('nox-profile', ['diff', 'dev'])).toEqual({ version: 1, name: 'dev', from: 1, to: 2, changes, choices: [] });
  expect(box.json('nox-profile', ['diff', '1', '2', '-p', 'dev']).changes).toEqual(changes);
  expect(box.json('nox-profile', ['diff', 'dev', '2', '0']).changes).toEqual([{ change: 'removed', id: 'B-1.0', from: null }]);
  expect(box.json('nox-profile', ['diff', 'dev', '9'], { status: 3 }).error.code).toBe('no-such-generation');
});

test('generations stay as they are when packages come and go', () => {
  const box = withLetters();
  add(box, 'A');
  const first = `${box.profiles}/.nox/profiles/dev/generations/1`;
  const before = fs.readdirSync(first, { recursive: true });
  add(box, 'B');
  box.json('nox-profile', ['rollback', 'dev']);
  expect(fs.readdirSync(first, { recursive: true })).toEqual(before);
});

test('a dry run changes nothing on disk, and makes no profile', () => {
  const box = withLetters();
  add(box, 'A');
  const before = fs.readdirSync(box.home, { recursive: true }).sort();
  const planned = add(box, 'B', '--dry-run');
  expect(planned).toMatchObject({ generation: 2, previous: 1, dryRun: true, changes: [{ change: 'added', id: 'B-1.0', from: null }] });
  box.json('nox-profile', ['rollback', 'dev', '--dry-run']);
  box.json('nox-profile', ['switch', '0', '-p', 'dev', '--dry-run']);
  box.json('nox-profile', ['remove', 'dev', '--dry-run']);
  box.json('nox-profile', ['new', 'other', '--dry-run']);
  box.json('nox-profile', ['new', 'other', '--from', 'dev', '--dry-run']);
  box.json('nox-profile', ['add', 'A', '--dry-run']);
  expect(fs.readdirSync(box.home, { recursive: true }).sort()).toEqual(before);
});

test('reading commands treat a missing default profile as empty and do not make it', () => {
  const box = sandbox();
  expect(box.json('nox-profile', ['list', 'default'])).toEqual({ version: 1, name: 'default', generation: 0, packages: [] });
  expect(box.json('nox-profile', ['history']).generations).toEqual([]);
  expect(box.json('nox-profile', ['status']).packages).toBe(0);
  expect(box.json('nox-profile', ['diff'])).toEqual({ version: 1, name: 'default', from: null, to: 0, changes: [], choices: [] });
  expect(box.run('nox-profile', ['diff']).stdout).toBe('default: no changes\n');
  expect(box.json('nox-profile', ['diff', '1'], { status: 3 }).error).toMatchObject({ code: 'no-such-generation', message: 'the profile "default" has no generation 1' });
  expect(box.json('nox-profile', ['why', 'a'], { status: 3 }).error.code).toBe('not-installed');
  expect(box.json('nox-profile', ['owner', 'bin/a'], { status: 3 }).error.code).toBe('no-owner');
  expect(fs.existsSync(box.profiles)).toBe(false);
  expect(box.run('nox-profile', ['list', 'nosuch']).status).toBe(3);
});

test('requested packages stay, those that came only as dependencies leave with the last that needs them', () => {
  const box = sandbox();
  box.store().package('zlib-1.2').package('a-1', { depends: ['zlib'] }).package('b-1', { depends: ['zlib'] });
  const ids = (): string[] => box.json('nox-profile', ['list', 'default']).packages.map((p: { id: string }) => p.id);
  box.json('nox-profile', ['add', 'a', 'b']);
  expect(ids()).toEqual(['a-1', 'b-1', 'zlib-1.2']);
  box.json('nox-profile', ['del', 'a']);
  expect(ids()).toEqual(['b-1', 'zlib-1.2']);
  expect(box.json('nox-profile', ['del', 'zlib'], { status: 4 }).error.code).toBe('still-needed');
  expect(box.json('nox-profile', ['add', 'zlib']).changes).toEqual([{ change: 'requested', id: 'zlib-1.2', from: null }]);
  box.json('nox-profile', ['del', 'b']);
  expect(ids()).toEqual(['zlib-1.2']);
});

test('two versions replace one another; one of them in the other direction is a downgrade', () => {
  const box = sandbox();
  box.store().package('root-6.28.00').package('root-6.30.02');
  expect(box.json('nox-profile', ['add', 'root@6.28']).changes).toEqual([{ change: 'added', id: 'root-6.28.00', from: null }]);
  expect(box.json('nox-profile', ['add', 'root-6.30.02']).changes).toEqual([{ change: 'upgraded', id: 'root-6.30.02', from: 'root-6.28.00' }]);
  expect(box.json('nox-profile', ['add', 'root-6.28.00']).changes).toEqual([{ change: 'downgraded', id: 'root-6.28.00', from: 'root-6.30.02' }]);
});

test('choices are told when they change, in the history, and by diff', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '', 'share/doc/x': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['add', 'a', 'b']);
  const words = ['add', 'a', '--hide', 'share/doc', '--copy', 'bin/a', '--prefer', 'b', '--with-libc'];
  const told = ['with-libc: + true, - false', 'prefer: + b', 'hide: + share/doc', 'copy: + bin/a'];
  expect(box.run('nox-profile', words).stdout).toBe(`${told.join('\n')}\ndefault: now at generation 2, was at generation 1\n`);
  expect(box.run('nox-profile', ['diff']).stdout).toBe(`${told.join('\n')}\ndefault: 4 changes from 1 to 2\n`);
  box.json('nox-profile', ['pin', 'a']);
  box.json('nox-profile', ['add', 'a', '--prefer', 'a', '--unhide', 'share/doc']);
  const history = box.run('nox-profile', ['history']).stdout.split('\n').map((line) => line.replace(/^.*packages? +/, ''));
  expect(history).toEqual(['-', '+ a-1, + b-1', told.join(', '), '* a-1 (pinned)', 'prefer: + a, hide: - share/doc', '']);
  expect(box.json('nox-profile', ['rollback']).choices).toEqual([{ choice: 'prefer', added: [], removed: ['a'] }, { choice: 'hide', added: ['share/doc'], removed: [] }]);
  expect(box.json('nox-profile', ['add', 'a', '--prefer', 'a']).choices).toEqual([{ choice: 'prefer', added: ['a'], removed: [] }]);
  expect(box.json('nox-profile', ['add', 'a', '--prefer', 'b']).choices).toEqual([{ choice: 'prefer', added: ['b', 'a'], removed: ['a', 'b'] }]);
  expect(box.json('nox-profile', ['add', 'a', '--no-prefer', 'b-1']).choices).toEqual([{ choice: 'prefer', added: [], removed: ['b'] }]);
  expect(box.json('nox-profile', ['add', 'a', '--no-prefer', 'c'], { status: 3 }).error.code).toBe('not-installed');
});

test('a pinned package stays as it is through upgrades until it is unpinned', () => {
  const box = sandbox();
  const store = box.store().package('root-6.28.00');
  box.json('nox-profile', ['add', 'root']);
  expect(box.json('nox-profile', ['pin', 'root']).changes).toEqual([{ change: 'requested', id: 'root-6.28.00', from: null }]);
  store.package('root-6.30.02');
  expect(box.run('nox-profile', ['unpin', 'root']).stdout).toBe('* root-6.28.00 (unpinned)\ndefault: now at generation 3, was at generation 2\n');
  expect(box.run('nox-profile', ['pin', 'root']).stdout).toContain('* root-6.28.00 (pinned)\n');
  expect(box.run('nox-profile', ['list']).stdout).toContain('  1 package  ');
  expect(box.run('nox-profile', ['list', 'default']).stdout).toBe(`root-6.28.00  6.28.00  requested  ${store.path}  pinned\n`);
  expect(box.json('nox-profile', ['upgrade']).changes).toEqual([]);
  expect(box.json('nox-profile', ['list', 'default']).packages[0]).toMatchObject({ id: 'root-6.28.00', pinned: true });
  expect(box.json('nox-profile', ['add', 'root@6.30'], { status: 4 }).error.hint).toBe('nox-profile unpin root -p default');
  box.json('nox-profile', ['unpin', 'root']);
  expect(box.json('nox-profile', ['upgrade']).changes).toEqual([{ change: 'upgraded', id: 'root-6.30.02', from: 'root-6.28.00' }]);
  expect(box.json('nox-profile', ['pin', 'nosuch'], { status: 3 }).error.code).toBe('not-installed');
});

test('packages that declare variables change nothing when nothing has to change', () => {
  const box = sandbox();
  box.store().package('a-1', { env: { set: { A: 'x' }, prepend: { P: '${package}/p' } } });
  box.json('nox-profile', ['add', 'a']);
  expect(box.json('nox-profile', ['upgrade'])).toMatchObject({ generation: 1, changes: [] });
  expect(box.json('nox-profile', ['add', 'a'])).toMatchObject({ generation: 1, changes: [] });
});

test('a shell in which the profile is active is told when it lacks new variables', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['new', 'dev']);
  const env = { NOX_PROFILE: `${box.profiles}/dev` };
  expect(box.run('nox-profile', ['add', 'a'], { env }).stderr).toBe('nox-profile: this shell does not have the new variables of "dev" yet: eval $(nox-profile env dev)\n');
  expect(box.run('nox-profile', ['pin', 'a'], { env }).stderr).toBe('');
  const other = `${box.root}/other`;
  box.json('nox-profile', ['new', 'dev', '--profiles', other]);
  expect(box.run('nox-profile', ['add', 'a', '-p', 'dev', '--profiles', other], { env: { NOX_PROFILE: `${other}/dev` } }).stderr).toMatch(/: eval \$\(nox-profile env \S+\/other\/dev\)\n$/);
});

test.each([
  ['its manifest', (tree: string): void => fs.truncateSync(`${tree}/.nox/manifest.json`, 300)],
  ['the record of its farm', (tree: string): void => fs.rmSync(`${tree}/.nox/farm.json`)],
  ['all of it', (tree: string): void => fs.rmSync(tree, { recursive: true })],
])('from a generation that is damaged, %s, one goes back to another one, and it is told', (_, harm) => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  harm(fs.realpathSync(`${box.profiles}/dev`));
  const dry = box.run('nox-profile', ['rollback', 'dev', '--dry-run']);
  expect([dry.status, dry.stderr]).toEqual([0, expect.stringMatching(/^nox-profile: generation 2 of the profile "dev" is damaged: .*; so what changes, and which files go out of view, is not known in full\n$/)]);
  const done = box.run('nox-profile', ['rollback', 'dev']);
  expect([done.status, done.stdout, done.stderr]).toEqual([0, expect.stringMatching(/dev: now at generation 1, was at generation 2\n$/), dry.stderr]);
  expect(names(box)).toEqual(['A-1.0']);
  expect(add(box, 'C').generation).toBe(3);
  expect(box.json('nox-profile', ['switch', '1', '-p', 'dev']).generation).toBe(1);
});

test('a history shows the generations that can be read, and tells of the others', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  fs.truncateSync(`${box.profiles}/.nox/profiles/dev/generations/1/.nox/manifest.json`, 300);
  const { status, stdout, stderr } = box.run('nox-profile', ['history', 'dev', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).generations.map((row: { number: number }) => row.number)).toEqual([0, 2]);
  expect(stderr).toMatch(/^nox-profile: generation 1 is damaged: .*manifest\.json" is damaged: its checksum does not match\n$/);
});

test('a profile that shows a damaged generation can be removed', () => {
  const box = withLetters();
  add(box, 'A');
  fs.truncateSync(`${fs.realpathSync(`${box.profiles}/dev`)}/.nox/manifest.json`, 300);
  expect(box.run('nox-profile', ['remove', 'dev']).status).toBe(0);
  expect(fs.existsSync(`${box.profiles}/dev`)).toBe(false);
});

test('no generation is shown that is damaged, and another one is named', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  add(box, 'C');
  fs.rmSync(`${box.profiles}/.nox/profiles/dev/generations/2/.nox/farm.json`);
  for (const words of [['rollback', 'dev'], ['switch', '2', '-p', 'dev']]) {
    expect(box.json('nox-profile', words, { status: 6 }).error).toMatchObject({ code: 'generation-damaged', data: { generation: 2, intact: 3 } });
  }
  fs.rmSync(`${box.profiles}/.nox/profiles/dev/generations/3/.nox/manifest.json`);
  expect(box.json('nox-profile', ['rollback', 'dev'], { status: 6 }).error).toMatchObject({ code: 'generation-damaged', data: { generation: 2, intact: 1 }, hint: expect.stringMatching(/^show another one: nox-profile switch 1 -p dev; /) });
  expect(box.json('nox-profile', ['switch', '1', '-p', 'dev']).generation).toBe(1);
});

test('a profile that links to one with a damaged generation goes back to its own', () => {
  const box = withLetters();
  add(box, 'A');
  box.json('nox-profile', ['new', 'mine', '--link', 'dev']);
  fs.truncateSync(`${fs.realpathSync(`${box.profiles}/dev`)}/.nox/manifest.json`, 300);
  expect(box.json('nox-profile', ['status', 'mine'], { status: 6 }).error.code).toBe('damaged');
  expect(box.json('nox-profile', ['rollback', 'mine']).generation).toBe(0);
});

test('a package that was asked for by a name that it provides goes by that name', () => {
  const box = sandbox();
  box.store('store').package('openmpi-4.1', { files: { 'bin/mpirun': '' }, provides: ['mpi'] });
  box.json('nox-profile', ['add', 'mpi']);
  expect(box.json('nox-profile', ['why', 'mpi'])).toMatchObject({ id: 'openmpi-4.1', requested: 'mpi' });
  const pinned = (): boolean => JSON.parse(box.run('nox-profile', ['list', 'default', '--json']).stdout).packages[0].pinned;
  box.json('nox-profile', ['pin', 'mpi']);
  expect(pinned()).toBe(true);
  box.json('nox-profile', ['unpin', 'mpi']);
  expect(pinned()).toBe(false);
  box.json('nox-profile', ['upgrade', 'mpi']);
  expect(box.json('nox-profile', ['del', 'mpi']).changes).toMatchObject([{ change: 'removed', id: 'openmpi-4.1' }]);
});

test('going back to a generation whose package is gone says so', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['add', 'a', 'b']);
  box.json('nox-profile', ['del', 'a']);
  fs.rmSync(box.store().pathOf('a-1'), { recursive: true });
  expect(box.run('nox-profile', ['rollback'])).toMatchObject({ status: 0, stderr: 'nox-profile: gone from its store is a package of this generation, so links to it lead nowhere: "a-1"\n' });
  const lost = box.run('nox-profile', ['run', '--', 'a']);
  expect(lost).toMatchObject({ status: 127, stderr: expect.stringContaining(`leads to "${box.store().path}/a-1/bin/a", and nothing can be seen there`) });
});
