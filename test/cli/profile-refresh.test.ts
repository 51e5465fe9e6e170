import fs from 'node:fs';
import { expect, test } from 'vitest';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

/** A profile `default` with a build that its user installs again and again. */
function built(): { readonly box: Sandbox; readonly app: string; readonly json: (...words: string[]) => ReturnType<Sandbox['json']> } {
  const box = sandbox();
  const store = box.store().package('app-1', { files: { 'bin/a': '#!/bin/sh\necho a', 'share/app/x': '' } }).package('zlib-1', { files: { 'lib/libz.so': '' } }).package('zlib-2', { files: { 'lib/libz.so': '' } });
  box.json('nox-profile', ['add', 'app', 'zlib@1']);
  return { box, app: store.pathOf('app-1'), json: (...words) => box.json('nox-profile', words) };
}

const commands = (box: Sandbox): string[] => fs.readdirSync(`${box.profiles}/default/bin`).sort();

test('a build that was installed again is taken as it is, and nothing is made where it is the same', () => {
  const { box, app, json } = built();
  const before = layout(box.profiles);
  expect(box.run('nox-profile', ['refresh'])).toEqual({ stdout: 'default: nothing to change, at generation 1\n', stderr: '', status: 0 });
  expect(layout(box.profiles)).toEqual(before);
  fs.renameSync(`${app}/bin/a`, `${app}/bin/b`);
  const [finding] = box.json('nox-profile', ['doctor'], { status: 6 }).findings;
  expect(finding).toMatchObject({ code: 'dangling-links', hint: 'put the files back, or take the package as it is now: nox-profile refresh default' });
  const planned = box.run('nox-profile', ['refresh', 'default', '--dry-run']);
  expect(planned).toEqual({
    stdout: 'default: would be at generation 2, is at generation 1\n', status: 0,
    stderr: `nox-profile: "${app}" has more than the profile showed of it: "bin/b"\nnox-profile: "${app}" has changed, and what the profile showed of it is not there any longer: "bin/a"\n`,
  });
  expect(json('refresh')).toMatchObject({ generation: 2, previous: 1, changes: [] });
  expect(commands(box)).toEqual(['b']);
  expect(json('doctor').findings).toEqual([]);
  expect(json('refresh')).toMatchObject({ generation: 2, previous: 2 });
  expect(json('list', 'default').packages.map(({ id }: { id: string }) => id)).toEqual(['app-1', 'zlib-1']);
});

test('files of the user stay, pins stay, and a rollback goes back', () => {
  const { box, app, json } = built();
  json('pin', 'app');
  fs.writeFileSync(`${box.profiles}/default/bin/mine`, 'mine');
  fs.writeFileSync(`${app}/bin/c`, '');
  expect(json('refresh').generation).toBe(3);
  expect(commands(box)).toEqual(['a', 'c', 'mine']);
  expect(json('list', 'default').packages[0]).toMatchObject({ id: 'app-1', pinned: true, request: 'app' });
  json('rollback');
  expect(commands(box)).toEqual(['a', 'mine']);
});

test('what packages say of themselves now holds: variables, dependencies, and what makes them unusable', () => {
  const { box, app, json } = built();
  box.store().package('gsl-2', { files: { 'lib/libgsl.so': '' } });
  fs.writeFileSync(`${app}/nox-package.yaml`, 'depends: [gsl]\nenv: {set: {APP: "${package}"}}\n');
  expect(json('refresh').changes).toEqual([{ change: 'added', id: 'gsl-2', from: null }]);
  expect(box.run('nox-profile', ['env', '--shell', 'sh']).stdout).toContain(`APP=${app};`);
  fs.writeFileSync(`${app}/nox-package.yaml`, 'depends: [zlib@2]\n');
  expect(box.json('nox-profile', ['refresh'], { status: 4 }).error.code).toBe('unsatisfiable');
  fs.writeFileSync(`${app}/nox-package.yaml`, 'depends: gsl\n');
  expect(box.json('nox-profile', ['refresh'], { status: 6 }).error.code).toBe('package-unusable');
  expect(json('history', 'default').generations.map(({ number, action }: { number: number; action: string }) => [number, action])).toEqual([[0, 'new'], [1, 'add'], [2, 'refresh']]);
});

test('copies are made anew of programs that have changed', () => {
  const { box, app, json } = built();
  json('add', 'app', '--copy', 'bin/a');
  expect(json('refresh').generation).toBe(2);
  fs.writeFileSync(`${app}/bin/a`, '#!/bin/sh\necho another');
  fs.utimesSync(`${app}/bin/a`, 2_000_000_000, 2_000_000_000);
  expect(box.run('nox-profile', ['refresh']).stderr).toBe('nox-profile: made anew of files that have changed: "bin/a"\n');
  expect(fs.readFileSync(`${box.profiles}/default/bin/a`, 'utf8')).toContain('another');
});

test('what another profile or a release shows is not refreshed from here', () => {
  const { box, json } = built();
  json('new', 'mine', '--link', 'default');
  expect(box.json('nox-profile', ['refresh', 'mine'], { status: 2 }).error).toMatchObject({ code: 'usage', message: 'the profile "mine" shows another one; refresh that' });
  expect(box.json('nox-profile', ['refresh', 'none'], { status: 3 }).error.code).toBe('no-such-profile');
});
