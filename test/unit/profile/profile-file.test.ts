import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProfileFile, parseProfileFile, type ProfileFile } from '../../../src/profile/profile-file.js';
import { formatProfileLock, parseProfileLock, type ProfileLock } from '../../../src/profile/profile-lock.js';
import { parseYaml } from '../../../src/store/io/yaml-file.js';
import { yamlScalar } from '../../../src/store/yaml-text.js';
import { hideProblem } from '../../../src/profile/hide-pattern.js';

/** Texts as names, requests and patterns hold them: any byte but NUL, words that YAML takes for something else among them. */
const wild = fc.oneof(
  fc.constantFrom('root@^6.28', 'root@>=6.28 <7', 'true', 'no', '~', 'null', '1.10', '0x1f', '- a', 'a: b', '# a', '*a', '&a', '!a', '@x', "it's", '"', 'a\nb', ' a ', '\ud83d\ude00', '\udc80', '\u001b[31m', '\u2028', '\ufeff', '\u0085'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\0')),
);
const texts = fc.uniqueArray(wild, { maxLength: 4 });
const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,8}$/);
const choices = {
  layout: fc.constantFrom('full' as const, 'folded' as const),
  withLibc: fc.boolean(),
  omit: fc.uniqueArray(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/), { maxLength: 3 }),
  prefer: texts,
  hide: fc.uniqueArray(wild.filter((pattern) => hideProblem(pattern) === null), { maxLength: 3 }),
  copy: fc.uniqueArray(wild.filter((pattern) => hideProblem(pattern) === null), { maxLength: 3 }),
  unfold: fc.uniqueArray(wild.filter((path) => path.split('/').every((part) => !['', '.', '..'].includes(part))), { maxLength: 3 }),
};
const file: fc.Arbitrary<ProfileFile> = fc.record({ name: fc.option(name), packages: texts, pins: texts, ...choices });
const locked = fc.record({
  name: wild,
  id: wild.filter((id) => !id.startsWith('/') && id.split('/').every((part) => part !== '' && !part.startsWith('.'))),
  store: wild.map((text) => `/${text.replaceAll(':', '')}`),
  version: fc.option(wild),
  digest: fc.nat().map((n) => `sha256:${n.toString(16).padStart(64, '0')}`),
  requested: fc.option(wild),
  pinned: fc.boolean(),
  dependsOn: texts,
});
const lock: fc.Arbitrary<ProfileLock> = fc.record({ name, packages: fc.array(locked, { maxLength: 3 }), ...choices });

const read = (text: string): ReturnType<typeof parseProfileFile> => parseProfileFile(parseYaml(text).value);

describe('a profile file', () => {
  test('says what was written into it', () => {
    fc.assert(fc.property(file, (one) => {
      expect(read(formatProfileFile(one))).toEqual(one);
    }), { numRuns: 300 });
  });

  test('means what a new profile has where it says nothing', () => {
    expect(read('nox-profile: 1\npackages: [root, root]\nhide:\n')).toEqual({ name: null, packages: ['root'], pins: [], layout: 'full', withLibc: false, omit: [], prefer: [], hide: [], copy: [], unfold: [] });
  });

  test.each([
    ['[]', null, 'it must be a map of fields'],
    ['nox-profile: 1\npackges: [root]', 'packges', 'there is no such field'],
    ['nox-profile: 1\n__proto__: {a: b}', '__proto__', 'there is no such field'],
    ['nox-profile: 1\npackages: root', 'packages', 'it must be a list of texts'],
    ['nox-profile: 1\npackages: [[root]]', 'packages', 'it must be a list of texts'],
    ['nox-profile: 1\npins: {root: root-6}', 'pins', 'it must be a list of texts'],
    ['nox-profile: 1\nname: ../x', 'name', 'it must be a name for a profile'],
    ['nox-profile: 1\nlayout: flat', 'layout', 'it must be "full" or "folded"'],
    ['nox-profile: 1\nwith-libc: yes', 'with-libc', 'it must be true or false'],
    ['nox-profile: 1\nomit: [PATH=x]', 'omit', 'it must be a list of names of variables'],
    ['nox-profile: 1\nhide: ["@(a)"]', 'hide', 'it must be a list of patterns as --hide takes them'],
    ['nox-profile: 1\nunfold: [a/../../b]', 'unfold', 'it must be a list of paths inside the profile'],
  ])('is refused when it is %j', (text, field, problem) => {
    expect(read(text)).toEqual({ field, problem });
  });

  test.each([['6.30.02', '"6.30.02"'], ['yes', '"yes"'], ['root@^6.28', 'root@^6.28'], [null, '~'], ['\udc80\u009b', '"\\udc80\\u009b"'], ['/sw/store', '/sw/store']])('writes %j as %s', (value, text) => {
    expect(yamlScalar(value)).toBe(text);
  });
});

describe('a lock', () => {
  test('says what was written into it', () => {
    fc.assert(fc.property(lock, (one) => {
      expect(parseProfileLock(parseYaml(formatProfileLock(one)).value)).toEqual(one);
    }), { numRuns: 150 });
  });

  test('stands line ends and comments of others, and nothing else', () => {
    fc.assert(fc.property(lock, fc.nat(), (one, at) => {
      const text = formatProfileLock(one);
      expect(parseProfileLock(parseYaml(`# of mine\n${text.replaceAll('\n', '\r\n')}`).value)).toEqual(one);
      const lines = text.split('\n');
      const changed = lines.toSpliced(3 + (at % (lines.length - 4)), 1);
      const reading = parseYaml(changed.join('\n'));
      const parsed = reading.problem === null ? parseProfileLock(reading.value) : null;
      // A line that says nothing, such as an absent version, may go.
      if (parsed !== null && !('problem' in parsed)) expect(parsed).toEqual(one);
    }), { numRuns: 100 });
  });
});
