import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { generation } from '../../src/layout.js';
import { existingGenerations } from '../../src/profile/io/generations.js';
import { readManifest } from '../../src/profile/io/read-profile.js';
import { parseProfileName } from '../../src/profile/name.js';
import type { NoxResult } from '../support/cli.js';
import { boxWith, type Sandbox } from '../support/sandbox.js';

interface Held {
  /** Settles when the command has come to the point. */
  readonly reached: Promise<void>;
  /** Lets it go on, and gives how it ended. */
  end(): Promise<NoxResult>;
}

/** Starts a command that waits at a sync point. Its FIFO has a reader once the command is there. */
function holdAt(box: Sandbox, point: string, command: readonly ['nox-store' | 'nox-profile', ...string[]]): Held {
  const points = fs.mkdtempSync(`${box.root}/points-`);
  const fifo = `${points}/${point}`;
  execFileSync('mkfifo', [fifo]);
  const [bin, ...args] = command;
  const running = box.start(bin, [...args, '--json'], { env: { NOX_SYNC_POINTS: points } });
  // Opening a FIFO for writing waits for its reader.
  const opened = fs.promises.open(fifo, 'w');
  const early = running.then(({ status, stdout, stderr }): void => {
    if (!fs.existsSync(fifo)) return;
    // A reader for a moment, or the writer would wait for ever.
    fs.closeSync(fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
    throw new Error(`${command.join(' ')}: exit ${status} before ${point}: ${stdout}${stderr}`);
  });
  early.catch(() => undefined);
  return {
    reached: Promise.race([opened.then(() => undefined), early]),
    async end() {
      fs.rmSync(fifo);
      await (await opened).close();
      return running;
    },
  };
}

function startedWith(...ids: string[]): Sandbox {
  const box = boxWith(...ids);
  box.json('nox-profile', ['new', 'default']);
  return box;
}

function dangling(box: Sandbox): string[] {
  const ref = { home: box.profiles, name: parseProfileName('default') };
  return existingGenerations(ref).flatMap((number) => readManifest(generation(ref.home, ref.name, number)).packages.map(({ id, store }) => `${store}/${id}`)).filter((path) => !fs.existsSync(path));
}

const removed = (result: NoxResult): string[] => JSON.parse(result.stdout).removed.map(({ id }: { id: string }) => id);

test('an add between survey and mark keeps its package', async () => {
  const box = startedWith('a-1', 'b-1');
  const gc = holdAt(box, 'after-survey', ['nox-store', 'gc']);
  await gc.reached;
  box.json('nox-profile', ['add', 'a-1']);
  expect(removed(await gc.end())).toEqual(['b-1']);
  expect(dangling(box)).toEqual([]);
});

for (const point of ['after-mark', 'after-second-survey', 'after-quarantine', 'after-third-survey']) {
  test(`an add ${point} waits, gives up, and dangles nowhere`, async () => {
    const box = startedWith('a-1', 'b-1');
    const gc = holdAt(box, point, ['nox-store', 'gc']);
    await gc.reached;
    for (const request of ['a-1', 'a', 'a@^1']) expect(box.json('nox-profile', ['add', request, '--wait', '0'], { status: 5 }).error.code).toBe('condemned');
    expect(removed(await gc.end())).toEqual(['a-1', 'b-1']);
    expect(dangling(box)).toEqual([]);
  });
}

for (const point of ['after-intent', 'before-publish']) {
  test(`a collection while an add stands ${point} keeps the package`, async () => {
    const box = startedWith('a-1', 'b-1');
    const add = holdAt(box, point, ['nox-profile', 'add', 'a-1']);
    await add.reached;
    expect(box.json('nox-store', ['gc']).removed.map(({ id }: { id: string }) => id)).toEqual(['b-1']);
    expect((await add.end()).status).toBe(0);
    expect(dangling(box)).toEqual([]);
  });
}

test('an add that had looked for marks before the collector marked gets its package back from quarantine', async () => {
  const box = startedWith('a-1');
  const gc = holdAt(box, 'after-second-survey', ['nox-store', 'gc']);
  await gc.reached;
  fs.mkdirSync(`${box.profiles}/byhand`);
  fs.symlinkSync(`${box.store().path}/a-1/bin/a`, `${box.profiles}/byhand/a`);
  const { restored, removed: gone } = JSON.parse((await gc.end()).stdout);
  expect([restored, gone]).toEqual([[{ id: 'a-1', store: box.store().path }], []]);
  expect(fs.existsSync(`${box.profiles}/byhand/a`)).toBe(true);
});

test('a rollback to an old generation while a collector runs finds its packages', async () => {
  const box = startedWith('a-1', 'b-1');
  box.json('nox-profile', ['add', 'a-1']);
  box.json('nox-profile', ['del', 'a']);
  const gc = holdAt(box, 'after-second-survey', ['nox-store', 'gc']);
  await gc.reached;
  box.json('nox-profile', ['rollback']);
  expect(removed(await gc.end())).toEqual(['b-1']);
  expect(dangling(box)).toEqual([]);
});

for (const point of ['after-mark', 'after-quarantine', 'after-third-survey']) {
  test(`two collectors, one of them held ${point}, remove each package once`, async () => {
    const box = startedWith('a-1', 'b-1', 'used-1');
    box.json('nox-profile', ['add', 'used-1']);
    const gc = holdAt(box, point, ['nox-store', 'gc']);
    await gc.reached;
    const other = box.json('nox-store', ['gc']);
    expect(other.removed).toEqual([]);
    expect(removed(await gc.end())).toEqual(['a-1', 'b-1']);
    expect(fs.readdirSync(box.store().path).sort()).toEqual(['.nox', 'nox-store.yaml', 'used-1']);
  });
}

test('an add waits for a package in quarantine, and gets it when it comes back', async () => {
  const box = startedWith('a-1');
  box.store().config({ scope: 'private', retention: '30d' });
  box.json('nox-store', ['gc']);
  const add = box.start('nox-profile', ['add', 'a', '--wait', '20', '--json']);
  expect(box.json('nox-store', ['gc', '--restore', 'a-1']).restored).toEqual([{ id: 'a-1', store: box.store().path }]);
  expect((await add).status).toBe(0);
  expect(dangling(box)).toEqual([]);
});

test('what landed under the name of a package while its removal was settling stays', async () => {
  const box = startedWith('a-1');
  const gc = holdAt(box, 'after-mark', ['nox-store', 'gc']);
  await gc.reached;
  fs.rmSync(box.store().pathOf('a-1'), { recursive: true });
  box.store().package('a-1', { files: { 'bin/a': 'new' } });
  expect(removed(await gc.end())).toEqual([]);
  expect(fs.readFileSync(`${box.store().pathOf('a-1')}/bin/a`, 'utf8')).toBe('new');
});
