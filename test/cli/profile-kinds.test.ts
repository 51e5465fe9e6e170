import fs from 'node:fs';
import { expect, test } from 'vitest';
import { nameOfTheDead } from '../support/dead.js';
import { reseal } from '../support/reseal.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

function withReleases() {
  const box = sandbox();
  const store = box.store()
    .package('a-1', { files: { 'bin/a': 'a' } })
    .package('a-2', { files: { 'bin/a': 'a2' } })
    .package('b-1', { files: { 'bin/b': 'b' } });
  const releases = `${box.root}/releases`;
  const env = { NOX_RELEASES: releases };
  const json = (args: string[], status = 0) => box.json('nox-profile', args, { env, status });
  json(['new', 'dev']);
  json(['add', 'a@1', '-p', 'dev']);
  return { box, store, releases, json };
}

test('a release is a read-only tree that everybody finds by name', () => {
  const { store, releases, json } = withReleases();
  expect(json(['publish', 'dev', '--as', '2024.1'])).toMatchObject({ name: '2024.1', path: `${releases}/2024.1`, generation: 1 });
  expect(fs.readlinkSync(`${releases}/2024.1/bin/a`)).toBe(`${store.path}/a-1/bin/a`);
  for (const part of ['', '/bin', '/.nox']) expect(fs.statSync(`${releases}/2024.1${part}`).mode & 0o222).toBe(0);
  expect(json(['list', '2024.1']).packages).toHaveLength(1);
  expect(json(['list']).profiles.map((p: { name: string; kind: string; generation: number }) => [p.name, p.kind, p.generation])).toEqual([['2024.1', 'release', 1], ['dev', 'user', 1]]);
});

test('a release never changes', () => {
  const { box, json, releases } = withReleases();
  json(['publish', 'dev', '--as', 'r1']);
  for (const args of [['add', 'b', '-p', 'r1'], ['del', 'a', '-p', 'r1'], ['upgrade', '-p', 'r1'], ['switch', '1', '-p', 'r1'], ['rollback', 'r1']]) {
    expect(json(args, 8).error).toMatchObject({ code: 'release-is-immutable', message: `"r1" is a release at "${releases}/r1" and never changes`, hint: 'nox-profile new my-r1 --from r1' });
  }
  expect(json(['publish', 'dev', '--as', 'r1'], 4).error.code).toBe('profile-exists');
  expect(box.run('nox-profile', ['publish', 'dev', '--as', 'r2', '--releases', releases]).stdout).toBe(`r2: published at ${releases}/r2, 1 package\n`);
  // Not even when it is damaged, and no longer says what it is.
  const manifest = `${releases}/r1/.nox/manifest.json`;
  fs.chmodSync(manifest, 0o644);
  fs.truncateSync(manifest, 300);
  for (const args of [['rollback', 'r1'], ['remove', 'r1']]) expect(json(args, 8).error.code).toBe('release-is-immutable');
});

test('a release is withdrawn by whoever published it, when told so, and holds its packages no longer', () => {
  const { box, store, releases, json } = withReleases();
  json(['publish', 'dev', '--as', 'r1']);
  json(['remove', 'dev']);
  json(['new', 'mine', '--link', 'r1']);
  expect(json(['remove', 'r1'], 8).error).toMatchObject({ code: 'release-is-immutable', hint: 'whoever published it may withdraw it: nox-profile remove r1 --release' });
  expect(json(['remove', 'r1', '--release'], 4).error).toMatchObject({ code: 'still-linked', data: { linked: ['mine'] } });
  json(['remove', 'mine']);
  const before = layout(releases);
  expect(json(['remove', 'r1', '--release', '--dry-run'])).toMatchObject({ name: 'r1', dryRun: true });
  expect(layout(releases)).toEqual(before);
  store.config('scope: private\n');
  const env = { NOX_RELEASES: releases };
  expect(box.json('nox-store', ['gc', '--dry-run'], { env }).removed.map(({ id }: { id: string }) => id)).not.toContain('a-1');
  expect(json(['remove', 'r1', '--release'])).toMatchObject({ name: 'r1', path: `${releases}/r1` });
  expect(fs.existsSync(`${releases}/r1`)).toBe(false);
  expect(fs.readdirSync(`${releases}/.nox/profiles`)).toEqual([]);
  expect(box.json('nox-store', ['gc', '--dry-run'], { env }).removed.map(({ id }: { id: string }) => id)).toContain('a-1');
});

