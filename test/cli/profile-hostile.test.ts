import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { reseal } from '../support/reseal.js';
import { sandbox } from '../support/sandbox.js';

const isRoot = process.getuid?.() === 0;

test('FIFOs, sockets and devices in packages are linked, never opened', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { 'share/x': 'x' } }).package('b-1', { files: { 'share/y': 'y' } });
  execFileSync('mkfifo', [store.pathOf('a-1/share/pipe'), store.pathOf('b-1/share/pipe')]);
  if (isRoot) execFileSync('mknod', [store.pathOf('a-1/share/null'), 'c', '1', '3']);
  expect(box.json('nox-profile', ['add', 'a']).generation).toBe(1);
  expect(fs.readlinkSync(`${box.profiles}/default/share/pipe`)).toBe(store.pathOf('a-1/share/pipe'));
  expect(box.json('nox-profile', ['add', 'b'], { status: 4 }).error.data.collisions.map((c: { path: string }) => c.path)).toEqual(['share/pipe']);
});

test('loops of links in packages, alone and against each other', () => {
  const box = sandbox();
  const links = { 'share/loop': 'loop', 'share/up': '..', 'share/a': 'b', 'share/b': 'a', 'share/here': '.' };
  box.store().package('a-1', { files: { 'share/x': '' }, links }).package('b-1', { files: { 'share/y': '' }, links });
  expect(box.json('nox-profile', ['add', 'a', 'b']).generation).toBe(1);
  expect(box.run('nox-profile', ['status']).status).toBe(0);
});

test.skipIf(!isRoot)('unreadable directories in a package are all named, and the profile stays (as an ordinary user)', () => {
  const box = sandbox();
  const store = box.store().package('a-1', { files: { 'bin/x': '', 'secret/one/x': '', 'two/x': '' } });
  fs.chmodSync(box.root, 0o755);
  for (const path of ['a-1/secret', 'a-1/two']) fs.chmodSync(store.pathOf(path), 0o700);
  execFileSync('chown', ['-R', '65534:65534', box.home]);
  const refused = box.run('nox-profile', ['add', 'a'], { unprivileged: true });
  expect(refused.stderr).toBe([
    'nox-profile: the package "a-1" has directories that cannot be read, so it cannot be linked whole:',
    `  ${store.pathOf('a-1/secret')}`,
    `  ${store.pathOf('a-1/two')}`,
    'hint: ask the owner of the store for read permission on them',
    '',
  ].join('\n'));
  expect(refused.status).toBe(8);
});

test('a package cannot bring a .nox of its own', () => {
  const box = sandbox();
  box.store().package('evil-1', { files: { '.nox/manifest.json': '{}', '.nox/activate.sh': 'touch /tmp/pwned', 'bin/x': '' } });
  box.json('nox-profile', ['add', 'evil']);
  expect(fs.lstatSync(`${box.profiles}/default/.nox`).isDirectory()).toBe(true);
  expect(fs.readFileSync(`${box.profiles}/default/.nox/manifest.json`, 'utf8')).toContain('evil-1');
});

test('names and texts of packages cannot steer a terminal', () => {
  const box = sandbox();
  box.store().package('\u001b]0;owned\u0007-1', { files: { 'bin/x': '' }, description: 'a\u001b[2Jb', name: 'x\u001b[31m' });
  const listed = box.run('nox-store', ['list']);
  const added = box.run('nox-profile', ['add', '\u001b]0;owned\u0007-1']);
  const shown = box.run('nox-profile', ['list', 'default']);
  for (const { stdout, stderr } of [listed, added, shown]) expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
});

test('a damaged manifest, journal entry or farm record is named, with exit 6, and nothing is changed', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['add', 'a']);
  const state = `${box.profiles}/.nox/profiles/default`;
  for (const file of [`${state}/generations/1/.nox/manifest.json`, `${state}/journal/1/entry.json`, `${state}/generations/1/.nox/farm.json`]) {
    const whole = fs.readFileSync(file);
    const changed = Buffer.from(whole);
    changed[whole.length - 5] = (changed[whole.length - 5] as number) ^ 1;
    for (const bytes of [changed, whole.subarray(0, 40), Buffer.alloc(0), Buffer.concat([whole, Buffer.from('x')])]) {
      fs.writeFileSync(file, bytes);
      const refused = box.json('nox-profile', ['add', 'b'], { status: 6 });
      expect(refused.error.code).toBe(file.includes('/journal/') ? 'damaged' : 'generation-damaged');
      expect(refused.error.data.path).toBe(file);
    }
    fs.writeFileSync(file, whole);
  }
  expect(box.json('nox-profile', ['add', 'b']).generation).toBe(2);
});

