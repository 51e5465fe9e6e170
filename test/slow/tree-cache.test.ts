import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { layout, makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 2100));
const cache = (box: Sandbox): string => `${box.home}/.cache/nox/trees`;
const shown = (box: Sandbox): string[] => Object.keys(layout(fs.realpathSync(`${box.profiles}/default`))).filter((path) => !path.startsWith('.nox'));
const at = (box: Sandbox, path: string): string => `${box.store().path}/${path}`;

/** Imported packages, settled, two of them in the default profile; `plain-1` in the store was made by hand. */
async function imported(): Promise<Sandbox> {
  const box = sandbox();
  box.store().package('plain-1', { files: { 'lib/deep/plain': '' } });
  for (const id of ['a-1', 'b-1', 'c-1']) makePackage(`${box.home}/${id}`, { files: { [`lib/deep/${id}`]: '', [`share/\udcff/${id}`]: '' }, links: { [`lib/${id}.so`]: `deep/${id}` } });
  box.json('nox-store', ['import', 'a-1', 'b-1', 'c-1']);
  await settle();
  box.json('nox-profile', ['add', 'a', 'b', 'plain']);
  return box;
}

test('a profile made with what is remembered of packages is that of a nox without memory', async () => {
  const box = await imported();
  expect(fs.readdirSync(cache(box))).toHaveLength(1);
  box.json('nox-profile', ['add', 'c']);
  box.json('nox-profile', ['new', 'other']);
  box.json('nox-profile', ['add', 'a', 'b', 'c', 'plain', '-p', 'other'], { env: { XDG_CACHE_HOME: '/dev/null' } });
  const texts = (name: string): Record<string, string> => Object.fromEntries(Object.entries(layout(fs.realpathSync(`${box.profiles}/${name}`))).filter(([path]) => !path.startsWith('.nox')));
  expect(texts('default')).toEqual(texts('other'));
  expect(shown(box)).toEqual(expect.arrayContaining(['lib/deep/c-1', 'lib/deep/plain', 'lib/a-1.so', 'share/\udcff/b-1']));
});

test('what changes in a package after all is seen: in the package itself at once, below it where nox did not import it', async () => {
  const box = await imported();
  for (const writable of ['a-1', 'b-1', 'b-1/lib/deep']) fs.chmodSync(at(box, writable), 0o755);
  fs.mkdirSync(at(box, 'a-1/etc'));
  fs.writeFileSync(at(box, 'a-1/etc/new'), '');
  fs.writeFileSync(at(box, 'b-1/lib/deep/new'), '');
  fs.writeFileSync(at(box, 'plain-1/lib/deep/more'), '');
  box.json('nox-profile', ['add', 'c']);
  expect(shown(box)).toEqual(expect.arrayContaining(['etc/new', 'lib/deep/more', 'lib/deep/new']));
  // Somebody opens only a directory below: that is what `verify` is for.
  await settle();
  box.json('nox-profile', ['del', 'c']);
  fs.chmodSync(at(box, 'a-1/lib/deep'), 0o755);
  fs.writeFileSync(at(box, 'a-1/lib/deep/late'), '');
  expect(box.run('nox-store', ['verify', 'a-1']).status).toBe(6);
  fs.chmodSync(at(box, 'a-1'), 0o555);
  box.json('nox-profile', ['add', 'c']);
  expect(shown(box)).toContain('lib/deep/late');
});

test.each([0o755, 0o775])('of a copy that its owner opened and goes on building in, nothing is remembered, in a store of mode %o', async (mode) => {
  const box = sandbox();
  fs.chmodSync(box.store().path, mode);
  for (const id of ['a-1', 'c-1']) makePackage(`${box.home}/${id}`, { files: { [`lib/deep/${id}`]: '' } });
  box.json('nox-store', ['import', 'a-1', 'c-1']);
  for (const command of [['cp', '-a', at(box, 'a-1'), at(box, 'dev-1')], ['chmod', '-R', 'u+w', at(box, 'dev-1')]]) expect(spawnSync(command[0] as string, command.slice(1)).status).toBe(0);
  box.write(`${at(box, 'dev-1')}/nox-package.yaml`, 'name: dev\n');
  await settle();
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'dev', '-p', 'dev']);
  await settle();
  fs.writeFileSync(at(box, 'dev-1/lib/deep/late'), '');
  box.json('nox-profile', ['add', 'c', '-p', 'dev']);
  expect(Object.keys(layout(fs.realpathSync(`${box.profiles}/dev`)))).toContain('lib/deep/late');
});

test('a cache that is damaged or cannot be written changes only speed', async () => {
  const box = await imported();
  const [name = ''] = fs.readdirSync(cache(box));
  const content = fs.readFileSync(`${cache(box)}/${name}`, 'utf8');
  for (const damaged of ['', content.slice(0, -20), content.replace('a-1', 'q-1')]) {
    fs.writeFileSync(`${cache(box)}/${name}`, damaged);
    box.json('nox-profile', ['add', 'c']);
    expect(shown(box)).toContain('lib/deep/a-1');
    box.json('nox-profile', ['rollback']);
  }
  fs.rmSync(cache(box), { recursive: true });
  fs.writeFileSync(cache(box), '');
  expect(box.run('nox-profile', ['add', 'c']).stderr).toBe('');
});

test.skipIf(spawnSync('strace', ['-V']).status !== 0)('directories of imported packages are not read again, those of others are', async () => {
  const box = await imported();
  const trace = `${box.root}/trace`;
  const done = runCommand('/usr/bin/strace', ['-f', '-qq', '-o', trace, '-e', 'trace=openat', binPath('nox-profile'), 'add', 'c'], { env: box.environment(), cwd: box.home });
  expect(done.status).toBe(0);
  const opened = (id: string): number => fs.readFileSync(trace, 'utf8').split('\n').filter((line) => line.includes(`"${at(box, id)}`) && line.includes('O_DIRECTORY')).length;
  // One each is for what the package says of itself: a store of so few is not remembered.
  expect([opened('a-1'), opened('b-1')]).toEqual([1, 1]);
  expect([opened('c-1'), opened('plain-1')]).toEqual([7, 4]);
});
