import fs from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';
import { machine } from './support/machine.js';
import type { HostFigures, HostSettings } from './support/host-worker.js';
import { inNamespace, succeedsInNamespace } from './support/namespace.js';

/** Each machine has its own mount, by FUSE, and so its own kernel cache. */
const canMount = process.getuid?.() === 0 && succeedsInNamespace('cd "$(mktemp -d)"; mkdir a b; bindfs a b; umount b');
const STALE = 1;
const SECONDS = 30;

test.skipIf(!canMount)(`two machines whose caches are stale for ${STALE} s: nothing acknowledged is lost, nothing dangles${canMount ? '' : ' (skipped: bindfs or FUSE is refused)'}`, async () => {
  const top = sandbox().root;
  for (const name of ['shared', 'check', 'host0', 'host1']) fs.mkdirSync(`${top}/${name}`);
  const under = machine(`${top}/under`);
  fs.writeFileSync(`${under.store}/nox-store.yaml`, 'scope: shared\nsurvey: records-only\n');
  fs.mkdirSync(`${under.store}/.nox/roots`, { recursive: true, mode: 0o777 });
  fs.chmodSync(`${under.store}/.nox/roots`, 0o1777);
  expect(under.run('nox-profile', ['new', 'dev']).status).toBe(0);
  const on = (host: number | null): Promise<HostFigures> => {
    const name = host === null ? 'check' : `host${host}`;
    return inNamespace<HostFigures>('host-worker', { top, host, seconds: SECONDS, stale: STALE } satisfies HostSettings, { into: `${top}/${name}`, host: name });
  };
  const hosts = await Promise.all([on(0), on(1)]);
  const { added, switched, violations } = await on(null);
  const sum = (of: (figures: HostFigures) => number): number => hosts.reduce((total, figures) => total + of(figures), 0);
  process.stderr.write(`figures: two hosts: ${JSON.stringify({ stale: hosts.map((one) => one.wasStale), added: added.length, switched, refused: sum((f) => f.refused), collections: sum((f) => f.collections), removed: sum((f) => f.removed), restored: sum((f) => f.restored) })}\n`);
  expect(hosts.map(({ wasStale }) => wasStale)).toEqual([true, true]);
  expect([...hosts.flatMap((one) => one.violations), ...violations]).toEqual([]);
  const acknowledged = hosts.flatMap((one) => one.added);
  expect(acknowledged.filter(({ id, generation }) => !added.some((one) => one.id === id && one.generation === generation))).toEqual([]);
  expect(switched).toBeGreaterThanOrEqual(sum((f) => f.switched));
  expect(acknowledged.length).toBeGreaterThan(4);
  expect(sum((f) => f.removed)).toBeGreaterThan(2);
}, 240_000);