test('publishing takes along files that the user put into the profile', () => {
  const { box, releases, json } = withReleases();
  fs.writeFileSync(`${box.profiles}/dev/README`, 'site notes');
  json(['publish', 'dev', '--as', 'r1']);
  expect(fs.readFileSync(`${releases}/r1/README`, 'utf8')).toBe('site notes');
});

test('a profile linked to a release shows it; the first change starts the user\'s own generation from it', () => {
  const { box, store, releases, json } = withReleases();
  json(['publish', 'dev', '--as', 'r1']);
  expect(json(['new', 'mine', '--link', 'r1'])).toMatchObject({ generation: null, link: `${releases}/r1` });
  expect(fs.readlinkSync(`${box.profiles}/mine`)).toBe(`${releases}/r1`);
  expect(json(['list', 'mine'])).toMatchObject({ generation: null, packages: [{ id: 'a-1' }] });
  expect(json(['status', 'mine'])).toMatchObject({ kind: 'user', link: `${releases}/r1` });
  expect(json(['add', 'b', '-p', 'mine'])).toMatchObject({ generation: 1, previous: null, changes: [{ change: 'added', id: 'b-1' }] });
  expect(fs.readlinkSync(`${box.profiles}/mine/bin/a`)).toBe(`${store.path}/a-1/bin/a`);
  expect(json(['history', 'mine']).generations.map((g: { number: number }) => g.number)).toEqual([0, 1]);
  expect(json(['rollback', 'mine'])).toMatchObject({ generation: null, previous: 1 });
  expect(fs.readlinkSync(`${box.profiles}/mine`)).toBe(`${releases}/r1`);
  expect(json(['remove', 'mine'])).toMatchObject({ name: 'mine' });
});

test('diff compares a linked profile with what lies below it, and what lies on it with the linked one', () => {
  const { box, json } = withReleases();
  const env = { NOX_RELEASES: `${box.root}/releases` };
  json(['publish', 'dev', '--as', 'r1']);
  json(['new', 'mine', '--link', 'r1']);
  expect(json(['diff', 'mine'])).toMatchObject({ from: 0, to: null, changes: [{ change: 'added', id: 'a-1' }] });
  json(['add', 'b', '-p', 'mine']);
  expect(json(['diff', 'mine'])).toMatchObject({ from: null, to: 1, changes: [{ change: 'added', id: 'b-1', from: null }] });
  expect(box.run('nox-profile', ['diff', 'mine'], { env }).stdout).toBe('+ b-1\nmine: 1 change from the linked profile to 1\n');
  json(['switch', '0', '-p', 'mine']);
  json(['rollback', 'mine']);
  json(['rollback', 'mine']);
  json(['rollback', 'mine']);
  expect(box.run('nox-profile', ['diff', 'mine']).stdout).toBe('mine: no changes\n');
});

test('a link to a profile of the same home is relative and follows that profile', () => {
  const { box, json } = withReleases();
  json(['new', 'alias', '--link', 'dev']);
  expect(fs.readlinkSync(`${box.profiles}/alias`)).toBe('dev');
  json(['add', 'b', '-p', 'dev']);
  expect(json(['list', 'alias']).packages).toHaveLength(2);
});

test('a profile made from another starts with its packages and choices', () => {
  const { json } = withReleases();
  json(['add', 'b', '-p', 'dev', '--hide', 'share/doc']);
  expect(json(['new', 'copy', '--from', 'dev'])).toMatchObject({ generation: 1, link: null });
  expect(json(['list', 'copy']).packages).toEqual(json(['list', 'dev']).packages);
  expect(json(['status', 'copy']).hide).toEqual(['share/doc']);
  expect(json(['rollback', 'copy']).generation).toBe(0);
});

