import { describe, expect, test } from 'vitest';
import { NoxError } from '../../../../src/errors.js';
import type { Package, StorePath } from '../../../../src/store/package.js';
import { type InstalledPackage, type ResolveProblem, type Resolution, resolve } from '../../../../src/store/resolve/resolve.js';
import { makePackage, storeOf } from '../../../support/packages.js';

const central = storeOf('/central', {
  'root-6.28.00': { depends: ['zlib@^1.2'] },
  'root-6.30.02': { depends: ['zlib@>=1.2.13', 'id:tbb-2021.1'] },
  'root-6.32.00-rc1': {},
  'tbb-2021.1': {},
  'tbb-2022.0': {},
  'zlib-1.2.11': {},
  'zlib-1.2.13': {},
  'zlib-1.3': {},
  'old-1': { depends: ['zlib@<1.2.13'] },
  'openmpi-4.1': { provides: ['mpi@3.1'], conflicts: ['mpi'] },
  'mpich-4.0': { provides: ['mpi@3.1'], conflicts: ['mpi'] },
  'hdf5-1.14': { depends: ['mpi@3'] },
  'broken-1.0': { problem: 'its nox-package.yaml is not YAML' },
  'odd-1': { depends: ['nowhere@^1'] },
  'egg-1': { depends: ['hen'] },
  'hen-1': { depends: ['egg'] },
  root: { aliasOf: 'root-6.28.00' },
});

const base: ResolveProblem = { profile: 'dev', installed: [], add: [], del: [], upgrade: [] };

function change(stores: StorePath, from: Resolution | null, asked: Partial<ResolveProblem>): Resolution {
  return resolve(stores, { ...base, installed: installedFrom(from), ...asked });
}

function installedFrom(resolution: Resolution | null): InstalledPackage[] {
  return (resolution?.packages ?? []).map(({ pkg, requested, pinned }) => ({ pkg, requested, pinned }));
}

function add(...texts: string[]): Resolution {
  return change([central], null, { add: texts });
}

/** Identifiers, each with what was requested. */
function shown(resolution: Resolution): Record<string, string | null> {
  return Object.fromEntries(resolution.packages.map(({ pkg, requested }) => [pkg.id, requested]));
}

