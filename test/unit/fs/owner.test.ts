import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { isGone, ownedName, ownerOfName, thisProcess } from '../../../src/fs/owner.js';

const here = thisProcess();

test('a name tells its owner', () => {
  expect(ownerOfName(ownedName(here))).toEqual(here);
  expect(ownerOfName('x')).toBeNull();
  expect(ownerOfName(`${ownedName(here)}x`)).toBeNull();
});

test('a living process is not gone, one that ended is', async () => {
  expect(isGone(here)).toBe(false);
  const child = spawn('true');
  const pid = child.pid!;
  await new Promise((resolve) => child.on('close', resolve));
  expect(isGone({ ...here, pid })).toBe(true);
});

test('a number that was given to another process, and a reboot, are noticed', () => {
  expect(isGone({ ...here, startTime: '1' })).toBe(true);
  // Without a number of the machine, one of the same name may be another.
  const machine = here.bootId.slice(0, -8);
  expect(isGone({ ...here, bootId: `${machine}ffffffff` })).toBe(machine !== '');
  expect(isGone({ ...here, bootId: 'ffffffff' })).toBe(false);
  expect(isGone({ ...here, bootId: '00000000ffffffff' })).toBe(false);
});

test('what cannot be judged from here is not gone', () => {
  expect(isGone({ ...here, host: 'elsewhere', pid: 2 ** 22 })).toBe(false);
  expect(isGone({ ...here, pidNamespace: '1', pid: 2 ** 22 })).toBe(false);
});
