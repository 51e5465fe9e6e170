import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferNameAndVersion, parsePackageId } from '../../../src/store/identifier.js';

const HASH = '0abcdefghijklmnopqrstuvwxyz12345';

describe('name and version from an identifier', () => {
  test.each([
    ['root-6.30.02', 'root', '6.30.02'],
    ['root-v6_30_02', 'root', 'v6_30_02'],
    ['root-6.30.00-rc1', 'root', '6.30.00-rc1'],
    ['root-5.34.00-patches', 'root', '5.34.00-patches'],
    ['ROOT/6.30.02', 'ROOT', '6.30.02'],
    ['ROOT/6.30.02/x86_64-el9-gcc13-opt', 'ROOT', '6.30.02'],
    ['root/v6_30_02', 'root', 'v6_30_02'],
    ['ROOT/6.30.02-foss-2023a', 'ROOT', '6.30.02-foss-2023a'],
    ['libjpeg/9e', 'libjpeg', '9e'],
    ['OpenJDK/8u392-b08', 'OpenJDK', '8u392-b08'],
    ['tool/2rc1', 'tool', '2rc1'],
    ['apps/7zip-23.01', '7zip', '23.01'],
    ['apps/root-6.30.02', 'root', '6.30.02'],
    ['2024/root-6.30.02', 'root', '6.30.02'],
    [`linux-rocky9-zen3/gcc-13.2.0/zlib-1.2.13-${HASH}`, 'zlib', '1.2.13'],
    ['gcc-toolchain-13.2.0', 'gcc-toolchain', '13.2.0'],
    ['lib3ds-1-3.0', 'lib3ds-1', '3.0'],
    [`${HASH}-zlib-1.2.13`, 'zlib', '1.2.13'],
    [`zlib-1.2.13-${HASH}`, 'zlib', '1.2.13'],
    ['python3', 'python3', null],
    ['python3.11', 'python3.11', null],
    ['python3.11-3.11.2', 'python3.11', '3.11.2'],
    ['eigen-3.0.5+dfsg-7', 'eigen', '3.0.5+dfsg-7'],
    ['geant4-10.7.p04', 'geant4', '10.7.p04'],
    ['openssl-1.1.1w', 'openssl', '1.1.1w'],
    ['llvm-17-17.0.1', 'llvm-17', '17.0.1'],
    ['gcc-13', 'gcc', '13'],
    ['7zip-23.01', '7zip', '23.01'],
    ['7zip', '7zip', null],
    ['6.30.02', '6.30.02', null],
    ['-', '-', null],
    [HASH, HASH, null],
    ['a\nb-1.0', 'a\nb', '1.0'],
    ['\udcff-1.0', '\udcff', '1.0'],
  ])('%j is %j, %j', (id, name, version) => {
    expect(inferNameAndVersion(id)).toEqual({ name, version });
  });

  test('the name is never empty for an identifier', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(isIdentifier(text));
        expect(inferNameAndVersion(text).version).not.toBe('');
      }),
    );
  });
});

test.each(['', '/', '/a', 'a//b', 'a/', '.', '..', '.hidden', 'a/..', 'a/../b', 'a/.b', './a', 'a\0'])('%j is no identifier', (text) => {
  expect(() => parsePackageId(text)).toThrow(expect.objectContaining({ code: 'invalid-identifier', exitCode: 2 }));
});

test.each(['a', 'ROOT/6.30.02', ' ', 'a\nb', '\x1b[31m', '\udcff', 'a@b', '-rf', '$(touch x)', '__proto__', 'a..b'])('%j is one', (text) => {
  expect(parsePackageId(text)).toBe(text);
});

function isIdentifier(text: string): boolean {
  try {
    return parsePackageId(text) === text;
  } catch {
    return false;
  }
}
