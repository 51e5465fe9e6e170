import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvSpec } from '../../../src/env/spec.js';
import { activeLayers, type Environment } from '../../../src/env/state.js';
import { activate, changed, deactivate, type Layer } from '../../../src/env/transition.js';

const NAMES = ['PATH', 'MANPATH', 'INFOPATH', 'XDG_DATA_DIRS', 'LD_LIBRARY_PATH', 'FOO', 'NOX_PROFILE'];
const element = fc.constantFrom('/usr/bin', '/bin', '/a b', '/p/bin', '/p/lib', '/q/bin', '/*', '');
const value = fc.oneof(fc.array(element, { maxLength: 5 }).map((elements) => elements.join(':')), fc.constantFrom('', ':', '/usr/local/share:/usr/share', 'fast'));
const environment: fc.Arbitrary<Environment> = fc.dictionary(fc.constantFrom(...NAMES), value);

const elements = fc.uniqueArray(fc.constantFrom('/p/bin', '/p/sbin', '/p/lib', '/q/bin', '/bin', '/a b'), { minLength: 1, maxLength: 3 });
const spec: fc.Arbitrary<EnvSpec> = fc.dictionary(fc.constantFrom(...NAMES.filter((name) => name !== 'NOX_PROFILE')), fc.record({
  way: fc.constantFrom('set', 'prepend', 'append', 'both'), elements,
})).map((variables) => {
  const result = { set: {} as Record<string, string>, prepend: {} as Record<string, string[]>, append: {} as Record<string, string[]> };
  for (const [name, { way, elements: list }] of Object.entries(variables)) {
    if (way === 'set') result.set[name] = list.join(':');
    else if (way === 'append') result.append[name] = list;
    else result.prepend[name] = list;
    if (way === 'both' && list.length > 1) {
      result.prepend[name] = list.slice(1);
      result.append[name] = list.slice(0, 1);
    }
  }
  return result;
});
const layer: fc.Arbitrary<Layer> = fc.record({
  profile: fc.constantFrom('/h/p', '/h/q', '/h/r'), generation: fc.option(fc.nat(9)), job: fc.constant(null), spec,
});

const on = (env: Environment, next: Layer, stack = false): Environment => changed(env, activate(env, next, { stack }));
const off = (env: Environment): Environment => changed(env, deactivate(env));
const plain = (env: Environment): Record<string, string> => ({ ...env });

describe('for any environment and profiles', () => {
  test('deactivating restores the environment exactly', () => {
    fc.assert(fc.property(environment, layer, (env, a) => { expect(plain(off(on(env, a)))).toEqual(env); }), { numRuns: 1000 });
  });

  test('activating twice is activating once', () => {
    fc.assert(fc.property(environment, layer, (env, a) => { expect(activate(on(env, a), a, { stack: false })).toEqual([]); }), { numRuns: 1000 });
  });

  test('activating twice is activating once, also with own directories put around', () => {
    fc.assert(fc.property(environment, layer, fc.constantFrom('/mine', '/p/bin'), (env, a, own) => {
      const active = on(env, a);
      const around = { ...active, ...Object.fromEntries(Object.entries(a.spec.prepend).map(([name]) => [name, `${own}:${active[name]}:${own}`])) };
      expect(activate(around, a, { stack: false })).toEqual([]);
    }));
  });

  test('replacing is deactivating, then activating', () => {
    fc.assert(fc.property(environment, layer, layer, (env, a, b) => { expect(plain(on(on(env, a), b))).toEqual(plain(on(env, b))); }), { numRuns: 1000 });
  });

  test('a layer comes off a stack as it went on', () => {
    fc.assert(fc.property(environment, layer, layer, layer, (env, a, b, c) => {
      const two = on(on(env, { ...a, profile: '/1' }), { ...b, profile: '/2' }, true);
      const three = on(two, { ...c, profile: '/3' }, true);
      expect(plain(off(three))).toEqual(plain(two));
      expect(plain(off(off(off(three))))).toEqual(env);
      expect(plain(on(three, a))).toEqual(plain(on(env, a)));
    }));
  });

  test('stacking the uppermost changes nothing; stacking one that lies below moves it up', () => {
    fc.assert(fc.property(environment, layer, layer, (env, a, b) => {
      const [first, second] = [{ ...a, profile: '/1' }, { ...b, profile: '/2' }];
      const two = on(on(env, first), second, true);
      expect(activate(two, second, { stack: true })).toEqual([]);
      const moved = on(two, first, true);
      const others = (all: Environment): Environment => Object.fromEntries(Object.entries(plain(all)).filter(([name]) => !name.startsWith('NOX_')));
      expect(others(moved)).toEqual(others(on(on(env, second), first, true)));
      expect(plain(off(off(moved)))).toEqual(env);
    }));
  });

  test('no element is empty unless the user had one, but for the last of MANPATH and INFOPATH', () => {
    const full = environment.map((env) => Object.fromEntries(Object.entries(env).map(([name, text]) => [name, text.split(':').filter((part) => part !== '').join(':')])));
    fc.assert(fc.property(full, layer, (env, a) => {
      for (const [name, text] of Object.entries(on(env, a))) {
        if (!NAMES.includes(name)) continue;
        const parts = text.split(':');
        const inner = name === 'MANPATH' || name === 'INFOPATH' ? parts.slice(0, -1) : parts;
        if (text !== '' && inner.includes('')) throw new Error(`${name}=${text}`);
      }
    }));
  });
});