test('a format of the future is refused as such', () => {
  const box = sandbox();
  box.store().package('a-1', {});
  box.json('nox-profile', ['add', 'a']);
  reseal(`${box.profiles}/.nox/profiles/default/generations/1/.nox/manifest.json`, {}, { version: 9 });
  expect(box.json('nox-profile', ['list', 'default'], { status: 6 }).error).toMatchObject({ code: 'newer-format', hint: 'use a newer nox' });
});

test('a directory in the place of the profile\'s link is not touched', () => {
  const box = sandbox();
  box.store().package('a-1', {});
  fs.mkdirSync(`${box.profiles}/dev`, { recursive: true });
  fs.writeFileSync(`${box.profiles}/dev/precious`, '');
  expect(box.json('nox-profile', ['new', 'dev'], { status: 6 }).error.code).toBe('not-a-profile');
  expect(fs.existsSync(`${box.profiles}/dev/precious`)).toBe(true);
});

test.each<[string, (pkg: Record<string, unknown>) => void]>([
  ['an identifier that leaves its store', (pkg) => (pkg['id'] = '../../etc')],
  ['an identifier with a NUL byte', (pkg) => (pkg['id'] = 'a\0b')],
  ['a relative store', (pkg) => (pkg['store'] = '../store')],
  ['a store with a NUL byte', (pkg) => (pkg['store'] = '/s\0b')],
  ['a store that does not fit into a path variable', (pkg) => (pkg['store'] = '/tmp:/evil')],
])('a forged manifest with %s is damaged', (_, change) => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['add', 'a']);
  reseal(`${box.profiles}/.nox/profiles/default/generations/1/.nox/manifest.json`, (manifest) => change(manifest.packages[0]));
  expect(box.json('nox-profile', ['new', 'mine', '--from', `${box.profiles}/default`], { status: 6 }).error.code).toBe('generation-damaged');
  expect(box.json('nox-profile', ['status'], { status: 6 }).error.code).toBe('generation-damaged');
});

test('forged numbers and links of a journal neither stop a reader nor count for ever', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['add', 'a']);
  const journal = `${box.profiles}/.nox/profiles/default/journal`;
  fs.mkdirSync(`${journal}/100000000000000000000`);
  expect(box.json('nox-profile', ['list', 'default']).generation).toBe(1);
  reseal(`${journal}/1/entry.json`, { generation: null, link: '/etc\0x' });
  expect(box.json('nox-profile', ['list', 'default'], { status: 6 }).error.code).toBe('damaged');
});

test('a list has profiles that cannot be read, too, and says why', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } });
  for (const name of ['entry', 'manifest', 'whole']) {
    box.json('nox-profile', ['new', name]);
    box.json('nox-profile', ['-p', name, 'add', 'a']);
  }
  box.json('nox-profile', ['new', 'linked', '--link', 'manifest']);
  const own = `${box.profiles}/.nox/profiles`;
  fs.writeFileSync(`${own}/manifest/generations/1/.nox/manifest.json`, 'x');
  fs.writeFileSync(`${own}/entry/journal/1/entry.json`, 'x');
  const unreadable = { kind: null, packages: null, problem: expect.stringContaining('damaged') };
  expect(box.json('nox-profile', ['list'])).toEqual({
    version: 1,
    profiles: [
      { ...unreadable, name: 'entry', path: `${box.profiles}/entry`, generation: null, link: null },
      { ...unreadable, name: 'linked', path: `${box.profiles}/linked`, generation: null, link: 'manifest' },
      { ...unreadable, name: 'manifest', path: `${box.profiles}/manifest`, generation: 1, link: null },
      { name: 'whole', path: `${box.profiles}/whole`, kind: 'user', generation: 1, link: null, packages: 1, problem: null },
    ],
  });
  const { stdout, stderr } = box.run('nox-profile', ['list']);
  expect(stderr).toBe('');
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
    ['entry', 'unreadable', 'generation ?', '-'], ['linked', 'unreadable', '-> manifest', '-'], ['manifest', 'unreadable', 'generation 1', '-'], ['whole', 'user', 'generation 1', '1 package'], [''],
  ]);
});

test.each(['', '/', 'a:', 'x'.repeat(2000), 'share/(a+)+b', '*a*a*a*a*b'])('a pattern to hide that cannot be used is a usage error: %j', (pattern) => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' } });
  expect(box.json('nox-profile', ['add', 'a', '--hide', pattern], { status: 2 }).error.code).toBe('usage');
});

test('texts of packages in a JSON document cannot steer a terminal either, and say the same', () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '' }, description: 'x\u009b31m\u202ey' });
  const { stdout } = box.run('nox-store', ['show', 'a', '--json']);
  expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
  expect(JSON.parse(stdout).package.description).toBe('x\u009b31m\u202ey');
});

test('history escapes a name once', () => {
  const box = sandbox();
  box.store().package('a\u001b-1', { files: { 'bin/a': '' } });
  box.json('nox-profile', ['add', 'a\u001b-1']);
  expect(box.run('nox-profile', ['history']).stdout).toContain('+ a\\x1b-1');
});
