import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { expectWork, isText, type LinkedDirectory, takeWorker, type Worker } from '../../../src/fs/worker.js';
import { sandbox } from '../../support/sandbox.js';

async function running(): Promise<Worker> {
  const worker = takeWorker();
  if (worker === null) throw new Error('no thread is to be had');
  while (worker.waiting() === null) await new Promise((resolve) => setTimeout(resolve, 5));
  return worker;
}

const linked = (path: string, names: readonly string[], more: Partial<LinkedDirectory['links'][0]> = {}): LinkedDirectory => ({ path, isNew: true, links: [{ target: '/sw/pkg', names, like: null, ...more }] });

describe.skipIf(availableParallelism() < 2)('a second thread', () => {
  test('makes directories and links, in order', async () => {
    const { root } = sandbox();
    const worker = await running();
    worker.make([linked(`${root}/d`, ['a', 'b']), linked(`${root}/d/e`, ['c'])]);
    worker.make([{ ...linked(`${root}/d`, ['z']), isNew: false }]);
    await worker.finish();
    expect([fs.readdirSync(`${root}/d`).sort(), fs.readlinkSync(`${root}/d/e/c`)]).toEqual([['a', 'b', 'e', 'z'], '/sw/pkg/c']);
  });

  test('shares a link that there is, and makes one where it is gone', async () => {
    const { root } = sandbox();
    fs.mkdirSync(`${root}/before`);
    fs.symlinkSync('/sw/pkg/a', `${root}/before/a`);
    const worker = await running();
    worker.make([linked(`${root}/d`, ['a', 'gone'], { like: `${root}/before` })]);
    await worker.finish();
    expect([fs.lstatSync(`${root}/d/a`).ino, fs.readlinkSync(`${root}/d/gone`)]).toEqual([fs.lstatSync(`${root}/before/a`).ino, '/sw/pkg/gone']);
  });

  test('tells what it failed with at the end, and makes nothing after it', async () => {
    const { root } = sandbox();
    const worker = await running();
    worker.make([linked(`${root}/gone/d`, ['a'])]);
    worker.make([linked(`${root}/later`, ['a'])]);
    await expect(worker.finish()).rejects.toMatchObject({ code: 'file-system', data: { step: 'create directory', path: `${root}/gone/d`, reason: 'no such file or directory' } });
    expect(fs.readdirSync(root)).toEqual(['home']);
    expect(worker.waiting()).toBe(null);
  });

  test('makes nothing after it was stopped', async () => {
    const { root } = sandbox();
    fs.mkdirSync(`${root}/d`);
    const worker = await running();
    for (let portion = 0; portion < 50; portion += 1) worker.make([{ ...linked(`${root}/d`, Array.from({ length: 400 }, (_, at) => `${portion}-${at}`)), isNew: false }]);
    await worker.stop();
    const made = fs.readdirSync(`${root}/d`).length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fs.readdirSync(`${root}/d`).length).toBe(made);
    expect(made).toBeLessThan(20_000);
  });

  test('ends well where nothing came of what was expected', async () => {
    expectWork();
    await takeWorker()?.finish();
  });
});

test('bytes that are no text are told', () => {
  expect([isText([linked('/d', ['a'])]), isText([linked('/d', ['a\udcff'])]), isText([linked('/d\udcff', [])]), isText([linked('/d', [], { like: '/\udcff' })])]).toEqual([true, false, false, false]);
});
