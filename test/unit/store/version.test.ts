import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { compareKeys, compareVersions, isPrerelease, leads, readVersion } from '../../../src/store/version.js';
import { wildVersion } from '../../support/arbitrary-versions.js';
import { runs } from '../../support/runs.js';

const value = (a: string, b: string): number => Math.sign(compareKeys(readVersion(a), readVersion(b)));

describe('versions are ordered', () => {
  test.each([
    [['6.30.00~x', '6.30.00-dev', '6.30.00-alpha', '6.30.00~beta', '6.30.00-beta2', '6.30.00-pre', '6.30.00-rc1', '6.30.00-rc2', '6.30.00', '6.30.02']],
    [['v6_28_12', 'v6_30_02', '6.30.04', 'v6_100_00']],
    [['10.7', '10.7.p01', '10.7.p04', '10.7.1', '11.0']],
    [['1.1.1', '1.1.1a', '1.1.1w', '1.1.1za', '1.1.2']],
    [['1.2~~', '1.2~', '1.2~beta3', '1.2', '1.2-1', '1.2-7', '1.2-patches', '1.2+dfsg', '1.2+dfsg-7', '1.2.0.1', '1.2.1']],
    [['3.0.5-7', '3.0.5+dfsg-7', '3.0.5+dfsg-10', '3.1']],
    [['5.34.00', '5.34.00-patches', '5.34.01']],
    [['0.9.9', '0.9.10', '0.9.10b', '0.9.11']],
    [['r9999', 'r12345', 'r12346']],
    [['2023.10', '2024.1', '2024.1.1', '2024.01.02']],
    [['1.9999999999999999999999998', '1.9999999999999999999999999', '1.10000000000000000000000000']],
  ])('%j', (ascending) => {
    const sorted = [...ascending].reverse().sort(compareVersions);

    expect(sorted).toEqual(ascending);
  });

  test.each([
    ['6.30.02', 'v6_30_2'],
    ['1.3', '1.3.0'],
    ['1.2rc1', '1.2-rc1'],
    ['1.2~rc1', '1.2.RC.1'],
    ['10.7p4', '10.7.p04'],
    ['1.0-rc1', '1-rc1'],
  ])('%s and %s have one value, and an order all the same', (a, b) => {
    expect(value(a, b)).toBe(0);
    expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)));
    expect(compareVersions(a, b)).not.toBe(0);
  });

  test('the order is total', () => {
    fc.assert(
      fc.property(wildVersion, wildVersion, wildVersion, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        const [x, y, z] = [a, b, c].sort(compareVersions) as [string, string, string];
        expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareVersions(y, z)).toBeLessThanOrEqual(0);
        if (value(x, y) === 0 && value(y, z) === 0) expect(value(x, z)).toBe(0);
      }),
      { numRuns: runs(5000) },
    );
  });

  test('releases x.y.z are ordered as by semver', () => {
    const release = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12)).map((n) => n.join('.'));
    fc.assert(
      fc.property(release, release, (a, b) => {
        expect(value(a, b)).toBe(semver.compare(a, b));
      }),
    );
  });

  test('a version of a megabyte is read in linear time', () => {
    const started = process.cpuUsage();
    for (const unit of ['1', 'a', '~', '-', '.0', '1a', '+', '-1', 'rc']) compareVersions(unit.repeat(250_000), `${unit.repeat(250_000)}x`);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });
});

test.each([
  ['6.30.00-rc1', true],
  ['1.2~beta3', true],
  ['1.2~', true],
  ['5.0.0.dev1', true],
  ['V7.0-ALPHA', true],
  ['1.2-1~bpo12+1', false],
  ['1.2+rc1', false],
  ['1.1.1w', false],
  ['5.34.00-patches', false],
  ['r12345', false],
  ['3.0.5+dfsg-7', false],
])('%s is a prerelease: %s', (version, expected) => {
  expect(isPrerelease(version)).toBe(expected);
});

test.each([
  ['6.30', '6.30.02', true],
  ['6.30', 'v6_30_02', true],
  ['6.30', '6.30', true],
  ['6.30', '6.3', false],
  ['6.30', '6.301', false],
  ['6.30', '6', false],
  ['6.0', '6', true],
  ['6.0', '6.1', false],
  ['0', '0.5', true],
  ['0', '1', false],
  ['1.3.0', '1.3', true],
  ['1.3.0', '1.3.1', false],
  ['1.1.1', '1.1.1w', true],
  ['1.1.1w', '1.1.1wa', false],
  ['10.7', '10.7.p04', true],
  ['10.7.p', '10.7.p04', true],
  ['3.0.5', '3.0.5+dfsg-7', true],
])('%s leads %s: %s', (prefix, version, expected) => {
  expect(leads(readVersion(prefix), readVersion(version))).toBe(expected);
});
