import { expect, test } from 'vitest';
import { NoxError } from '../../src/errors.js';
import type { Package, StorePath } from '../../src/store/package.js';
import { type ResolveProblem, resolve } from '../../src/store/resolve/resolve.js';
import { makePackage, makeStore } from '../support/packages.js';

const base: ResolveProblem = { profile: 'dev', installed: [], add: [], del: [], upgrade: [] };

/** Names p0 to p<count-1> in eight layers, five versions each; every package needs three of the next layer, in ranges. */
function layered(count: number): StorePath {
  const packages: Package[] = [];
  const layer = Math.floor(count / 8);
  for (let at = 0; at < count; at += 1) {
    const below = at + layer;
    for (let version = 1; version <= 5; version += 1) {
      const needs = below >= count ? [] : [0, 7, 31].map((step) => `p${(Math.floor(below / layer) * layer + ((below + step) % layer)) % count}`);
      const depends = needs.map((name, n) => (n === 0 ? `${name}@<=${version}` : n === 1 ? `${name}@>=${version - 1}` : name));
      packages.push(makePackage('/s', `p${at}-${version}.0`, { depends }));
    }
  }
  return [makeStore('/s', packages)];
}

function timed<T>(run: () => T): { readonly value: T; readonly seconds: number } {
  const started = process.cpuUsage();
  const value = run();
  return { value, seconds: process.cpuUsage(started).user / 1e6 };
}

test('10,000 names with five versions and chains of depth eight are resolved in seconds', () => {
  const stores = layered(10_000);

  const one = timed(() => resolve(stores, { ...base, add: ['p0'] }));
  const many = timed(() => resolve(stores, { ...base, add: Array.from({ length: 1000 }, (_, at) => `p${at}`) }));
  const installed = many.value.packages.map(({ pkg, requested, pinned }) => ({ pkg, requested, pinned }));
  const more = timed(() => resolve(stores, { ...base, installed, add: ['p1001'] }));

  expect(one.value.packages.length).toBeGreaterThan(8);
  expect(many.value.packages.length).toBeGreaterThan(8000);
  expect(more.value.packages.length).toBeGreaterThanOrEqual(many.value.packages.length);
  expect(one.seconds).toBeLessThan(2);
  expect(many.seconds).toBeLessThan(15);
  expect(more.seconds).toBeLessThan(15);
});

/** `birds` packages that each need one of the `holes`, of which each has room for one: without a short refutation. */
function pigeons(birds: number, holes: number): StorePath {
  const packages: Package[] = [];
  for (let hole = 0; hole < holes; hole += 1) {
    for (let bird = 0; bird < birds; bird += 1) packages.push(makePackage('/s', `hole${hole}-${bird}`, { provides: [`home${bird}`] }));
  }
  packages.push(makePackage('/s', 'all-1', { depends: Array.from({ length: birds }, (_, bird) => `home${bird}`) }));
  return [makeStore('/s', packages)];
}

test('as many pigeons as holes find a place, one more does not', () => {
  expect(resolve(pigeons(6, 6), { ...base, add: ['all'] }).packages).toHaveLength(7);
  expect(codeOf(() => resolve(pigeons(6, 5), { ...base, add: ['all'] }))).toBe('unsatisfiable');
});

test('what is too hard is given up, in bounded time', () => {
  const { value, seconds } = timed(() => codeOf(() => resolve(pigeons(40, 39), { ...base, add: ['all'], budget: 50_000_000 })));

  expect(value).toBe('resolution-too-hard');
  expect(seconds).toBeLessThan(20);
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof NoxError) return error.code;
    throw error;
  }
  return 'resolved';
}
