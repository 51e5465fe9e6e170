import fs from 'node:fs';
import { expect, test } from 'vitest';
import { nameOfTheDead } from '../support/dead.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';

/** A profile `dev`, and packages to add to it. */
function withLetters(): Sandbox {
  const box = sandbox();
  for (const letter of 'ABC') box.store().package(`${letter}-1.0`, { files: { [`bin/${letter}`]: letter } });
  box.json('nox-profile', ['new', 'dev']);
  return box;
}

const add = (box: Sandbox, ...words: string[]) => box.json('nox-profile', ['add', '-p', 'dev', ...words]);

/** Takes entries of a journal away, as a restore of half a backup may: all of them, or the last ones. */
function loseEntries(state: string, from = 0): void {
  const journal = `${state}/journal`;
  for (const entry of fs.readdirSync(journal)) if (Number(entry) >= from) fs.rmSync(`${journal}/${entry}`, { recursive: true });
}

const repaired = (code: string): unknown => expect.arrayContaining([expect.objectContaining({ code, repaired: true })]);

test('generations whose journal is lost are not taken for what a killed command left, and nothing is changed or made without it', () => {
  const box = withLetters();
  add(box, 'A');
  fs.writeFileSync(`${box.profiles}/dev/mine`, 'precious');
  const state = `${box.profiles}/.nox/profiles/dev`;
  fs.rmSync(`${state}/journal`, { recursive: true });
  // Each is sure only when it has waited for what another machine may have made.
  for (const [isLinked, words] of [[true, ['add', 'B', '-p', 'dev']], [false, ['new', 'dev']]] as const) {
    if (!isLinked) fs.rmSync(`${box.profiles}/dev`);
    expect(box.json('nox-profile', words, { status: 6 }).error).toMatchObject({ code: 'journal-lost', data: { profile: 'dev', path: `${state}/journal`, problem: 'all of its entries are lost, and there are generations (0, 1), which may hold files of yours' } });
    expect(fs.readdirSync(`${state}/generations`)).toEqual(['0', '1']);
    if (isLinked) expect(box.json('nox-profile', ['list']).profiles).toMatchObject([{ name: 'dev', kind: null, problem: expect.stringContaining('all of its entries are lost') }]);
    const doctor = box.json('nox-profile', ['doctor', 'dev'], { status: 6 });
    expect(doctor.findings[0]).toMatchObject({ code: 'journal-empty', hint: 'bring it back from a backup; or have it made anew, with generation 1 shown: nox-profile doctor dev --repair' });
  }
  expect(fs.readFileSync(`${state}/generations/1/mine`, 'utf8')).toBe('precious');
});

test('a journal that is lost is made anew of the generations, showing the one that was shown, and nothing else is touched', () => {
  const box = withLetters();
  for (const name of ['A', 'B', 'C']) add(box, name);
  const state = `${box.profiles}/.nox/profiles/dev`;
  const history = (): unknown => box.json('nox-profile', ['history', 'dev']).generations.map((row: { number: number; action: string; current: boolean }) => [row.number, row.action, row.current]);
  box.json('nox-profile', ['rollback', 'dev']);
  const before = history();
  fs.writeFileSync(`${state}/generations/3/mine`, 'precious');
  // A number that nox never gives.
  fs.mkdirSync(`${state}/generations/99999999999999999999`);
  fs.rmSync(`${state}/journal`, { recursive: true });
  expect(box.json('nox-profile', ['doctor', 'dev', '--repair']).findings).toMatchObject([{ code: 'journal-empty', repaired: true }]);
  expect(box.json('nox-profile', ['doctor', 'dev']).findings).toEqual([]);
  expect(history()).toEqual(before);
  expect(fs.readFileSync(`${state}/generations/3/mine`, 'utf8')).toBe('precious');
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(1);
  expect(add(box, 'B').generation).toBe(4);
});

