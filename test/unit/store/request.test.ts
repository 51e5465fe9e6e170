import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNoxError } from '../../../src/errors.js';
import { parseDependency, parseProvision, parseRequest } from '../../../src/store/request.js';
import { runs } from '../../support/runs.js';

describe('a request', () => {
  test.each([
    ['root', 'root', null],
    ['root@^6.28', 'root', '^6.28'],
    ['root@6.30', 'root', '6.30'],
    ['root@>=6.28 <7', 'root', '>=6.28 <7'],
    ['@scope/tool@1', '@scope/tool', '1'],
    ['@scope', '@scope', null],
    ['a@b@1', 'a@b', '1'],
    ['ROOT/6.30.02', 'ROOT/6.30.02', null],
  ])('%j asks for %j in %j', (text, name, range) => {
    const request = parseRequest(text);

    expect({ ...request, range: request.range?.text ?? null }).toEqual({ kind: 'name', name, range, text });
  });

  test.each(['', '.hidden', '/abs', 'a//b', '..', 'root@', 'root@ ', 'a\0', '../x@1'])('%j is refused', (text) => {
    expect(() => parseRequest(text)).toThrow(expect.objectContaining({ code: 'invalid-request', exitCode: 2 }));
  });

  test('with a range that cannot be read is refused for its range', () => {
    expect(() => parseRequest('root@><')).toThrow(expect.objectContaining({ code: 'invalid-range' }));
  });
});

test('nothing of what is written is lost', () => {
  const name = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('root', '@a/b', 'c@d', 'id:x', 'python3.11'));
  const range = fc.constantFrom('^6.28', '6', '>=1 <2 || 3', ' * ', '1.2 - 3');
  const text = fc.oneof(fc.string(), name, fc.tuple(name, range).map((pair) => pair.join('@')), name.map((n) => `id:${n}`));
  fc.assert(
    fc.property(text, (written) => {
      const request = accepted(() => parseRequest(written));
      if (request !== null) expect(request.range === null ? request.name : `${request.name}@${request.range.text}`).toBe(written);
      const dependency = accepted(() => parseDependency(written));
      if (dependency !== null) expect(dependency.kind === 'id' ? `id:${dependency.id}` : dependency.text).toBe(written);
    }),
    { numRuns: runs(3000) },
  );
});

test('a dependency may name an identifier', () => {
  expect(parseDependency('id:zlib-1.2.13')).toEqual({ kind: 'id', id: 'zlib-1.2.13', text: 'id:zlib-1.2.13' });
  expect(parseDependency('zlib@^1.2')).toMatchObject({ kind: 'name', name: 'zlib' });
  expect(() => parseDependency('id:../x')).toThrow(expect.objectContaining({ code: 'invalid-identifier' }));
});

test('what a package provides is a name with or without a version', () => {
  expect(parseProvision('mpi')).toEqual({ name: 'mpi', version: null });
  expect(parseProvision('mpi@3.1')).toEqual({ name: 'mpi', version: '3.1' });
  expect(() => parseProvision('mpi@')).toThrow(expect.objectContaining({ code: 'invalid-request' }));
});

function accepted<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (isNoxError(error, 'invalid-request') || isNoxError(error, 'invalid-range') || isNoxError(error, 'invalid-identifier')) return null;
    throw error;
  }
}

test('a dependency that puts its range without an "@" is refused, and says how it is written', () => {
  for (const text of ['root >= 6.28', 'root>=6.28', 'root 6.28']) {
    expect(() => parseDependency(text)).toThrow('a range is put behind "@", as in "root@>=6.28"');
  }
});
