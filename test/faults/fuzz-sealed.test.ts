import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { condemn } from '../../src/collect/io/marks.js';
import { quarantine } from '../../src/collect/io/quarantine.js';
import { isAnyNoxError } from '../../src/errors.js';
import { type SealedKind, unseal } from '../../src/fs/sealed.js';
import { farmKind } from '../../src/profile/farm/record.js';
import { declareIntent, intentKind } from '../../src/profile/io/intent.js';
import { leaseKind, takeLease } from '../../src/profile/io/lease.js';
import { journalKind } from '../../src/profile/journal.js';
import { manifestKind } from '../../src/profile/manifest.js';
import { rootRecordKind } from '../../src/store/root-record.js';
import { markKind } from '../../src/collect/io/marks.js';
import { quarantineKind } from '../../src/collect/io/quarantine.js';
import { type Sandbox, sandbox } from '../support/sandbox.js';
import { tell } from './support/sweep.js';

/** A home and a store with one real file of each kind. */
function arranged(): { readonly box: Sandbox; readonly files: ReadonlyArray<readonly [string, SealedKind<never>, string]> } {
  const box = sandbox();
  box.store().config({ scope: 'private' }).package('alpha-1', { files: { 'bin/a': 'a', 'share/x': 'x' } }).package('beta-1').package('gamma-1');
  box.json('nox-profile', ['add', 'alpha', '-p', 'default']);
  const now = new Date();
  const state = `${box.profiles}/.nox/profiles/default`;
  const store = box.store().path;
  declareIntent(box.profiles, { profile: `${box.profiles}/default`, packages: [{ store, id: 'alpha-1' }] }, now);
  const lease = takeLease(box.profiles, { profile: `${box.profiles}/default`, generation: 1, tree: `${state}/generations/1`, user: 'ada', job: null }, now).path;
  condemn(store, 'beta-1', new Date(now.getTime() + 3_600_000), now);
  quarantine(store, 'gamma-1', now);
  const only = (directory: string): string => `${directory}/${fs.readdirSync(directory)[0] as string}`;
  const files = [
    ['manifest', manifestKind, `${state}/generations/1/.nox/manifest.json`], ['farm', farmKind, `${state}/generations/1/.nox/farm.json`],
    ['journal entry', journalKind, `${state}/journal/1/entry.json`], ['lease', leaseKind, lease], ['intent', intentKind, only(`${box.profiles}/.nox/intents`)],
    ['root record', rootRecordKind, only(`${store}/.nox/roots`)], ['mark', markKind, only(`${store}/.nox/condemned`)], ['quarantine record', quarantineKind, only(`${store}/.nox/quarantine`)],
  ] as const;
  return { box, files: files as unknown as ReadonlyArray<readonly [string, SealedKind<never>, string]> };
}

/** Every single byte changed in each bit, taken out, or preceded by another, and every cut. */
function* damaged(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ bit;
      yield flipped;
    }
    yield Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    for (const more of [0x00, 0x0a, 0x20, 0x7d, 0xff]) yield Buffer.concat([bytes.subarray(0, at), Buffer.of(more), bytes.subarray(at)]);
    yield bytes.subarray(0, at);
  }
  for (const more of [0x00, 0x0a, 0x20, 0x7d]) yield Buffer.concat([bytes, Buffer.of(more)]);
}

describe('a damaged file of nox', () => {
  const { box, files } = arranged();

  test.each(files)('%s: each byte flipped, cut, added', (name, kind, file) => {
    const bytes = fs.readFileSync(file);
    expect(() => unseal(kind, bytes, file)).not.toThrow();
    let tried = 0;
    for (const wrong of damaged(bytes)) {
      if (wrong.equals(bytes)) continue;
      tried += 1;
      try {
        unseal(kind, wrong, file);
      } catch (error) {
        if (isAnyNoxError(error) && error.exitCode === 6) continue;
        throw error;
      }
      throw new Error(`${name} was read: ${wrong.toString('latin1')}`);
    }
    tell(`sealed, ${name}: ${tried} inputs, all refused`);
    expect(tried).toBeGreaterThan(bytes.length * 14);
  });

  test('through the command line: an error with 6, a doubt with 7, a finding of the doctor, or the true answer', () => {
    const commands = (name: string): ReadonlyArray<readonly ['nox-profile' | 'nox-store', readonly string[]]> =>
      ['manifest', 'farm', 'journal entry', 'lease'].includes(name) ? [['nox-profile', ['status', 'default']], ['nox-profile', ['prune', '--older-than', '0', '--dry-run']], ['nox-store', ['gc', '--dry-run']]] : [['nox-store', ['gc', '--dry-run']], ['nox-store', ['doctor']]];
    let tried = 0;
    const refused: Record<string, number> = {};
    for (const [name, , file] of files) {
      const bytes = fs.readFileSync(file);
      const truth = commands(name).map(([bin, argv]) => box.run(bin, argv));
      for (const part of [0.05, 0.4, 0.9]) {
        const at = Math.floor(bytes.length * part);
        const wrong = Buffer.from(bytes);
        wrong[at] = (wrong[at] as number) ^ 1;
        fs.writeFileSync(file, wrong);
        commands(name).forEach(([bin, argv], which) => {
          const { status, stdout, stderr } = box.run(bin, argv);
          tried += 1;
          refused[`${name}: ${argv[0] ?? ''}: ${status}`] = (refused[`${name}: ${argv[0] ?? ''}: ${status}`] ?? 0) + 1;
          expect([name, argv, stderr]).toEqual([name, argv, expect.not.stringMatching(/defect of nox| {4}at /)]);
          // The doctor's finding need not change its status.
          if (argv[0] === 'doctor') expect(`${stdout}${stderr}`).not.toBe('');
          else if (status === (truth[which]?.status ?? -1)) expect([name, argv, stdout]).toEqual([name, argv, truth[which]?.stdout]);
          else expect([name, argv, [6, 7].includes(status), `${stdout}${stderr}`]).toEqual([name, argv, true, expect.stringContaining(path.basename(file).slice(0, 8))]);
        });
        fs.writeFileSync(file, bytes);
      }
    }
    tell(`sealed, through the command line: ${tried} inputs: ${JSON.stringify(refused)}`);
    expect(tried).toBeGreaterThanOrEqual(50);
  });
});
