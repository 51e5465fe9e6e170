import fs from 'node:fs';
import { expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../support/sandbox.js';

function software(): Sandbox {
  const box = sandbox();
  box.store().package('perl-5.36', { files: { 'share/man/man3/File::perl.3': '', 'bin/perl': '' } });
  return box;
}

test('a ":" is refused only where a path goes into a path variable', () => {
  const box = software();
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'perl', '-p', 'dev']);
  expect(box.json('nox-store', ['owner', `${box.profiles}/dev/share/man/man3/File::perl.3`])).toMatchObject({ package: { id: 'perl-5.36' }, file: 'share/man/man3/File::perl.3' });
  expect(box.json('nox-store', ['export', 'perl', '-o', 'a:b.tar']).file).toBe(`${box.home}/a:b.tar`);
  const other = box.store('other');
  expect(box.json('nox-store', ['import', './a:b.tar', '--store', other.path]).packages).toMatchObject([{ id: 'perl-5.36', status: 'imported' }]);
  fs.mkdirSync(`${box.home}/2024:01`);
  fs.writeFileSync(`${box.home}/2024:01/dev.yaml`, 'nox-profile: 1\npackages: [perl]\n');
  expect(box.json('nox-profile', ['apply', '2024:01/dev.yaml', '-p', 'applied']).generation).toBe(1);
  for (const argv of [['new', 'x', '--path', 'a:b/x'], ['list', './a:b/x']]) expect(box.json('nox-profile', argv, { status: 2 }).error.code).toBe('colon-in-path');
});

test('a "~" that the shell left is the home, for every command', () => {
  const box = software();
  box.json('nox-profile', ['new', 'x', '--path', '~/adhoc/x']);
  const x = `${box.home}/adhoc/x`;
  for (const command of ['list', 'status', 'doctor', 'history']) box.json('nox-profile', [command, '--profile=~/adhoc/x']);
  box.json('nox-profile', ['add', 'perl', '--profile=~/adhoc/x']);
  expect(box.json('nox-profile', ['owner', '~/adhoc/x/bin/perl', '--profile', x]).id).toBe('perl-5.36');
  box.json('nox-profile', ['pack', x, '--output=~/t.tar']);
  box.json('nox-store', ['export', 'perl', '--output=~/e.tar']);
  expect(fs.readdirSync(box.home)).toEqual(expect.arrayContaining(['t.tar', 'e.tar']));
});