test('a damaged generation comes into a journal made anew, and what is still amiss afterwards is told at once', () => {
  const box = withLetters();
  for (const name of ['A', 'B', 'C']) add(box, name);
  const state = `${box.profiles}/.nox/profiles/dev`;
  const manifest = `${state}/generations/3/.nox/manifest.json`;
  const bytes = fs.readFileSync(manifest);
  fs.truncateSync(manifest, 300);
  loseEntries(state);
  const { findings } = box.json('nox-profile', ['doctor', 'dev', '--repair'], { status: 6 });
  expect(findings).toEqual(repaired('journal-empty'));
  expect(findings).toMatchObject([{ code: 'journal-empty' }, { code: 'generation-damaged', repaired: false }]);
  expect(box.json('nox-profile', ['status', 'dev'], { status: 6 }).error).toMatchObject({ code: 'generation-damaged', data: { generation: 3, intact: 2 } });
  // Brought back, it is what it was.
  fs.writeFileSync(manifest, bytes);
  expect(box.json('nox-profile', ['doctor', 'dev', '--repair']).findings).toEqual([]);
  expect(box.json('nox-profile', ['list', 'dev']).generation).toBe(3);
  // Without the link, the last one that is whole was shown, for all that is known.
  fs.truncateSync(manifest, 300);
  loseEntries(state);
  fs.rmSync(`${box.profiles}/dev`);
  box.json('nox-profile', ['doctor', 'dev', '--repair'], { status: 6 });
  expect(box.json('nox-profile', ['list', 'dev']).generation).toBe(2);
  expect(add(box, 'C').generation).toBe(4);
});

test('a journal that has lost its last entries is not worked on: the link tells that, and nothing is removed', () => {
  const box = withLetters();
  for (const name of ['A', 'B', 'C']) add(box, name);
  const state = `${box.profiles}/.nox/profiles/dev`;
  loseEntries(state, 2);
  for (const words of [['add', 'A', '-p', 'dev', '--wait', '0'], ['prune', 'dev', '--older-than', '0']]) {
    expect(box.json('nox-profile', words, { status: 6 }).error).toMatchObject({ code: 'journal-lost', message: `the journal of the profile "dev" is damaged: its last entries are lost, since the profile's link leads to .nox/profiles/dev/generations/3, which it does not know` });
  }
  expect(fs.readdirSync(`${state}/generations`)).toEqual(['0', '1', '2', '3']);
  expect(box.json('nox-profile', ['doctor', 'dev'], { status: 6 }).findings).toMatchObject([{ code: 'journal-gap', repairable: true, hint: expect.stringContaining('with generation 3 shown: nox-profile doctor dev --repair') }]);
  expect(box.json('nox-profile', ['doctor', 'dev', '--repair']).findings).toEqual(repaired('journal-gap'));
  expect(box.json('nox-profile', ['list', 'dev']).generation).toBe(3);
  expect(box.json('nox-profile', ['rollback', 'dev']).generation).toBe(2);
});

test('a generation that somebody uses is kept, whatever the journal says', () => {
  const box = withLetters();
  for (const name of ['A', 'B']) add(box, name);
  const state = `${box.profiles}/.nox/profiles/dev`;
  expect(box.json('nox-profile', ['env', 'dev', '--lease=1h']).generation).toBe(2);
  loseEntries(state, 2);
  // Nor does the link tell.
  fs.rmSync(`${box.profiles}/dev`);
  fs.symlinkSync('.nox/profiles/dev/generations/1', `${box.profiles}/dev`);
  add(box, 'C');
  box.run('nox-profile', ['doctor', 'dev', '--repair']);
  expect(fs.existsSync(`${state}/generations/2`)).toBe(true);
  expect(fs.existsSync(`${state}/generations/3`)).toBe(true);
});

