/** An import that is killed at any moment leaves whole packages or none, and the next one works without repair. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath } from '../support/cli.js';
import { makePackage, sandbox } from '../support/sandbox.js';

const PACKAGES = ['a-1', 'b-1', 'c-1'];

test('killed at any of sixty moments, the store holds whole packages only, and the next import works', async () => {
  const box = sandbox();
  for (const id of PACKAGES) makePackage(`${box.home}/${id}`, { files: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`lib/${at % 7}/f${at}`, `${id} ${at}`])) });
  const figures = { killed: 0, 'with staging left': 0, 'with packages published': 0 };
  // The quickest: where another program slowed a single one, most imports would have ended before they are killed.
  const whole = Math.min(await time(box.root, 'first'), await time(box.root, 'second'), await time(box.root, 'third'));
  for (let at = 0; at < 60; at += 1) {
    const store = `${box.root}/store-${at}`;
    const killed = await importUntil(store, (whole * (at + 5)) / 60);
    if (!killed) continue;
    figures.killed += 1;
    if (fs.existsSync(`${store}/.nox/staging`)) figures['with staging left'] += 1;
    const { stores: [{ packages }] } = box.json('nox-store', ['list', '--store', store]);
    if (packages.length > 0) figures['with packages published'] += 1;
    expect(PACKAGES).toEqual(expect.arrayContaining(packages.map(({ id }: { id: string }) => id)));
    expect(box.json('nox-store', ['verify', '--store', store]).packages.filter(({ status }: { status: string }) => status !== 'intact')).toEqual([]);

    box.json('nox-store', ['import', ...PACKAGES, '--store', store]);

    expect(fs.readdirSync(store).sort()).toEqual(PACKAGES);
    expect(box.json('nox-store', ['verify', '--store', store]).packages.filter(({ status }: { status: string }) => status === 'intact')).toHaveLength(3);
  }
  console.log(`figures: ${JSON.stringify(figures)}`); // eslint-disable-line no-console
  expect(figures.killed).toBeGreaterThan(20);

  async function time(root: string, name: string): Promise<number> {
    const began = performance.now();
    await importUntil(`${root}/${name}`, 60_000);
    return performance.now() - began;
  }

  /** True when it was killed before it ended. */
  function importUntil(store: string, milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const child = spawn(binPath('nox-store'), ['import', ...PACKAGES, '--store', store], { cwd: box.home, env: { ...box.environment(), PATH: process.env['PATH'], NOX_NODE: process.execPath }, stdio: 'ignore' });
      const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
      child.on('close', (_, signal) => {
        clearTimeout(timer);
        resolve(signal === 'SIGKILL');
      });
    });
  }
}, 600_000);
