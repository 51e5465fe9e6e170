import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { destroy, endQuarantine, quarantine } from '../../src/collect/io/quarantine.js';
import { sandbox } from '../support/sandbox.js';

const ROUNDS = 200;
const FILES = 300;

/** Works from inside of the package, wherever that is renamed to: a directory and a link to the victim change places. */
const SWAPS = '$| = 1; print "on\\n"; while (-e ".") { rename "deep", "x"; rename "link", "deep"; rename "deep", "link"; rename "x", "deep"; last unless -e "deep" or -e "x" }';

/** How many rounds cost the victim a file. */
async function attack(remove: (store: string) => void): Promise<number> {
  const box = sandbox();
  const store = box.store();
  const victim = `${box.root}/victim`;
  const fill = (directory: string): void => {
    fs.mkdirSync(directory, { recursive: true });
    for (let at = 0; at < FILES; at += 1) fs.writeFileSync(`${directory}/${at}`, '');
  };
  let harmed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    fill(victim);
    fill(`${store.path}/p-1/deep`);
    fs.symlinkSync(victim, `${store.path}/p-1/link`);
    const attacker = spawn('perl', ['-e', SWAPS], { cwd: `${store.path}/p-1`, stdio: ['ignore', 'pipe', 'ignore'] });
    const over = new Promise((resolve) => attacker.on('close', resolve));
    await new Promise((resolve) => attacker.stdout.once('data', resolve));
    remove(store.path);
    attacker.kill('SIGKILL');
    await over;
    if (fs.readdirSync(victim).length < FILES) harmed += 1;
    for (const name of fs.readdirSync(store.path)) fs.rmSync(`${store.path}/${name}`, { recursive: true, force: true });
  }
  return harmed;
}

const hasPerl = fs.existsSync('/usr/bin/perl');

test.skipIf(!hasPerl)(`an attacker who swaps a directory and a link inside of a package while it is deleted loses a victim nothing in ${ROUNDS} rounds`, async () => {
  let removed = 0;
  const harmed = await attack((store) => {
    const entry = quarantine(store, 'p-1', new Date());
    if (entry === null) return;
    try {
      destroy(entry);
      endQuarantine(entry);
      removed += 1;
    } catch {
      // What was swapped under its hands is left for the next run.
    }
  });
  expect(harmed).toBe(0);
  expect(removed).toBeGreaterThan(0);
});

test.skipIf(!hasPerl)('the same attack costs the victim files where paths are removed by name', async () => {
  const harmed = await attack((store) => {
    try {
      fs.rmSync(`${store}/p-1`, { recursive: true, force: true });
    } catch {
      // The attacker was in the way.
    }
  });
  process.stderr.write(`figures: attack on removal by name: ${harmed} of ${ROUNDS} rounds\n`);
  expect(harmed).toBeGreaterThan(0);
});