test('an ad-hoc profile lies anywhere, is found by its name or path, and is registered', () => {
  const { box, json } = withReleases();
  const place = `${box.root}/scratch/exp1`;
  fs.mkdirSync(`${box.root}/scratch`);
  expect(json(['new', 'exp', '--path', place])).toMatchObject({ name: 'exp', path: place, kind: 'ad-hoc', registered: true });
  json(['add', 'a', '-p', 'exp']);
  expect(fs.existsSync(`${place}/bin/a`)).toBe(true);
  expect(json(['list', place]).packages).toHaveLength(1);
  expect(json(['list']).profiles.map((p: { name: string; kind: string; path: string }) => [p.name, p.kind, p.path])).toContainEqual(['exp', 'ad-hoc', place]);
  expect(json(['new', 'exp'], 4).error.code).toBe('profile-exists');
  json(['remove', 'exp']);
  expect(json(['list']).profiles.map((p: { name: string }) => p.name)).toEqual(['dev']);
});

test('a name stands for one profile, even while that of an ad-hoc one is not there', () => {
  const { box, json } = withReleases();
  const [here, there] = [`${box.root}/exp`, `${box.root}/other`];
  expect(json(['new', 'dev', '--path', here], 4).error).toMatchObject({ code: 'profile-exists', data: { path: `${box.profiles}/dev` } });
  json(['new', 'exp', '--path', here]);
  expect(json(['new', 'exp', '--path', there], 4).error).toMatchObject({ code: 'profile-exists', data: { path: here } });
  fs.renameSync(here, `${box.root}/away`);
  fs.renameSync(`${box.root}/.nox`, `${box.root}/.away`);
  expect(json(['new', 'exp', '--path', there], 4).error).toMatchObject({ code: 'name-registered', hint: `nox-profile new exp-2 --path ${there}` });
  expect(json(['new', 'exp'], 4).error).toMatchObject({ code: 'name-registered', hint: 'nox-profile new exp-2' });
  expect(json(['new', 'exp', '--path', here])).toMatchObject({ path: here, generation: 0 });
  expect(json(['new', 'plain', '--no-register'], 2).error.message).toBe('--no-register is for --path');
  expect(json(['new', 'plain', '--omit', 'MY VAR'], 2).error.message).toBe('--omit expects the name of a variable, not "MY VAR"');
});

test('a place where no directory can be made is an error, at once', () => {
  const { json } = withReleases();
  expect(json(['publish', 'dev', '--releases', '/proc/nox/releases'], 1).error.code).toBe('file-system');
});

test('an ad-hoc profile removed by its path is forgotten', () => {
  const { box, json } = withReleases();
  json(['new', 'exp', '--path', `${box.root}/place`]);
  json(['remove', `${box.root}/place`]);
  expect(json(['register', '--forget', 'exp'], 3).error.code).toBe('not-registered');
  expect(json(['list']).profiles.map((p: { name: string }) => p.name)).toEqual(['dev']);
});

test.each([
  ['the profile home', ({ profiles }: Sandbox) => `${profiles}/exp`, 'lies in the profile home: leave --path out'],
  ['a profile', ({ profiles }: Sandbox) => `${profiles}/dev/exp`, 'lies in a profile, or else among the files of nox, and would go with them: take another place'],
  ['the state of a profile home', ({ profiles }: Sandbox) => `${profiles}/.nox/exp`, 'lies in a profile, or else among the files of nox, and would go with them: take another place'],
  ['a store', (box: Sandbox) => `${box.store().path}/exp`, 'lies in the store "STORE", where it would count as a package: take another place'],
  ['a package', (box: Sandbox) => `${box.store().path}/a-1/new/exp`, 'lies in the store "STORE", where it would count as a package: take another place'],
])('in %s no ad-hoc profile is made', (_, place, problem) => {
  const { box, store, json } = withReleases();
  const before = layout(box.root);
  const path = place(box);
  const told = `"${path}" ${problem.replace('STORE', store.path)}`;
  for (const flags of [[], ['--no-register'], ['--dry-run']]) expect(json(['new', 'exp', '--path', path, ...flags], 2).error.message).toBe(told);
  expect(layout(box.root)).toEqual(before);
});

test.each([
  ['is one by its file', (at: string) => fs.writeFileSync(`${at}/nox-store.yaml`, '')],
  ['was collected', (at: string) => fs.mkdirSync(`${at}/.nox/condemned`, { recursive: true })],
])('nor in a store that is on no path and %s, by whatever name', (_, mark) => {
  const { box, json } = withReleases();
  const at = `${box.root}/foreign`;
  fs.mkdirSync(at);
  mark(at);
  fs.symlinkSync(at, `${box.root}/other name`);
  expect(json(['new', 'exp', '--path', `${box.root}/other name/sub/exp`], 2).error.message).toContain(`lies in the store "${at}"`);
  json(['new', 'exp', '--path', `${box.root}/beside`]);
});

