import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { easybuildDepends, easyconfigFile, parseEasyconfig } from '../../../src/store/metadata-easybuild.js';
import { inferNameAndVersion } from '../../../src/store/identifier.js';
import { runs } from '../../support/runs.js';

const dependencies = (text: string) => parseEasyconfig(text).dependencies.map(({ name, version, suffix, toolchain }) => [name, version, suffix, toolchain]);

describe('an easyconfig', () => {
  test('tells what its literals say', () => {
    expect(parseEasyconfig(`# comment\nname = 'HDF5'\nversion = "1.14.0"\nhomepage = 'https://example.org'\ndescription = """It's\n data."""\ntoolchain = {'name': 'gompi', 'version': '2023a'}\ndependencies = [('zlib', '1.2.13')]\n`)).toEqual({
      metadata: { name: 'HDF5', homepage: 'https://example.org', description: "It's\n data." },
      toolchain: 'gompi-2023a',
      dependencies: [{ name: 'zlib', version: '1.2.13', suffix: '', toolchain: null }, { name: 'gompi', version: '2023a', suffix: '', toolchain: '' }],
    });
  });

  test.each([
    ["dependencies = [('a', '1'),  # why\n ('b', \"2\", '-x'),]", [['a', '1', '', null], ['b', '2', '-x', null]]],
    ["dependencies = [('a', '1', '', SYSTEM), ('b', '1', '', ('GCC', '12'))]", [['a', '1', '', ''], ['b', '1', '', 'GCC-12']]],
    ["local_v = '1'\ndependencies = [('a', local_v), ('b', '%(version)s'), ('c', '%(pyver)s')]\nversion = '7'", [['a', null, '', null], ['b', '7', '', null], ['c', null, '', null]]],
    ["dependencies = [('a', {'arch=x86_64': '1', 'arch=aarch64': False})]", [['a', null, '', null]]],
    ["builddependencies = [('cmake', '3')]\nif x:\n    dependencies = [('a', '1')]", []],
    ["dependencies = [('a', '1' + '2')]", []],
    ["dependencies = [('a', '1'", []],
    ["dependencies = __import__('os').system('x')", []],
    [`dependencies = ${'['.repeat(100_000)}`, []],
    ["dependencies == [('a', '1')]", []],
  ])('%j', (text, expected) => {
    expect(dependencies(text)).toEqual(expected);
  });

  test('whatever it holds is read in the end', () => {
    const piece = fc.constantFrom('dependencies = ', '[', ']', '(', ')', '{', '}', "'", '"', '"""', ',', ':', '#', '\n', '\\', 'a', '1', ' ', 'name = ');
    fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      expect(Array.isArray(parseEasyconfig(pieces.join('')).dependencies)).toBe(true);
    }), { numRuns: runs(2000) });
  });

  test('lies where EasyBuild puts it', () => {
    expect(easyconfigFile('zlib/1.2.13-GCCcore-12.3.0')).toBe('easybuild/zlib-1.2.13-GCCcore-12.3.0.eb');
    expect(easyconfigFile('easybuild/zlib/1.2.13')).toBe('easybuild/zlib-1.2.13.eb');
    expect(easyconfigFile('zlib')).toBeNull();
  });
});

describe('what a package depends on', () => {
  const record = (entry: string, toolchain = "{'name': 'foss', 'version': '2023a'}") => parseEasyconfig(`toolchain = ${toolchain}\ndependencies = [${entry}]`);
  const depends = (entry: string, ...ids: string[]): string[] => easybuildDepends(record(entry), (name) => ids.filter((id) => id.split('/').at(-2) === name));

  test('is the only one of that version, whatever its toolchain, else that of its own, else any of that version', () => {
    expect(depends("('z', '1.2')", 'z/1.2-GCCcore-12', 'z/1.20-GCCcore-12', 'z/1.3')).toEqual(['id:z/1.2-GCCcore-12']);
    expect(depends("('z', '1.2')", 'z/1.2-GCCcore-12', 'z/1.2-foss-2023a')).toEqual(['id:z/1.2-foss-2023a']);
    expect(depends("('z', '1.2')", 'z/1.2-GCCcore-12', 'z/1.2-GCCcore-11')).toEqual(['z@1.2']);
    expect(depends("('z', '1.2', '-x')", 'z/1.2-GCCcore-12', 'z/1.2-GCCcore-12-x')).toEqual(['id:z/1.2-GCCcore-12-x']);
    expect(depends("('z', '1.2', '', ('GCC', '9'))", 'z/1.2-GCC-9', 'z/1.2-foss-2023a')).toEqual(['id:z/1.2-GCC-9']);
    expect(depends("('z', '1.2', '', SYSTEM)", 'z/1.2', 'z/1.2-foss-2023a')).toEqual(['id:z/1.2']);
  });

  test('is its toolchain, too, and nothing that the tree does not have', () => {
    expect(depends('', 'foss/2023a', 'foss/2022b')).toEqual(['id:foss/2023a']);
    expect(depends("('OpenSSL', '1.1', '', SYSTEM)", 'z/1')).toEqual([]);
  });
});

test.each([
  ['aw908cv4xc1rmby8y25izzkx0ki6ampb-zlib-1.3.1-dev', 'zlib-dev', '1.3.1'],
  ['nix/aw908cv4xc1rmby8y25izzkx0ki6ampb-python3-3.11.8', 'python3', '3.11.8'],
  ['aw908cv4xc1rmby8y25izzkx0ki6ampb-source', 'source', null],
  ['aw908cv4xc1rmby8y25izzkx0ki6ampb-bash-interactive-5.2-p15-man', 'bash-interactive-man', '5.2-p15'],
  ['root-6.30-dev', 'root', '6.30-dev'],
])('%s is %s %s', (id, name, version) => {
  expect(inferNameAndVersion(id)).toEqual({ name, version });
});