test('a release whose journal is lost is not published again, and is brought back', () => {
  const box = withLetters();
  add(box, 'A');
  fs.writeFileSync(`${box.profiles}/dev/notes`, 'precious');
  const releases = `${box.root}/releases`;
  const publish = ['publish', 'dev', '--as', 'R1', '--releases', releases];
  box.json('nox-profile', publish);
  const release = `${releases}/.nox/profiles/R1`;
  loseEntries(release);
  expect(box.json('nox-profile', publish, { status: 6 }).error.code).toBe('journal-lost');
  const env = { env: { NOX_RELEASES: releases } };
  expect(box.json('nox-profile', ['doctor', 'R1', '--repair'], env).findings).toEqual(repaired('journal-empty'));
  expect(fs.readFileSync(`${releases}/R1/notes`, 'utf8')).toBe('precious');
  expect(box.json('nox-profile', ['list'], env).profiles).toMatchObject([{ name: 'R1', kind: 'release', problem: null }, { name: 'dev' }]);
  expect(box.json('nox-profile', publish, { status: 4 }).error.code).toBe('profile-exists');
});

test('a profile whose journal is lost is not taken for a release of its name', () => {
  const box = withLetters();
  add(box, 'A');
  const env = { env: { NOX_RELEASES: `${box.root}/releases` } };
  box.json('nox-profile', ['publish', 'dev', '--releases', `${box.root}/releases`]);
  loseEntries(`${box.profiles}/.nox/profiles/dev`);
  expect(box.json('nox-profile', ['new', 'other', '--from', 'dev'], { ...env, status: 6 }).error.code).toBe('journal-lost');
});

test('a profile that only links to another, and one that was never changed, are brought back, too', () => {
  const box = withLetters();
  add(box, 'A');
  box.json('nox-profile', ['new', 'mine', '--link', 'dev']);
  box.json('nox-profile', ['new', 'empty']);
  for (const name of ['mine', 'empty']) {
    loseEntries(`${box.profiles}/.nox/profiles/${name}`);
    expect(box.json('nox-profile', ['doctor', name, '--repair']).findings).toEqual(repaired('journal-empty'));
  }
  expect(box.json('nox-profile', ['list']).profiles).toMatchObject([{ name: 'dev' }, { name: 'empty', generation: 0, problem: null }, { name: 'mine', link: 'dev', generation: null, problem: null }]);
});

test('a generation that a killed prune took out of view is still there when the journal was made anew', () => {
  const box = withLetters();
  for (const name of ['A', 'B', 'C']) add(box, name);
  box.json('nox-profile', ['switch', '2', '-p', 'dev']);
  const state = `${box.profiles}/.nox/profiles/dev`;
  fs.renameSync(`${state}/generations/3`, `${state}/generations/.pruning-3-${nameOfTheDead()}`);
  loseEntries(state);
  box.json('nox-profile', ['doctor', 'dev', '--repair']);
  expect(fs.readdirSync(`${state}/generations`)).toEqual(['0', '1', '2', '3']);
  expect(box.json('nox-profile', ['list', 'dev']).generation).toBe(2);
});

test('a generation that the journal has forgotten is kept with the files that the user put into it', () => {
  const box = withLetters();
  add(box, 'A');
  add(box, 'B');
  const state = `${box.profiles}/.nox/profiles/dev`;
  fs.writeFileSync(`${box.profiles}/dev/mine`, 'precious');
  loseEntries(state, 2);
  fs.rmSync(`${box.profiles}/dev`);
  fs.symlinkSync('.nox/profiles/dev/generations/1', `${box.profiles}/dev`);
  const doctor = box.json('nox-profile', ['doctor', 'dev'], { status: 6 });
  expect(doctor.findings.find(({ code }: { code: string }) => code === 'generation-damaged')).toMatchObject({ hint: 'save what is yours, or show it: nox-profile switch 2 -p dev' });
  expect(add(box, 'C').generation).toBe(3);
  expect(fs.readFileSync(`${state}/generations/2/mine`, 'utf8')).toBe('precious');
  box.run('nox-profile', ['doctor', 'dev', '--repair']);
  expect(fs.readFileSync(`${state}/generations/2/mine`, 'utf8')).toBe('precious');
  box.json('nox-profile', ['switch', '2', '-p', 'dev']);
  expect(fs.readFileSync(`${box.profiles}/dev/mine`, 'utf8')).toBe('precious');
});
