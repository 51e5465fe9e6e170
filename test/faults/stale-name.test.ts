import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { waitNow } from '../../src/fs/wait.js';
import { sandbox } from '../support/sandbox.js';
import { machine } from './support/machine.js';

const canMount = process.getuid?.() === 0 && spawnSync('sh', ['-ec', 'cd "$(mktemp -d)"; mkdir a b; bindfs a b; umount b']).status === 0;

test.skipIf(!canMount)(`a generation that a machine holds to be absent for a second is waited for${canMount ? '' : ' (skipped: bindfs or FUSE is refused)'}`, () => {
  const top = sandbox().root;
  const under = machine(`${top}/under`);
  fs.mkdirSync(`${top}/here`);
  for (const id of ['one-1', 'two-1', 'three-1']) under.package(id);
  expect(under.run('nox-profile', ['new', 'dev']).status).toBe(0);
  execFileSync('bindfs', ['-o', 'attr_timeout=1,entry_timeout=1,negative_timeout=1', `${top}/under`, `${top}/here`], { stdio: 'pipe' });
  try {
    const here = machine(`${top}/here`);
    const generations = (at: string): string => `${top}/${at}/home/nix/profiles/.nox/profiles/dev/generations`;
    // Both commands read what the other machine has just made.
    const commands = [() => here.run('nox-profile', ['list', '-p', 'dev', '--json']), () => here.run('nox-store', ['gc', '--settle', '0', '--min-age', '0', '--json'])];
    for (const [at, command] of commands.entries()) {
      const number = at + 1;
      const made = `${top}/made`;
      expect(under.run('nox-profile', ['add', ['one-1', 'two-1'][at] as string, '-p', 'dev']).status).toBe(0);
      // Out of sight for a moment, so that its name is looked for and not found; all else has been forgotten by then.
      fs.renameSync(`${generations('under')}/${number}`, made);
      waitNow(1200);
      expect(fs.existsSync(`${generations('here')}/${number}`)).toBe(false);
      fs.renameSync(made, `${generations('under')}/${number}`);
      expect(fs.existsSync(`${generations('here')}/${number}`)).toBe(false);
      const done = command();
      expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 0, stderr: '' });
      expect(fs.existsSync(`${generations('here')}/${number}`)).toBe(true);
    }
    // What is really gone is told at once.
    fs.rmSync(`${generations('under')}/2`, { recursive: true });
    waitNow(1200);
    const began = Date.now();
    expect(here.run('nox-profile', ['list', '-p', 'dev']).stderr).toContain('the manifest is missing');
    expect(Date.now() - began).toBeLessThan(2500);
  } finally {
    execFileSync('umount', [`${top}/here`]);
  }
}, 60_000);
