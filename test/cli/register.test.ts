import fs from 'node:fs';
import { expect, test } from 'vitest';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

/** A profile at `scratch/exp` that the profile home does not know. */
function started(): Sandbox & { readonly exp: string } {
  const box = sandbox();
  box.store().config('scope: private\n').package('a-1', { files: { 'bin/a': '' } });
  const exp = `${box.root}/scratch/exp`;
  fs.mkdirSync(`${box.root}/scratch`);
  box.json('nox-profile', ['new', 'exp', '--path', exp, '--no-register']);
  box.json('nox-profile', ['add', 'a', '-p', exp]);
  return { ...box, exp };
}

const listed = (box: Sandbox): string[] => box.json('nox-profile', ['list']).profiles.map(({ name, path }: { name: string; path: string }) => `${name} ${path}`);
const surveyed = (box: Sandbox): string[] => box.json('nox-store', ['survey']).profiles.map(({ path }: { path: string }) => path);

test('a registered profile is known by its name, and collection finds it', () => {
  const box = started();
  expect(listed(box)).toEqual([]);
  expect(box.run('nox-profile', ['register', '../scratch/exp']).stdout).toBe(`exp: registered, at ${box.exp}\n`);
  expect(listed(box)).toEqual([`exp ${box.exp}`]);
  expect(box.json('nox-profile', ['list', 'exp']).packages).toHaveLength(1);
  expect(surveyed(box)).toContain(box.exp);
  expect(box.json('nox-profile', ['register', box.exp])).toEqual({ version: 1, name: 'exp', path: box.exp, registered: true, changed: false, dryRun: false });
});

test('--name gives it another name here', () => {
  const box = started();
  expect(box.json('nox-profile', ['register', box.exp, '--name', 'mine'])).toMatchObject({ name: 'mine', changed: true });
  expect(listed(box)).toEqual([`mine ${box.exp}`]);
});

test('a dry run writes nothing', () => {
  const box = started();
  const before = layout(box.root);
  expect(box.json('nox-profile', ['register', box.exp, '--dry-run'])).toMatchObject({ changed: true, dryRun: true });
  expect(layout(box.root)).toEqual(before);
});

test('a name that is taken is refused, even while its profile is not there', () => {
  const box = started();
  box.json('nox-profile', ['new', 'mine']);
  expect(box.json('nox-profile', ['register', box.exp, '--name', 'mine'], { status: 4 }).error).toMatchObject({
    code: 'name-registered', message: `the name "mine" is that of "${box.profiles}/mine" already`, hint: `nox-profile register ${box.exp} --name mine-2`,
  });
  box.json('nox-profile', ['new', 'other', '--path', `${box.root}/scratch/other`]);
  fs.renameSync(`${box.root}/scratch/other`, `${box.root}/scratch/.away`);
  fs.renameSync(`${box.root}/scratch/.nox/profiles/other`, `${box.root}/scratch/.nox/away`);
  expect(box.json('nox-profile', ['register', box.exp, '--name', 'other'], { status: 4 }).error.code).toBe('name-registered');
});

test('what is no ad-hoc profile is refused', () => {
  const box = started();
  const hintOf = (path: string, status: number): string => box.json('nox-profile', ['register', path], { status }).error.hint;
  expect(hintOf(`${box.root}/scratch/nothing`, 3)).toBe(`nox-profile new nothing --path ${box.root}/scratch/nothing`);
  expect(hintOf(`${box.root}/scratch`, 6)).toBe('move it out of the way, or take another name');
  expect(hintOf(`${box.profiles}/nothing`, 3)).toBe('nox-profile new nothing');
  expect(hintOf(`${box.store().path}/nothing`, 3)).toBe('nox-profile list');
  expect(box.json('nox-profile', ['register', '/nothing'], { status: 3, unprivileged: true }).error).toMatchObject({ hint: 'nox-profile list', data: { home: '/', path: '/nothing' } });
  box.json('nox-profile', ['new', 'dev']);
  expect(box.json('nox-profile', ['register', `${box.profiles}/dev`], { status: 2 }).error.message).toContain('lies in the profile home');
  expect(box.json('nox-profile', ['register'], { status: 2 }).error.message).toBe('missing argument: PATH');
  expect(box.json('nox-profile', ['register', box.exp, '--forget', 'exp'], { status: 2 }).error.message).toBe('PATH and --forget exclude each other');
});

test('a profile that is gone is forgotten; one that is there only when told so', () => {
  const box = started();
  box.json('nox-profile', ['register', box.exp]);
  expect(box.json('nox-profile', ['register', '--forget', 'exp'], { status: 4 }).error).toMatchObject({ code: 'still-registered', hint: 'nox-profile register --forget exp --force' });
  expect(box.json('nox-profile', ['register', '--forget', 'exp', '--force']).registered).toBe(false);
  expect(listed(box)).toEqual([]);
  box.json('nox-profile', ['register', box.exp]);
  fs.rmSync(`${box.root}/scratch`, { recursive: true });
  expect(box.json('nox-profile', ['register', '--forget', 'exp', '--dry-run'])).toMatchObject({ dryRun: true });
  expect(box.run('nox-profile', ['register', '--forget', 'exp']).stdout).toBe(`exp: forgotten; it was at ${box.exp}\n`);
  expect(box.json('nox-profile', ['register', '--forget', 'exp'], { status: 3 }).error.code).toBe('not-registered');
});

test.each([['its state', 'scratch/.nox'], ['all of it', 'scratch']])('of a profile of which somebody removed %s, the hints say how to forget it', (_, removed) => {
  const box = started();
  box.json('nox-profile', ['register', box.exp, '--name', 'mine']);
  fs.rmSync(`${box.root}/${removed}`, { recursive: true });
  const hint = 'nox-profile register --forget mine';
  expect(box.json('nox-profile', ['list', 'mine'], { status: 3 }).error).toMatchObject({ code: 'no-such-profile', message: `there is no profile "mine" in "${box.root}/scratch"`, hint });
  expect(box.json('nox-profile', ['doctor'], { status: 6 }).findings).toMatchObject([{ code: 'ad-hoc-gone', hint }]);
  expect(box.run('nox-profile', ['register', '--forget', 'mine']).stdout).toBe(`mine: forgotten; it was at ${box.exp}\n`);
});

test('the remedy that a survey names for a profile that is gone works', () => {
  const box = started();
  box.json('nox-profile', ['register', box.exp]);
  fs.rmSync(`${box.root}/scratch`, { recursive: true });
  const survey = box.json('nox-store', ['survey'], { status: 7 });
  const { hint } = survey.doubts.find(({ path }: { path: string }) => path === box.exp);
  const [bin, ...words] = hint.split(' ');
  expect(bin).toBe('nox-profile');
  box.json(bin, words);
  expect(box.json('nox-store', ['survey']).doubts).toEqual([]);
  expect(fs.readdirSync(`${box.store().path}/.nox/roots`)).toEqual([]);
});