function failure(run: () => unknown): NoxError {
  try {
    run();
  } catch (error) {
    if (error instanceof NoxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a choice', () => {
  test('is the higher version that fits, releases first, with its dependencies', () => {
    const resolution = add('root@*');

    expect(shown(resolution)).toEqual({ 'root-6.30.02': 'root@*', 'tbb-2021.1': null, 'zlib-1.3': null });
    expect(resolution.packages[0]?.dependsOn.map((pkg) => pkg.id)).toEqual(['zlib-1.3', 'tbb-2021.1']);
  });

  test('without a range is a release where the store has one', () => {
    const later = storeOf('/later', { 'tool-1.0': {}, 'tool-2.0-rc1': {} });
    const own = storeOf('/own', { 'tool-0.9-dev': {} });

    expect(shown(change([later], null, { add: ['tool'] }))).toEqual({ 'tool-1.0': 'tool' });
    expect(shown(change([own, later], null, { add: ['tool'] }))).toEqual({ 'tool-0.9-dev': 'tool' });
  });

  test('takes a prerelease that is named', () => {
    expect(shown(add('root@6.32.00-rc1'))).toEqual({ 'root-6.32.00-rc1': 'root@6.32.00-rc1' });
  });

  test('goes back where the whole profile needs it', () => {
    expect(shown(add('root@^6', 'old'))).toEqual({ 'old-1': 'old', 'root-6.28.00': 'root@^6', 'zlib-1.2.11': null });
  });

  test('of an alias is its target', () => {
    expect(shown(add('root'))).toEqual({ 'root-6.28.00': 'root', 'zlib-1.3': null });
  });

  test('prefers an earlier store to a higher version, and takes its package for an identifier in both', () => {
    const own = storeOf('/own', { 'zlib-1.2.12': {}, 'tbb-2022.0': {} });

    const resolution = change([own, central], null, { add: ['zlib', 'tbb-2022.0'] });

    expect(resolution.packages.map(({ pkg }) => pkg.path)).toEqual(['/own/tbb-2022.0', '/own/zlib-1.2.12']);
  });

  test('never offers a shadowed package', () => {
    const own = storeOf('/own', { 'zlib-1.3': { version: '0.1' } });

    const resolution = change([own, central], null, { add: ['zlib@1.2 || 1.3'] });

    expect(shown(resolution)).toEqual({ 'zlib-1.2.13': 'zlib@1.2 || 1.3' });
  });

  test('takes one provider, and keeps conflicting ones apart', () => {
    expect(shown(add('hdf5'))).toEqual({ 'hdf5-1.14': 'hdf5', 'openmpi-4.1': null });
    expect(shown(add('mpich', 'hdf5'))).toEqual({ 'hdf5-1.14': 'hdf5', 'mpich-4.0': 'mpich' });
    expect(failure(() => add('mpich', 'openmpi')).code).toBe('unsatisfiable');
  });

  test('prefers a package of the name to one that provides it', () => {
    const stores = [storeOf('/own', { 'aaa-9': { provides: ['tool'] } }), storeOf('/later', { 'tool-1': {} })];

    expect(shown(change(stores, null, { add: ['tool'] }))).toEqual({ 'tool-1': 'tool' });
  });

  test('may be circular', () => {
    expect(shown(add('egg'))).toEqual({ 'egg-1': 'egg', 'hen-1': null });
  });
});

describe('what is installed', () => {
  const before = change([central], null, { add: ['old', 'tbb-2021.1'] });

  test('stays where it still fits', () => {
    expect(shown(change([central], before, { add: ['root@6.28'] }))).toEqual({
      'old-1': 'old',
      'root-6.28.00': 'root@6.28',
      'tbb-2021.1': 'tbb-2021.1',
      'zlib-1.2.11': null,
    });
  });

  test('is exchanged by another request for its name', () => {
    expect(shown(change([central], before, { add: ['tbb-2022.0'] }))).toMatchObject({ 'tbb-2022.0': 'tbb-2022.0', 'old-1': 'old' });
  });

  test('and satisfies a request changes only in what was requested', () => {
    expect(shown(change([central], before, { add: ['tbb', 'zlib'] }))).toEqual({
      'old-1': 'old',
      'tbb-2021.1': 'tbb',
      'zlib-1.2.11': 'zlib',
    });
  });

  test('goes up only by an upgrade, within what was requested', () => {
    const loose = change([central], before, { add: ['tbb', 'root@6.28'], del: ['old'] });
    expect(shown(loose)).toEqual({ 'root-6.28.00': 'root@6.28', 'tbb-2021.1': 'tbb', 'zlib-1.2.11': null });

    const all = change([central], loose, { upgrade: 'all' });
    const one = change([central], loose, { upgrade: ['tbb'] });

    expect(shown(all)).toEqual({ 'root-6.28.00': 'root@6.28', 'tbb-2022.0': 'tbb', 'zlib-1.3': null });
    expect(shown(one)).toEqual({ 'root-6.28.00': 'root@6.28', 'tbb-2022.0': 'tbb', 'zlib-1.2.11': null });
  });

  test('stays when pinned, also under an upgrade', () => {
    const loose = change([central], null, { add: ['tbb@2021'] });
    const installed = [{ pkg: (loose.packages[0] as { pkg: Package }).pkg, requested: 'tbb', pinned: true }];

    expect(resolve([central], { ...base, installed, upgrade: 'all' }).packages).toMatchObject([{ pkg: { id: 'tbb-2021.1' }, pinned: true }]);
    const error = failure(() => resolve([central], { ...base, installed, add: ['tbb@2022'] }));
    expect(error.message).toContain('tbb@2022 (requested)\n  against tbb-2021.1 (pinned)');
    expect(error.hint).toBe('nox-profile unpin tbb -p dev');
  });

  test('stays when its store has lost it, until something else must take its place', () => {
    const lost: InstalledPackage = { pkg: makePackage('/central', 'tbb-2020.9'), requested: 'tbb', pinned: false };

    const kept = resolve([central], { ...base, installed: [lost], add: ['zlib'] });
    const upgraded = resolve([central], { ...base, installed: [lost], upgrade: 'all' });

    expect(shown(kept)).toEqual({ 'tbb-2020.9': 'tbb', 'zlib-1.3': 'zlib' });
    expect(shown(upgraded)).toEqual({ 'tbb-2022.0': 'tbb' });
  });

  test('keeps its provider when an upgrade could take another', () => {
    const hdf5 = change([central], null, { add: ['mpich', 'hdf5'] });
    const installed = installedFrom(hdf5).map((entry) => ({ ...entry, requested: entry.pkg.name === 'hdf5' ? 'hdf5' : null }));

    expect(shown(resolve([central], { ...base, installed, upgrade: 'all' }))).toEqual({ 'hdf5-1.14': 'hdf5', 'mpich-4.0': null });
  });
});

describe('a deletion', () => {
  const before = change([central], null, { add: ['hdf5', 'root@6.30'] });

  test('takes along what came only as a dependency', () => {
    expect(shown(change([central], before, { del: ['root'] }))).toEqual({ 'hdf5-1.14': 'hdf5', 'openmpi-4.1': null });
  });

  test('of what something left needs says who', () => {
    const error = failure(() => change([central], before, { del: ['zlib', 'tbb-2021.1'] }));

    expect(error).toMatchObject({
      code: 'still-needed',
      exitCode: 4,
      message: '"tbb-2021.1" is still needed by "root-6.30.02"\n"zlib-1.3" is still needed by "root-6.30.02"',
      hint: 'nox-profile del root-6.30.02 tbb-2021.1 zlib-1.3 -p dev',
    });
  });

  test('with a replacement in the same command is fine', () => {
    expect(shown(change([central], before, { add: ['mpich'], del: ['openmpi'] }))).toMatchObject({ 'mpich-4.0': 'mpich' });
  });

  test('is not got round by an older package that needs less', () => {
    const stores = [storeOf('/s', { 'app-2': { depends: ['lib'] }, 'app-1': {}, 'lib-1': {}, 'other-1': {} })];
    const app = change(stores, null, { add: ['app'] });

    expect(failure(() => change(stores, app, { add: ['other'], del: ['lib'] })).code).toBe('still-needed');
  });

  test('of what is not there names the nearest', () => {
    expect(failure(() => change([central], before, { del: ['rot'] }))).toMatchObject({
      code: 'not-installed',
      exitCode: 3,
      data: { nearest: 'root' },
    });
  });
});

describe('a refusal', () => {
  test('names every request that nothing matches, and the nearest names', () => {
    expect(failure(() => add('zlibb', 'qqqqqqqq', 'tbb'))).toMatchObject({
      exitCode: 3,
      message: 'no package matches "zlibb", "qqqqqqqq" in "/central"; did you mean "zlib"?',
      hint: 'nox-store list',
    });
  });

  test('shows the chain of each side and the candidates seen', () => {
    const error = failure(() => add('root@6.30', 'old'));

    expect(error.exitCode).toBe(4);
    expect(error.message).toBe(
      [
        'no choice of packages satisfies every demand:',
        '  root@6.30 (requested) -> root-6.30.02 -> zlib@>=1.2.13',
        '  against old (requested) -> old-1 -> zlib@<1.2.13',
        'candidates for "zlib":',
        '  zlib-1.3 in /central',
        '  zlib-1.2.13 in /central',
        '  zlib-1.2.11 in /central',
      ].join('\n'),
    );
  });

  test('shows what no store has', () => {
    expect(failure(() => add('odd')).message).toBe(
      'no choice of packages satisfies every demand:\n  odd (requested) -> odd-1 -> nowhere@^1\nno store has "nowhere"',
    );
    expect(failure(() => add('tbb@^7'))).toMatchObject({ code: 'unsatisfiable', data: { candidates: [{ name: 'tbb' }] } });
  });

  test('shows a declared conflict', () => {
    expect(failure(() => add('mpich', 'openmpi')).message).toContain(
      '  mpich (requested) -> mpich-4.0 -> conflicts with mpi\n  against openmpi (requested) -> openmpi-4.1\n',
    );
  });

  test('of two packages of one name says that a profile holds one', () => {
    for (const two of [['zlib-1.3', 'zlib-1.2.11'], ['zlib@1.2', 'zlib@1.3'], ['zlib-1.3', 'zlib@1.2']]) {
      expect(failure(() => add(...two))).toMatchObject({ code: 'two-of-one-name', exitCode: 4, data: { name: 'zlib', requests: two } });
    }
    expect(shown(add('zlib', 'zlib', 'root', 'root-6.28.00'))).toMatchObject({ 'zlib-1.3': 'zlib', 'root-6.28.00': 'root' });
  });

  test('takes an identifier and a name or range that it satisfies as one request', () => {
    for (const two of [['zlib-1.2.11', 'zlib'], ['zlib', 'zlib-1.2.11'], ['zlib@1.2', 'zlib-1.2.11']]) expect(shown(add(...two))).toMatchObject({ 'zlib-1.2.11': 'zlib-1.2.11' });
  });

  test('of a package that cannot be used says why', () => {
    for (const text of ['broken', 'broken-1.0', 'broken@1']) {
      expect(failure(() => add(text))).toMatchObject({
        exitCode: 6,
        message: 'the package "broken-1.0" of "/central" cannot be used: its nox-package.yaml is not YAML',
      });
    }
  });

  test('of a package whose dependencies cannot be read says so', () => {
    const stores = [storeOf('/s', { 'bad-1': { depends: ['zlib@><'] } })];

    expect(failure(() => change(stores, null, { add: ['bad'] })).code).toBe('package-unusable');
  });
});