const dev: Layer = {
  profile: '/h/dev', generation: null, job: null,
  spec: { set: { MODE: 'fast' }, prepend: { PATH: ['/h/dev/bin'], MANPATH: ['/h/dev/man'], XDG_DATA_DIRS: ['/h/dev/share'] }, append: { TAIL: ['/t'] } },
};

test('what a first activation does', () => {
  expect(plain(on({ PATH: '/bin' }, dev))).toEqual({
    PATH: '/h/dev/bin:/bin', MANPATH: '/h/dev/man:', XDG_DATA_DIRS: '/h/dev/share:/usr/local/share:/usr/share', TAIL: '/t', MODE: 'fast',
    NOX_PROFILE: '/h/dev', NOX_DEPTH: '1', NOX_1_VARS: 'NOX_PROFILE:MANPATH:MODE:PATH:TAIL:XDG_DATA_DIRS',
    NOX_1_SET_NOX_PROFILE: '/h/dev', NOX_1_SET_MODE: 'fast', NOX_1_PRE_PATH: '/h/dev/bin', NOX_1_PRE_MANPATH: '/h/dev/man', NOX_1_PRE_XDG_DATA_DIRS: '/h/dev/share',
    NOX_1_POST_TAIL: '/t', NOX_1_WAS_MANPATH: 'unset', NOX_1_WAS_XDG_DATA_DIRS: 'unset', NOX_1_WAS_TAIL: 'unset',
  });
});

test('what the user changed in between stays', () => {
  const env = { ...on({ PATH: '/bin', MODE: 'slow' }, dev), PATH: '/my:/h/dev/bin:/bin:/end', MODE: 'mine', MANPATH: '/m:/h/dev/man:', EXTRA: '1' };
  expect(plain(off(env))).toEqual({ PATH: '/my:/bin:/end', MODE: 'mine', MANPATH: '/m:', EXTRA: '1' });
});

test('an upgrade that adds a variable and a directory is picked up', () => {
  const next: Layer = { ...dev, spec: { ...dev.spec, prepend: { ...dev.spec.prepend, PATH: ['/h/dev/bin', '/h/dev/sbin'], INFOPATH: ['/h/dev/info'] } } };
  expect(plain(on(on({ PATH: '/bin' }, dev), next))).toEqual(plain(on({ PATH: '/bin' }, next)));
});

test('only what changes is told, unsettings first, PATH last, and around them the records, so that what a shell does in part can be undone', () => {
  const env = { PATH: '/bin', MODE: 'fast' };
  const active = on(env, dev);
  expect(deactivate(active).map(({ name }) => name).slice(0, 5)).toEqual(['MANPATH', 'TAIL', 'XDG_DATA_DIRS', 'PATH', 'NOX_1_OLD_MODE']);
  expect(deactivate(active).some(({ name }) => name === 'MODE')).toBe(false);
  const changes = activate(env, dev, { stack: false });
  expect(changes.map(({ name }) => name).slice(-4)).toEqual(['MANPATH', 'TAIL', 'XDG_DATA_DIRS', 'PATH']);
  for (let count = changes.findIndex(({ name }) => name === 'MANPATH'); count <= changes.length; count += 1) expect(plain(off(changed(env, changes.slice(0, count))))).toEqual(env);
});

test('where PATH is unset, the commands of the system are found behind those of the profile', () => {
  expect(on({}, dev)['PATH']).toBe('/h/dev/bin:/usr/local/bin:/usr/bin:/bin');
  expect(plain(off(on({}, dev)))).toEqual({});
});

test('what had no value has none again when others put elements of theirs around and took them away', () => {
  const active = on({ PATH: '/bin' }, dev);
  for (const MANPATH of ['/h/dev/man::', ':/h/dev/man:', ':', '::']) expect(off({ ...active, MANPATH })['MANPATH']).toBeUndefined();
  expect(off({ ...active, XDG_DATA_DIRS: '/usr/local/share:/usr/share' })['XDG_DATA_DIRS']).toBeUndefined();
  expect(off(on({ MANPATH: '', XDG_DATA_DIRS: '' }, dev))).toEqual({ MANPATH: '', XDG_DATA_DIRS: '' });
  expect(off(on({ MANPATH: ':', XDG_DATA_DIRS: '/usr/local/share:/usr/share' }, dev))).toEqual({ MANPATH: ':', XDG_DATA_DIRS: '/usr/local/share:/usr/share' });
});

test('a state that nox did not write counts as none', () => {
  for (const NOX_DEPTH of ['', '0', '-1', 'x', '100', '1e1']) expect(activeLayers({ NOX_DEPTH, NOX_1_VARS: 'PATH' })).toEqual([]);
  expect(deactivate({ NOX_DEPTH: '7 7', PATH: '/bin' })).toEqual([]);
});
