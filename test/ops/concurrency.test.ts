import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { contest } from '../support/concurrency.js';
import { sandbox } from '../support/sandbox.js';

for (const lock of [true, false]) {
  test(`several commands at once lose nothing that was acknowledged, ${lock ? 'with' : 'without'} the lock`, async () => {
    expect(await contest({ processes: 5, adds: 2, lock, history: true })).toMatchObject({ busy: 0 });
  });
}

test('of several commands that make the default profile at once none is refused', async () => {
  const box = sandbox();
  const store = box.store();
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) store.package(`${name}-1`, {});
  const done = await Promise.all(names.map((name) => box.start('nox-profile', ['add', name, '--wait', '60'])));
  expect(done.map(({ status, stderr }) => [status, stderr])).toEqual(names.map(() => [0, '']));
  expect(box.json('nox-profile', ['list', 'default']).packages.map((p: { name: string }) => p.name)).toEqual(names);
});

/** A reader that opens files through the profile until its standard input ends; prints how often it read, and what failed. */
const READER = `
  const fs = require('node:fs');
  const file = process.argv[1];
  let reads = 0; let failed = 0; let done = false;
  process.stdin.on('data', () => {}).on('end', () => { done = true; });
  (function round() {
    for (let i = 0; i < 50; i += 1) { reads += 1; try { fs.readFileSync(file); } catch { failed += 1; } }
    if (done) console.log(JSON.stringify({ reads, failed })); else setImmediate(round);
  })();
`;

test('a reader that opens a file through the profile during 200 switches never misses it', async () => {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': 'x' } }).package('b-1', {});
  box.json('nox-profile', ['add', 'a']);
  box.json('nox-profile', ['add', 'b']);
  const { settleLink } = await import('../../src/profile/io/publish.js');
  const { appendEntry, readLastEntry } = await import('../../src/profile/io/journal.js');
  const { pushEntry } = await import('../../src/profile/journal.js');
  const reader = spawn(process.execPath, ['-e', READER, `${box.profiles}/default/bin/a`], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  reader.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const workshop = `${box.root}/home/nix/profiles/.nox/profiles/default/staging/test`;
  fs.mkdirSync(workshop);
  for (let at = 0; at < 200; at += 1) {
    const last = readLastEntry(box.profiles, 'default');
    const stamp = { action: 'switch', at: new Date().toISOString(), user: 'test', host: 'test' };
    expect(appendEntry(box.profiles, 'default', pushEntry(last, { generation: 1 + (at % 2), link: null }, stamp), workshop)).toBe(true);
    settleLink(box.profiles, 'default', () => workshop);
    await new Promise((resolve) => setImmediate(resolve));
  }
  reader.stdin.end();
  await new Promise((resolve) => reader.on('close', resolve));
  const { reads, failed } = JSON.parse(printed);
  expect(failed).toBe(0);
  expect(reads).toBeGreaterThan(1000);
});

test('the lock of a killed command does not delay the next one', async () => {
  const box = sandbox();
  box.store().package('a-1', {});
  box.json('nox-profile', ['new', 'default']);
  const state = `${box.profiles}/.nox/profiles/default`;
  const { ownedName, thisProcess } = await import('../../src/fs/owner.js');
  const dead = { ...thisProcess(), startTime: '1' };
  fs.mkdirSync(`${state}/lock.d`);
  fs.writeFileSync(`${state}/lock/${ownedName(dead)}`, '');
  fs.mkdirSync(`${state}/staging/${ownedName(dead)}/tree/bin`, { recursive: true });
  expect(box.json('nox-profile', ['add', 'a', '--wait', '60'], { timeout: 20_000 }).generation).toBe(1);
  expect(fs.readdirSync(`${state}/staging`)).toEqual([]);
  expect(fs.readdirSync(`${state}/lock`)).toEqual([]);
});

test('a lock that somebody else holds for ever, or that holds a foreign file, costs the wait and no more', () => {
  const box = sandbox();
  box.store().package('a-1', {});
  box.json('nox-profile', ['new', 'default']);
  const lock = `${box.profiles}/.nox/profiles/default/lock.d`;
  fs.mkdirSync(lock);
  fs.writeFileSync(`${lock}/.nfs0001`, '');
  const future = Date.now() / 1000 + 3600;
  fs.utimesSync(lock, future, future);
  expect(box.json('nox-profile', ['add', 'a', '--wait', '1']).generation).toBe(1);
});

test('a link that lags behind the journal is set right by the next change, and a leftover generation goes', () => {
  const box = sandbox();
  box.store().package('a-1', {}).package('b-1', {});
  box.json('nox-profile', ['add', 'a']);
  const link = `${box.profiles}/default`;
  fs.unlinkSync(link);
  fs.symlinkSync('.nox/profiles/default/generations/0', link);
  expect(box.json('nox-profile', ['list', 'default']).packages).toHaveLength(1);
  expect(box.json('nox-profile', ['add', 'a']).changes).toEqual([]);
  expect(fs.readlinkSync(link)).toBe('.nox/profiles/default/generations/1');
});