test('an ad-hoc profile that is registered under another name goes by that', () => {
  const { box, json } = withReleases();
  json(['new', 'mine', '--path', `${box.root}/mine1`]);
  expect(box.run('nox-profile', ['add', 'b', '-p', 'mine']).stdout).toBe('+ b-1\nmine: now at generation 1, was at generation 0\n');
  const names = [['list', 'mine'], ['status', 'mine'], ['history', 'mine'], ['diff', 'mine'], ['why', 'b', '-p', 'mine'], ['owner', 'b', '-p', 'mine']].map((words) => json(words).name);
  expect(new Set(names)).toEqual(new Set(['mine']));
  expect([json(['env', 'mine']).profile, json(['rollback', 'mine']).profile, json(['prune', 'mine']).profile]).toEqual(['mine', 'mine', 'mine']);
  expect(box.run('nox-profile', ['export', 'mine']).stdout).toContain('\nname: mine\n');
  expect(json(['list', `${box.root}/mine1`]).name).toBe('mine1');
});

test('an ad-hoc profile that is not registered says what that means', () => {
  const { box } = withReleases();
  const made = box.run('nox-profile', ['new', 'exp', '--path', `${box.root}/exp`, '--no-register']);
  expect(made).toMatchObject({ status: 0 });
  expect(made.stdout).toContain('not registered: collection does not know it and may remove packages that only it uses');
  expect(box.run('nox-profile', ['list', 'exp']).status).toBe(3);
  expect(box.run('nox-profile', ['list', `${box.root}/exp`]).status).toBe(0);
});

test('a profile home may be mounted elsewhere', () => {
  const { box, json } = withReleases();
  json(['add', 'b', '-p', 'dev']);
  fs.renameSync(box.profiles, `${box.root}/moved`);
  const there = { env: { NOX_PROFILES: `${box.root}/moved` } };
  expect(box.json('nox-profile', ['list', 'dev'], there).packages).toHaveLength(2);
  expect(fs.readdirSync(`${box.root}/moved/dev/bin`)).toEqual(['a', 'b']);
  expect(box.json('nox-profile', ['rollback', 'dev'], there).generation).toBe(1);
});

