import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { display, fromBytes, toBytes } from '../../src/fs/bytes.js';
import { shellWord } from '../../src/shell-word.js';
import { isMissing, SHELLS } from '../support/shells.js';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('a', '-', '%', "'", '"', '\\', '$', '`', ' ', '\n', '\t', '\u001b', '\udcff', 'é', '0', '!', '*') }));

// A command substitution takes newlines at the end; no name that matters has one.
const texts = fc.sample(text, { numRuns: 500, seed: 1 }).filter((one) => !/\n$|\0/.test(one));
const words = texts.map(shellWord);

for (const shell of SHELLS.filter(({ name }) => ['dash', 'bash', 'zsh'].includes(name))) {
  test.skipIf(isMissing(shell))(`${shell.name}: a word is read as it was`, () => {
    const bytes = execFileSync(shell.name, ['-c', `printf '%s\\0' ${words.join(' ')}`], { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'pipe', 'inherit'] });
    expect(fromBytes(bytes).split('\0').slice(0, -1)).toEqual(texts.map((one) => fromBytes(toBytes(one))));
  });
}

test('a word says nothing to a terminal', () => {
  for (const word of words) expect(display(word.replaceAll('\\', ''))).toBe(word.replaceAll('\\', ''));
});

test('words that need nothing stay as they are', () => {
  expect(['root@^6.28', '/sw/store', 'root@>=6.28 <7', "it's", 'caf\udce9', ''].map(shellWord)).toEqual(['root@^6.28', '/sw/store', "'root@>=6.28 <7'", "'it'\\''s'", `"$(printf 'caf\\351')"`, "''"]);
});
