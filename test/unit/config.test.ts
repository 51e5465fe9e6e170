import { describe, expect, test } from 'vitest';
import { configurationFiles, parseConfiguration, profileHomeOf, readConfiguration, releaseHomesOf, storePathOf } from '../../src/config.js';
import type { Context, Environment } from '../../src/context.js';
import { parseYaml } from '../../src/store/io/yaml-file.js';
import { sandbox } from '../support/sandbox.js';

function contextOf(home: string, environment: Environment = {}): Context & { readonly said: string[] } {
  const said: string[] = [];
  return {
    bin: 'nox-store',
    environment,
    home,
    cwd: '/work/here',
    now: () => new Date(0),
    say: (line) => void said.push(line),
    progress: { update: () => undefined, end: () => undefined },
    said,
  };
}

function configured(yaml: string): Context & { readonly said: string[] } {
  const box = sandbox();
  box.write('home/.config/nox/config.yaml', yaml);
  return contextOf(box.home);
}

describe('the store path', () => {
  const home = sandbox().home;

  test('is made of the flags first, absolute and normal, each once', () => {
    const context = contextOf(home, { NOX_STORE_PATH: '/other' });
    expect(storePathOf(context, { store: ['a', '../b/./c//', '/work/here/a'] })).toEqual(['/work/here/a', '/work/b/c']);
  });

  test('is made of NOX_STORE_PATH next, without its empty elements', () => {
    expect(storePathOf(contextOf(home, { NOX_STORE_PATH: ':/one::two:/one/' }), {})).toEqual(['/one', '/work/here/two']);
  });

  test('is ~/nix/store when nothing says otherwise, also for an empty variable', () => {
    expect(storePathOf(contextOf(home, { NOX_STORE_PATH: '::' }), { store: [] })).toEqual([`${home}/nix/store`]);
  });

  test('comes from the configuration with ~ expanded', () => {
    const context = configured('stores: [~/mine, "~", /shared/store/]\n');
    expect(storePathOf(context, {})).toEqual([`${context.home}/mine`, context.home, '/shared/store']);
  });

  test('has a ~ expanded that the shell left', () => {
    expect(storePathOf(contextOf(home, { NOX_STORE_PATH: '~/one:/two/~:~x:./~/y' }), {})).toEqual([`${home}/one`, '/two/~', '/work/here/~x', '/work/here/~/y']);
    expect(storePathOf(contextOf(home), { store: ['~/one', '~'] })).toEqual([`${home}/one`, home]);
    expect(profileHomeOf(contextOf(home, { NOX_PROFILES: '~/profiles' }), {})).toBe(`${home}/profiles`);
  });

  test('keeps bytes that are not UTF-8, in the variable and in a flag', () => {
    expect(storePathOf(contextOf(home, { NOX_STORE_PATH: '/a\udcff' }), {})).toEqual(['/a\udcff']);
    expect(storePathOf(contextOf(home), { store: ['/a\udcff', '/b\uFFFD'] })).toEqual(['/a\udcff', '/b\uFFFD']);
  });

  test.each([
    ['a flag', contextOf(home), { store: ['/a:b'] }, '/a:b'],
    ['the home', contextOf('/home/a:b'), {}, '/home/a:b/nix/store'],
    ['the working directory', { ...contextOf(home), cwd: '/x:y' }, { store: ['s'] }, '/x:y/s'],
  ])('refuses a colon in %s', (_, context, flags, path) => {
    expect(() => storePathOf(context, flags)).toThrow(`"${path}" cannot be used: a path with ":" does not fit into a path variable`);
  });

  test('refuses an empty flag', () => {
    expect(() => storePathOf(contextOf(home), { store: [''] })).toThrow('a path is empty');
  });
});

describe('the profile home and the release homes', () => {
  test('follow flag, variable, configuration, default', () => {
    const context = configured('profiles: ~/p\nreleases: [/r, ~/r, /r]\n');
    const withVariables = { ...contextOf(context.home), environment: { NOX_PROFILES: 'q/', NOX_RELEASES: '/v::w' } };
    expect(profileHomeOf(context, { profiles: '/f/../g' })).toBe('/g');
    expect(profileHomeOf(withVariables, {})).toBe('/work/here/q');
    expect(profileHomeOf(context, {})).toBe(`${context.home}/p`);
    expect(profileHomeOf(contextOf('/nowhere'), {})).toBe('/nowhere/nix/profiles');
    expect(releaseHomesOf(withVariables)).toEqual(['/v', '/work/here/w']);
    expect(releaseHomesOf(context)).toEqual(['/r', `${context.home}/r`]);
    expect(releaseHomesOf(contextOf('/nowhere'))).toEqual([]);
  });
});

describe('the configuration', () => {
  test('lies under XDG_CONFIG_HOME when that is absolute, then in /etc', () => {
    expect(configurationFiles(contextOf('/h', { XDG_CONFIG_HOME: '/x' }))).toEqual(['/x/nox/config.yaml', '/etc/nox/config.yaml']);
    expect(configurationFiles(contextOf('/h', { XDG_CONFIG_HOME: 'x' }))).toEqual(['/h/.config/nox/config.yaml', '/etc/nox/config.yaml']);
  });

  test('gives layout and variables to omit, warns once of unknown keys, and is nothing without files', () => {
    const context = configured('layout: folded\nomit: [LD_LIBRARY_PATH]\nlayuot: full\n__proto__: {stores: [/evil]}\nprofiles:\n');
    const expected = { stores: null, profiles: null, releases: null, layout: 'folded', omit: ['LD_LIBRARY_PATH'] };
    expect(readConfiguration(context)).toEqual(expected);
    expect(readConfiguration(context)).toEqual(expected);
    const file = `${context.home}/.config/nox/config.yaml`;
    expect(context.said).toEqual([
      `configuration "${file}": unknown key "layuot" is ignored`,
      `configuration "${file}": unknown key "__proto__" is ignored`,
    ]);
    expect(({} as Record<string, unknown>)['stores']).toBeUndefined();
    expect(readConfiguration(contextOf('/nowhere'))).toEqual({ stores: null, profiles: null, releases: null, layout: null, omit: null });
  });

  test.each([
    ['stores: /one', 'configuration "/c": "stores": it must be a list of texts'],
    ['stores: [[a]]', 'configuration "/c": "stores": it must be a list of texts'],
    ['stores: [relative]', 'configuration "/c": "stores": "relative" must be absolute or begin with "~/"'],
    ['releases: [~other/x]', 'configuration "/c": "releases": "~other/x" must be absolute or begin with "~/"'],
    ['profiles: [x]', 'configuration "/c": "profiles": it must be a text'],
    ['profiles: "a\\0b"', 'configuration "/c": "profiles": it must be a text'],
    ['layout: flat', 'configuration "/c": "layout": it must be "full" or "folded"'],
    ['- a', 'configuration "/c": it must be a map of fields'],
  ])('refuses %s', (yaml, message) => {
    const { value } = parseYaml(yaml);
    expect(() => parseConfiguration(value, { path: '/c', home: '/h', warn: () => undefined })).toThrow(message);
  });

  test('refuses a file that is not YAML, naming it', () => {
    const context = configured('a: [\n');
    expect(() => storePathOf(context, {})).toThrow(`configuration "${context.home}/.config/nox/config.yaml": line 2: flow sequence in block collection must be`);
  });
});
