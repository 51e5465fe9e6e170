import { describe, expect, test } from 'vitest';
import { condaDependency, condaRange, parseConda } from '../../../src/store/metadata-conda.js';
import { mergeMetadata, NO_METADATA, parseMetadata } from '../../../src/store/metadata.js';
import { parseSpack, spackDepends, type SpackRecord } from '../../../src/store/metadata-spack.js';
import { PLAIN_STORE, parseStoreConfig, patternProblem } from '../../../src/store/store-config.js';
import { parseYaml } from '../../../src/store/io/yaml-file.js';
import { parseDependency } from '../../../src/store/request.js';
import { satisfies } from '../../../src/store/range.js';

const metadataOf = (yaml: string): ReturnType<typeof parseMetadata> => parseMetadata(parseYaml(yaml).value);

describe('metadata in YAML', () => {
  test('has every field', () => {
    expect(metadataOf(`
name: root
version: 6.30
description: data analysis
homepage: https://example.org
license: LGPL
platform: x86_64
depends: [zlib, "zlib@^1.2", "id:zlib-1.2.13"]
conflicts: [root5]
provides: [cling, "rootio@6.30"]
priority: -3
prefix: /opt/root
env:
  set: {ROOTSYS: "\${package}", LIST: [a, b], __proto__: x}
  prepend: {PYTHONPATH: "\${profile}/lib", PATH: [/a, /b]}
unknown: {to: us}
`)).toEqual({
      metadata: {
        name: 'root',
        version: '6.30',
        description: 'data analysis',
        homepage: 'https://example.org',
        license: 'LGPL',
        platform: 'x86_64',
        depends: ['zlib', 'zlib@^1.2', 'id:zlib-1.2.13'],
        conflicts: ['root5'],
        provides: ['cling', 'rootio@6.30'],
        priority: -3,
        prefix: '/opt/root',
        env: {
          set: Object.fromEntries([['ROOTSYS', '${package}'], ['LIST', 'a:b'], ['__proto__', 'x']]),
          prepend: { PYTHONPATH: ['${profile}/lib'], PATH: ['/a', '/b'] },
          append: {},
        },
      },
      problem: null,
      misspelt: [],
    });
  });

  test.each([['dependz: [a]', ['dependz']], ['Name: a', ['Name']], ['envs: {}\nlicence: MIT', ['envs', 'licence']], ['x-build: 1\nurl: x\nsources: []', []]])('names the keys of %j that look misspelt', (yaml, misspelt) => {
    expect(metadataOf(yaml)).toEqual({ metadata: {}, problem: null, misspelt });
  });

  test('has remedies, of which each kind may be left out', () => {
    const read = (text: string): unknown => metadataOf(`remedies: ${text}`).metadata.remedies;
    expect(read('{copy: bin/a, wrap: {bin/b: {set: {A: x}}}, rewrite: {c: {from: to, gone: }}}')).toEqual({
      copy: ['bin/a'], wrap: { 'bin/b': { set: { A: 'x' }, prepend: {}, append: {} } }, rewrite: { c: { from: 'to', gone: '' } },
    });
    expect(read('{}')).toEqual({ copy: [], wrap: {}, rewrite: {} });
  });

  test.each([
    ['- name', 'it must be a map of fields'],
    ['text', 'it must be a map of fields'],
    ['name: [a]', 'name: it must be a text without spaces, "/", "@" and "|"'],
    ['name: a b', 'name: it must be a text without spaces, "/", "@" and "|"'],
    ['version: {a: b}', 'version: it must be a text'],
    ['version: ""', 'version: it must be a text'],
    ['description: "a\\0b"', 'description: it must be a text'],
    ['depends: zlib', 'depends: it must be a list of texts'],
    ['depends: [[zlib]]', 'depends: it must be a list of texts'],
    ['depends: [~]', 'depends: it must be a list of texts'],
    ['depends: ["zlib@not a range!"]', '"not a range!" is not a range of versions: it cannot be read from " range!" on'],
    ['depends: [../../etc]', '"../../etc" is not a request for a package: a component begins with a dot'],
    ['provides: ["a@"]', '"a@" is not a request for a package: nothing follows the "@"'],
    ['priority: high', 'priority: it must be a whole number of at most nine digits'],
    ['priority: 1.5', 'priority: it must be a whole number of at most nine digits'],
    ['priority: 99999999999999999999', 'priority: it must be a whole number of at most nine digits'],
    ['env: [a]', 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    ['env: {unset: [A]}', 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    ['env: {set: {A: {b: c}}}', 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    ['env: {set: {"A\\0": b}}', 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    ['env: {prepend: {A: "b\\0"}}', 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    [`env: {append: {A: [${'a'.repeat(40_000)}, ${'é'.repeat(15_000)}]}}`, 'env: it must be a map of "set", "prepend" and "append", each a map of variables to a text or a list of texts, no value longer than 64 KiB'],
    ...['copy: ["a(b)"]', 'copy: [""]', 'copy: [[a]]', 'wrap: [bin/a]', 'wrap: {bin/a: {put: {}}}', 'wrap: {"(": {}}', 'rewrite: {a: b}', 'rewrite: {a: {"": b}}', 'rewrite: {"**/**/**": {}}', 'link: [a]'].map((field) =>
      [`remedies: {${field}}`, 'remedies: it must be a map of "copy", a list of globs, "wrap", a map of globs to what "env" may be, and "rewrite", a map of globs to maps of texts to texts']),
  ])('refuses %j', (yaml, problem) => {
    expect(metadataOf(yaml).problem).toBe(problem);
  });

  test('is laid over each other field by field; a field given as nothing is empty', () => {
    const above = metadataOf('depends: []\nname: a\nhomepage:\n').metadata;
    const below = metadataOf('depends: [b]\nname: b\nversion: 1.0\nhomepage: h\npriority: 2').metadata;
    expect(mergeMetadata([above, below])).toEqual({ ...NO_METADATA, name: 'a', version: '1.0', priority: 2 });
  });

  test('never reaches the prototype of anything', () => {
    metadataOf('__proto__: {polluted: a}\nenv: {set: {__proto__: b}}\nconstructor: {prototype: {polluted: c}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(metadataOf('__proto__: {name: evil}')).toEqual({ metadata: {}, problem: null, misspelt: [] });
  });
});

describe('a Spack record', () => {
  const node = (name: string, dependencies: unknown = [], more: object = {}): object => ({ name, version: '1.0', hash: `hash-of-${name}`, dependencies, ...more });
  const needs = (name: string, ...deptypes: string[]): object => ({ name, hash: `hash-of-${name}`, parameters: { deptypes, virtuals: [] } });

  test('needs what is linked or run, by hash in the same store and else by name; nothing of the system', () => {
    const record = parseSpack({
      spec: {
        _meta: { version: 4 },
        nodes: [
          node('root', [needs('zlib', 'build', 'link'), needs('python', 'run'), needs('cmake', 'build'), needs('glibc', 'link'), { name: 'xz', hash: 'hash-of-xz', type: ['link'] }], {
            arch: { platform: 'linux', platform_os: 'debian12', target: { name: 'zen3' } },
          }),
          node('glibc', [], { external: { path: '/usr', module: null } }),
          node('zlib', [], { external: null }),
        ],
      },
    }) as SpackRecord;
    expect(record.metadata).toEqual({ name: 'root', version: '1.0', platform: 'linux-debian12-zen3' });
    expect(record.hash).toBe('hash-of-root');
    expect(spackDepends(record, new Map([['hash-of-zlib', 'linux/zlib-1.0-abc']]))).toEqual(['python', 'xz', 'id:linux/zlib-1.0-abc']);
  });

  test.each([
    [undefined, 'it has no "spec.nodes"'],
    [null, 'it has no "spec.nodes"'],
    [[], 'it has no "spec.nodes"'],
    [{ spec: { nodes: 'x' } }, 'it has no "spec.nodes"'],
    [{ spec: { nodes: [] } }, 'it has no "spec.nodes"'],
    [{ spec: { nodes: [{}] } }, 'its first node has no name'],
    [{ spec: { nodes: [node('a', { b: {} })] } }, 'its "dependencies" are not a list'],
    [{ spec: { nodes: [node('a', [null])] } }, 'a dependency has no name'],
  ])('is refused when it is %j', (document, problem) => {
    expect(parseSpack(document)).toBe(problem);
  });
});

describe('a conda record', () => {
  test('gives name, version, licence, platform and dependencies', () => {
    expect(parseConda({ name: 'scipy', version: '1.11', build: 'py311_0', subdir: 'linux-64', license: 'BSD', depends: ['__glibc >=2.17,<3.0.a0', 'numpy >=1.20,<2', 'python'] })).toEqual({
      name: 'scipy',
      version: '1.11',
      license: 'BSD',
      platform: 'linux-64',
      depends: ['numpy@>=1.20 <2', 'python'],
    });
  });

  test.each([
    ['numpy', 'numpy'],
    ['conda-forge::Numpy >=1.20', 'numpy@>=1.20'],
    ['numpy>=1.20', 'numpy@>=1.20'],
    ['python >=3.11,<3.12.0a0', 'python@>=3.11 <3.12.0'],
    ['libgcc >=13,<14.0a0', 'libgcc@>=13 <14.0'],
    ['python_abi 3.11.* *_cp311', 'python_abi@3.11'],
    ['blas =1.2.*', 'blas@1.2'],
    ['blas =1.2', 'blas@1.2'],
    ['blas 1.2|1.3.*', 'blas@>=1.2 <=1.2 || 1.3'],
    ['blas ==1.2', 'blas@>=1.2 <=1.2'],
    ['blas ~=1.4.2', 'blas@>=1.4.2 1.4'],
    ['blas >=1.2,!=1.3', 'blas@>=1.2'],
    ['blas !=1.3', 'blas'],
    ['blas >=1.2.*', 'blas@>=1.2'],
    ['blas *', 'blas'],
    ['blas * *_openblas', 'blas'],
    ['blas >=1|*', 'blas'],
    ['blas 1!2.0', 'blas'],
    ['blas >=x!', 'blas'],
    ["blas[version='>=1']", 'blas'],
    ['__cuda', null],
  ])('reads "%s" as %j', (spec, text) => {
    expect(condaDependency(spec)).toBe(text);
  });

  test('constrains as conda does', () => {
    const allows = (constraint: string, version: string): boolean => {
      const dependency = parseDependency(`x@${condaRange(constraint) ?? '*'}`);
      return dependency.kind === 'name' && dependency.range !== null && satisfies(version, dependency.range);
    };
    expect(['1.19', '1.20', '1.99.3', '2', '2.0'].filter((version) => allows('>=1.20,<2.0a0', version))).toEqual(['1.20', '1.99.3']);
    expect(['1.1', '1.2', '1.2.9', '1.20', '1.3', '1.3.1'].filter((version) => allows('1.2.*|1.3', version))).toEqual(['1.2', '1.2.9', '1.3', '1.3.1']);
  });

  test.each([[null, 'it is not an object'], [[], 'it is not an object'], [{}, 'it has no name'], [{ name: 'a', depends: 'b' }, 'its "depends" is not a list of texts'], [{ name: 'a', depends: [1] }, 'its "depends" is not a list of texts']])('is refused when it is %j', (document, problem) => {
    expect(parseConda(document)).toBe(problem);
  });
});

describe("a store's own file", () => {
  const configOf = (yaml: string): ReturnType<typeof parseStoreConfig> => parseStoreConfig(parseYaml(yaml).value);

  test('has patterns in a list, or metadata in a map and patterns beside it', () => {
    expect(configOf('packages: ["*", "*/*"]\nscope: shared\n')).toEqual({ config: { ...PLAIN_STORE, patterns: ['*', '*/*'], scope: 'shared' }, problem: null });
    expect(configOf('packages: {a/1: {name: b}, __proto__: {depends: x}}\npatterns: ["*/*"]\nsurvey: accounts\nsorvey: x')).toEqual({
      config: {
        ...PLAIN_STORE,
        survey: 'accounts',
        unknown: ['sorvey'],
        patterns: ['*/*'],
        packages: new Map([['a/1', { metadata: { name: 'b' }, problem: null, misspelt: [] }], ['__proto__', { metadata: {}, problem: 'depends: it must be a list of texts', misspelt: [] }]]),
      },
      problem: null,
    });
  });

  test('says how it is collected', () => {
    expect(configOf('survey: [/home/*/nix/profiles]\nroots: /var/spool/nox/\nreleases: [/sw/releases]\nsettle: 90\nmin-age: 12h\nretention: 30d').config).toEqual({
      ...PLAIN_STORE, survey: ['/home/*/nix/profiles'], roots: '/var/spool/nox', releases: ['/sw/releases'], settle: 90, minAge: 43_200, retention: 2_592_000,
    });
    expect(configOf('survey: home').problem).toBe('survey: it must be "accounts", "records-only", or a list of absolute patterns');
    expect(configOf('settle: soon').problem).toBe('settle: it must be a length of time such as 180, 90s or 30d');
  });

  test.each([
    ['[]', 'it must be a map of fields'],
    ['scope: public', 'scope: it must be "private" or "shared"'],
    ['packages: all', 'packages: it must be a list of glob patterns, or a map of identifiers to metadata'],
    ['packages: ["../*"]', 'packages: "../*": a pattern has no empty, hidden or ".." level'],
  ])('is refused when it is %j', (yaml, problem) => {
    expect(configOf(yaml).problem).toBe(problem);
  });

  test.each(['*', '*/*', '**', 'a/**', 'ROOT/*', '[a-z]*/v?_*', 'x-*-y-*-z*', 'exact'])('takes the pattern %s', (pattern) => {
    expect(patternProblem(pattern)).toBeNull();
  });

  test.each([
    '/abs/*', 'a//b', 'a/', '', '.', '..', 'a/../b', './a', '.hidden', 'a/.b', '{a,b}', '{1..999999999}', '@(a|b)', '+(a)', '!a', '\\*', 'a**b', '***', '**/a/**',
    '*a*a*a*a', '*/*/*/*/*/*/*/*/*', 'a'.repeat(201), 'a\0',
  ])('refuses the pattern %j', (pattern) => {
    expect(patternProblem(pattern)).not.toBeNull();
  });
});
