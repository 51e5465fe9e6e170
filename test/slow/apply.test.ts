import fs from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.js';
import { isAnyNoxError } from '../../src/errors.js';
import { applyProfile } from '../../src/ops/apply-profile.js';
import { type EditRequest, editProfile } from '../../src/ops/edit-profile.js';
import { exportProfile } from '../../src/ops/export-profile.js';
import { listOutdated } from '../../src/ops/list-outdated.js';
import { newProfile } from '../../src/ops/new-profile.js';
import { formatProfileFile } from '../../src/profile/profile-file.js';
import { makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

/** Stores whose packages need, provide and exclude each other: two implementations of `mpi`, versions that stand against each other. */
function software(box: Sandbox): void {
  const [own, central] = [box.store('own'), box.store('central')];
  own.package('zlib-1.2.13', { files: { 'lib/z': '12' } }).package('mpich-4.1', { provides: ['mpi@4.1'], depends: ['zlib'] });
  central.package('zlib-1.2.13', {}).package('zlib-1.3.1', { files: { 'lib/z': '13' } }).package('openmpi-4.1', { provides: ['mpi@4'], conflicts: ['mpich'] })
    .package('openmpi-5.0', { provides: ['mpi@5'], depends: ['zlib@>=1.3'] }).package('hdf5-1.12', { depends: ['mpi', 'zlib@1.2'] })
    .package('hdf5-1.14', { depends: ['mpi'] }).package('fftw-3.3', { depends: ['mpi@>=4.1'] }).package('gdb-14', {}).link('hdf5', 'hdf5-1.12');
}

function contextOf(box: Sandbox): Context {
  const environment = box.environment();
  return { bin: 'nox-profile', environment, home: box.home, cwd: box.home, now: () => new Date(), say: () => undefined, progress: { update: () => undefined, end: () => undefined } };
}

const request = fc.constantFrom('zlib', 'zlib@1.2', 'zlib-1.3.1', 'mpi', 'mpi@5', 'mpich', 'openmpi', 'openmpi-4.1', 'hdf5', 'hdf5@1.14', 'hdf5-1.14', 'fftw', 'gdb');
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ action: fc.constant('add' as const), words: fc.uniqueArray(request, { minLength: 1, maxLength: 3 }), prefer: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constantFrom('del' as const, 'pin' as const, 'unpin' as const), words: fc.tuple(request), prefer: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ action: fc.constant('upgrade' as const), words: fc.constant([] as string[]), prefer: fc.constant(false) }) },
);

function editFor({ action, words, prefer }: { action: EditRequest['action']; words: readonly string[]; prefer: boolean }, profile: string): EditRequest {
  const packages = { add: action === 'add' ? words : [], del: action === 'del' ? words : [], upgrade: action === 'upgrade' ? ('all' as const) : [] };
  return {
    action, selection: { profile }, packages, prefer: prefer ? ['zlib'] : [], unprefer: [], hide: prefer ? ['share/x'] : [], unhide: [], copy: prefer ? ['bin/x'] : [], uncopy: [], withLibc: null, unfold: [],
    pin: action === 'pin' ? words : [], unpin: action === 'unpin' ? words : [], dryRun: false, wait: 10,
  };
}

/** What a random command does; one that is refused does nothing. */
async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!isAnyNoxError(error)) throw error;
    return false;
  }
}

test('a profile written down and applied again is the same, and upgrade does what outdated says, for random profiles', async () => {
  const box = sandbox();
  software(box);
  const context = contextOf(box);
  let number = 0;
  const counts = { applied: 0, fresh: 0, outdated: 0 };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.constantFrom('full' as const, 'folded' as const), fc.nat(5), async (steps, layout, alone) => {
    const name = `p${(number += 1)}`;
    await newProfile(context, { name, register: true, layout, omit: [], dryRun: false, wait: 10 });
    // Some commands see one of the stores only, so that there is something to upgrade afterwards.
    for (const [at, one] of steps.entries()) {
      const edit = editFor(one, name);
      const store = at < alone ? { store: [box.store('central').path] } : {};
      await attempt(() => editProfile(context, { ...edit, selection: { ...edit.selection, ...store } }));
    }
    const written = exportProfile(context, { name });
    const file = box.write(`${name}.yaml`, formatProfileFile(written));

    const applied = await applyProfile(context, { file, locked: false, dryRun: false, wait: 10 });
    expect(applied.changes).toEqual([]);
    expect(applied.generation).toBe(applied.previous);
    expect(exportProfile(context, { name })).toEqual(written);
    counts.applied += written.packages.length;

    // What the history of the profile made possible may not be had from nothing; what can be had is so at once.
    const fresh = { file, locked: false, profile: `${name}-fresh`, dryRun: false, wait: 10 };
    if (await attempt(() => applyProfile(context, fresh))) {
      const again = await applyProfile(context, fresh);
      expect([again.generation, again.changes]).toEqual([again.previous, []]);
      counts.fresh += 1;
    }

    const { packages } = await listOutdated(context, { name });
    const { changes } = await editProfile(context, { ...editFor({ action: 'upgrade', words: [], prefer: false }, name), dryRun: true });
    const moves = changes.flatMap(({ change, id, from }) => (from === null && change !== 'removed' ? [] : change === 'removed' ? [`${id} -> nothing`] : [`${from} -> ${id}`]));
    const told = packages.flatMap(({ id, current, wanted }) => (wanted === null ? [`${id} -> nothing`] : wanted.id === current.id && wanted.store === current.store ? [] : [`${id} -> ${wanted.id}`]));
    expect(told.sort()).toEqual(moves.sort());
    counts.outdated += told.length;
  }), { numRuns: 80, seed: 6 });
  // The cases are not empty ones.
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(5);
});

test('a package that is gone from its store is taken from where it is now', async () => {
  const box = sandbox();
  software(box);
  const context = contextOf(box);
  await editProfile(context, editFor({ action: 'add', words: ['gdb'], prefer: false }, 'default'));
  const file = box.write('p.yaml', formatProfileFile(exportProfile(context, {})));
  fs.rmSync(box.store('central').pathOf('gdb-14'), { recursive: true });
  makePackage(box.store('own').pathOf('gdb-14'), {});
  expect(await applyProfile(context, { file, locked: false, dryRun: false, wait: 10 })).toMatchObject({ generation: 2, changes: [{ change: 'replaced', id: 'gdb-14', from: 'gdb-14' }] });
});