test('names: refused ones, near ones, two at once', () => {
  const { json, box } = withReleases();
  for (const name of ['-x', '.hidden', 'a b', '', 'ü']) {
    if (name === '-x') continue;
    expect(json(['new', name], 2).error.code).toBe('invalid-profile-name');
  }
  expect(json(['new', 'n'.repeat(200)]).generation).toBe(0);
  expect(json(['new', 'n'.repeat(201)], 2).error.message).toMatch(/" is not a name for a profile: it has 201 characters, and 200 are the most$/);
  expect(json(['list', 'dve'], 3).error).toMatchObject({ code: 'no-such-profile', message: `there is no profile "dve" in "${box.profiles}"; did you mean "dev"?`, hint: 'nox-profile list dev' });
  expect(json(['list', 'dev', '-p', 'other'], 2).error).toMatchObject({ code: 'usage' });
  expect(json(['list', 'dev', '-p', 'dev']).packages).toHaveLength(1);
  expect(box.json('nox-profile', ['status'], { env: { NOX_PROFILE: `${box.profiles}/dev` } }).name).toBe('dev');
});

test('a profile linked to a release that is gone says so, and can be removed', () => {
  const { box, releases, json } = withReleases();
  json(['publish', 'dev', '--as', 'r1']);
  json(['new', 'mine', '--link', 'r1']);
  fs.renameSync(releases, `${releases}.away`);
  expect(json(['list', 'mine'], 6).error).toMatchObject({ code: 'link-gone', data: { link: `${releases}/r1`, intact: 0 } });
  const listed = box.run('nox-profile', ['list']);
  expect(listed.status).toBe(0);
  expect(listed.stdout).toMatch(/^mine +unreadable .*r1", which is gone/m);
  expect(json(['remove', 'mine']).name).toBe('mine');
  expect(json(['list']).profiles.map((p: { name: string }) => p.name)).toEqual(['dev']);
});

test('a profile to which others link stays, wherever they are registered, unless told so', () => {
  const { box, json } = withReleases();
  json(['new', 'mine', '--link', 'dev']);
  json(['new', 'exp', '--path', `${box.root}/exp`, '--link', 'dev']);
  for (const flags of [[], ['--dry-run']]) expect(json(['remove', 'dev', ...flags], 4).error).toMatchObject({ code: 'still-linked', data: { profile: 'dev', linked: ['exp', 'mine'] } });
  json(['switch', '0', '-p', 'exp']);
  json(['add', 'b', '-p', 'mine']);
  json(['remove', 'dev']);
});

test('new tells the generation that it made, whatever others left under that name', () => {
  const { box, json } = withReleases();
  const states = `${box.profiles}/.nox/profiles`;
  fs.mkdirSync(`${states}/g/generations`, { recursive: true });
  // What another machine has built and not published yet.
  fs.cpSync(`${states}/dev/generations/0`, `${states}/g/generations/0`, { recursive: true });
  const manifest = `${states}/g/generations/0/.nox/manifest.json`;
  const { owner } = JSON.parse(fs.readFileSync(manifest, 'utf8').split('\n')[1]!);
  reseal(manifest, { profile: 'g', owner: { ...owner, host: 'elsewhere' } });
  const made = json(['new', 'g', '--from', 'dev']);
  expect(fs.readlinkSync(`${box.profiles}/g`)).toBe(`.nox/profiles/g/generations/${made.generation}`);
  expect(made.generation).toBe(2);
});

test('an ad-hoc profile that links to another is one still, and so is what it changes to', () => {
  const { box, json } = withReleases();
  json(['new', 'lk', '--path', `${box.home}/adhoc/lk`, '--link', 'dev']);
  const kind = (): string => json(['list']).profiles.find(({ name }: { name: string }) => name === 'lk').kind;
  expect([kind(), json(['status', 'lk']).kind]).toEqual(['ad-hoc', 'ad-hoc']);
  json(['add', 'b', '-p', 'lk']);
  expect([kind(), json(['status', 'lk']).kind]).toEqual(['ad-hoc', 'ad-hoc']);
});

test('a profile whose link leads nowhere any longer keeps its own generations within reach', () => {
  const { box, json } = withReleases();
  json(['new', 'mine', '--link', 'dev']);
  json(['add', 'b', '-p', 'mine']);
  json(['rollback', 'mine']);
  json(['remove', 'dev', '--ignore-links']);
  const hint = 'nox-profile switch 1 -p mine';
  for (const argv of [['list', 'mine'], ['status', 'mine'], ['env', 'mine'], ['add', 'b', '-p', 'mine']]) expect(json(argv, 6).error).toMatchObject({ code: 'link-gone', hint });
  expect(json(['doctor'], 6).findings.filter(({ code }: { code: string }) => code === 'linked-gone')).toMatchObject([{ hint }]);
  expect(box.json('nox-store', ['survey'], { status: 7 }).doubts).toContainEqual(expect.objectContaining({ path: `${box.profiles}/mine`, hint: `nox-profile switch 1 -p ${box.profiles}/mine` }));
  expect(json(['history', 'mine']).generations.map((row: { number: number }) => row.number)).toEqual([0, 1]);
  expect(json(['prune', 'mine', '--dry-run']).kept).toHaveLength(2);
  expect(json(['switch', '1', '-p', 'mine'])).toMatchObject({ generation: 1, previous: null, changes: [{ change: 'added', id: 'a-1' }, { change: 'added', id: 'b-1' }] });
  expect(json(['list', 'mine']).packages).toHaveLength(2);
  expect(json(['rollback', 'mine'], 6).error).toMatchObject({ code: 'link-gone', data: { intact: 0 } });
});

test('of a profile whose link leads nowhere and that has nothing of its own, only removal is left', () => {
  const { box, releases, json } = withReleases();
  json(['publish', 'dev', '--as', 'r1']);
  json(['new', 'mine', '--link', 'r1']);
  fs.rmSync(`${box.profiles}/.nox/profiles/mine/generations/0`, { recursive: true });
  fs.renameSync(releases, `${releases}.away`);
  expect(json(['list', 'mine'], 6).error.hint).toBe('nox-profile remove mine');
  json(['remove', 'mine']);
});

test('what is refused, or changes nothing, makes no profile', () => {
  const { box, store, json } = withReleases();
  expect(json(['add', 'nothing'], 3).error.code).toBe('no-such-package');
  json(['upgrade']);
  fs.rmSync(store.pathOf('a-1'), { recursive: true });
  for (const dry of [['--dry-run'], []]) expect(json(['new', 'copy', '--from', 'dev', ...dry], 3).error.code).toBe('package-gone');
  expect(fs.readdirSync(box.profiles).sort()).toEqual(['.nox', 'dev']);
  expect(fs.readdirSync(`${box.profiles}/.nox/profiles`)).toEqual(['dev']);
});

test('a dry run foretells the numbers of a first change', () => {
  const { json } = withReleases();
  const { dryRun, ...foretold } = json(['add', 'b', '--dry-run']);
  expect(dryRun).toBe(true);
  expect(foretold).toMatchObject({ generation: 1, previous: 0 });
  expect(json(['add', 'b'])).toMatchObject(foretold);
});

test('a profile home whose path holds a colon is refused, also in the path of a profile', () => {
  const { box, json } = withReleases();
  fs.renameSync(box.profiles, `${box.home}/a:b`);
  expect(json(['list', `${box.home}/a:b/dev`], 2).error.code).toBe('colon-in-path');
});

test('what a killed command left in the trash, or half-registered, goes unnoticed', () => {
  const { box, json } = withReleases();
  const state = `${box.profiles}/.nox`;
  const gone = nameOfTheDead();
  fs.mkdirSync(`${state}/trash/${gone}/generations`, { recursive: true });
  fs.mkdirSync(`${state}/ad-hoc`, { recursive: true });
  fs.writeFileSync(`${state}/ad-hoc/.${gone}`, '');
  json(['add', 'b', '-p', 'dev']);
  expect(fs.readdirSync(`${state}/trash`)).toEqual([]);
  expect(box.run('nox-profile', ['list']).stderr).toBe('');
});

test('going back to a linked profile says what changes and what goes out of view, and carries on demand', () => {
  const { box, json } = withReleases();
  json(['new', 'mine', '--link', 'dev']);
  json(['add', 'b', '-p', 'mine']);
  fs.writeFileSync(`${box.profiles}/mine/notes`, 'mine');
  expect(json(['rollback', 'mine', '--dry-run'])).toMatchObject({ changes: [{ change: 'removed', id: 'b-1' }], outOfView: ['notes'] });
  json(['rollback', 'mine', '--carry']);
  expect(fs.readdirSync(`${box.profiles}/mine`).sort()).toEqual(['.nox', 'bin', 'notes']);
  expect(json(['list', 'mine']).packages.map((p: { id: string }) => p.id)).toEqual(['a-1']);
  json(['add', 'b', '-p', 'mine']);
});

test('a file that the user put in the place of a profile\'s link stays', () => {
  const { box, json } = withReleases();
  const file = `${box.profiles}/dev`;
  fs.rmSync(file);
  fs.writeFileSync(file, 'precious');
  for (const args of [['add', 'b', '-p', 'dev'], ['switch', '0', '-p', 'dev'], ['remove', 'dev']]) {
    expect(json(args, 6).error.code).toBe('not-a-profile');
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
  }
  fs.rmSync(file);
  json(['add', 'b', '-p', 'dev']);
  expect(json(['list', 'dev']).generation).toBe(2);
});

test('a profile that is removed takes along what jobs were pinned to', () => {
  const { box, json } = withReleases();
  const job = { env: { SLURM_JOB_ID: '9' } };
  expect(box.json('nox-profile', ['env', 'dev'], job).generation).toBe(1);
  expect(fs.readdirSync(`${box.profiles}/.nox/pins`)).toHaveLength(1);
  json(['remove', 'dev', '--ignore-leases']);
  expect(fs.readdirSync(`${box.profiles}/.nox/pins`)).toEqual([]);
  json(['new', 'dev']);
  json(['add', 'b', '-p', 'dev']);
  expect(box.json('nox-profile', ['env', 'dev'], job).generation).toBe(1);
  expect(box.json('nox-profile', ['list', 'dev'], job).packages.map((p: { id: string }) => p.id)).toEqual(['b-1']);
});
