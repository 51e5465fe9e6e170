import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, FAILURE } from '../../../src/env/shell.js';
import type { Change } from '../../../src/env/transition.js';
import { fromBytes } from '../../../src/fs/bytes.js';
import { BSD_CSH, isMissing, runShell, type Shell, SHELLS } from '../../support/shells.js';

const base = { PATH: '/usr/bin:/bin', HOME: '/root', OLD: 'x' };

const VALUES = [
  '', ' ', '  ', 'a  b', ' lead', 'trail ', '\t', 'a\tb', 'a\nb', '\n', 'a\n\n', "it's", 'say "x"', '`touch x`', '$(touch x)', '$HOME', '${HOME}', '*', '?', '[a]', 'a*b',
  '{a,b}', '~', '~root', 'a:~:b', '!', '!!', 'a!b', ';', 'a; touch x', '&', '|', '<', '>', '(', ')', '#', 'a #b', '\\', 'a\\', '\\n', '\\\\', '%', '%s', '%d%', '%self', '%1', '-n', '-', '--',
  '=', 'a=b', '^', '^a^b', '@', '+', ',', '.', '..', '/', ':', '::', 'NaN', '0', 'déjà', '日本', '\u{1F600}', fromBytes(Buffer.from([0xff, 0x2f, 0xe9, 0x41])), '\x01\x02\x7f', '\r',
  '/opt/it\'s  a "home"/$(touch x)/`id`/*/[a]/?/!/;/-x', 'x'.repeat(5000), 'é '.repeat(700),
];

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'nox-encode-'));
  const names = ['a', 'b', 'ab', 'a1b', '-n', '*', '[a]', '?', 'V36=a', 'V36=*', 'V17=a', 'V17=*', 'V18=a', 'V19=[a]', 'V19=a', "V19=\\[a]", 'V17=\\*', '.', 'export', '{', '};', 'unset'];
  for (const name of names) if (name !== '.') writeFileSync(join(cwd, name), '');
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** Options under which unquoted words are in the greatest danger. */
function dangers({ name, family }: Shell): string[][] {
  if (name === 'bash') return [[], ['shopt -s nullglob'], ['shopt -s failglob'], ['shopt -s dotglob extglob globstar', 'set -eu'], ['set -B +H -o posix']];
  if (name === 'zsh') return [[], ['setopt sh_word_split glob_subst null_glob'], ['setopt glob_subst extended_glob ksh_glob magic_equal_subst', 'set -eu']];
  if (family === 'csh') return [[], ['set noglob'], ['set nonomatch'], ['set backslash_quote']];
  return family === 'fish' ? [[]] : [[], ['set -euf']];
}

function evaluated(shell: Shell, line: string, before: readonly string[] = []): ReturnType<typeof runShell> {
  const file = join(cwd, '.line');
  writeFileSync(file, line === '' ? '' : `${line}\n`);
  const command = { posix: 'eval $(/bin/cat .line)', csh: 'eval `/bin/cat .line`', fish: '/bin/cat .line | source' }[shell.family];
  return runShell(shell, [...before, command], { env: base, cwd });
}

const setting = (values: readonly string[]): Change[] => values.map((value, at) => ({ name: `V${at}`, value }));
const takes = (shell: Shell) => (value: string): boolean => shell.family !== 'csh' || !value.includes('\n');
/** yash keeps text as wide characters: what is not valid there is lost in any way of saying it. */
const isText = (shell: Shell) => (value: string): boolean => !shell.name.startsWith('yash') || /^[ -~\n\t]*$/.test(value);

describe.each([...SHELLS, BSD_CSH])('evaluated by $name', (shell) => {
  const values = VALUES.filter(takes(shell)).filter(isText(shell));

  test.skipIf(isMissing(shell))(`${shell.name}: every value arrives as it is, unquoted, among files that match`, () => {
    for (const before of dangers(shell)) {
      const changes = [...setting(values), { name: 'OLD', value: null }];
      const run = evaluated(shell, encode(changes, shell.family), before);
      const expected = Object.fromEntries(changes.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]));
      expect({ before, stderr: run.stderr, environment: run.environment }).toEqual({ before, stderr: '', environment: { PATH: base.PATH, HOME: base.HOME, ...expected } });
    }
  });

  test.skipIf(isMissing(shell))(`${shell.name}: any value`, () => {
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 12 }).map((array) => fromBytes(array.map((byte) => byte || 1)));
    const nasty = fc.string({ unit: fc.constantFrom(...Array.from(' \t\n\'"`$\\*?[]{}()!;&|<>#~=,:%-.ax1é')), maxLength: 12 });
    fc.assert(fc.property(fc.array(fc.oneof(bytes, nasty), { minLength: 60, maxLength: 60 }), (list) => {
      const fitting = list.filter(takes(shell)).filter(isText(shell));
      const { environment } = evaluated(shell, encode(setting(fitting), shell.family));
      expect(environment).toEqual({ ...base, ...Object.fromEntries(setting(fitting).map(({ name, value }) => [name, value])) });
    }), { numRuns: 8 });
  });

  test.skipIf(isMissing(shell))(`${shell.name}: a line that is cut short does nothing`, () => {
    const line = encode([{ name: 'OLD', value: null }, { name: 'A', value: '/x:/y' }, { name: 'B', value: "a  b'*" }, { name: 'C', value: '' }], shell.family);
    const untouched = evaluated(shell, '').environment;
    const fd = mkdtempSync(join(cwd, 'cuts-'));
    for (let length = 1; length < line.length; length += 1) writeFileSync(join(fd, String(length)), line.slice(0, length));
    // One process for all cuts where an error in eval does not end it, a child per cut elsewhere.
    const loops = {
      posix: [`n=1; while [ $n -lt ${line.length} ]; do (eval $(/bin/cat '${fd}'/$n); [ "\${OLD-}\${A-}\${B-}\${C-}" = x ] || /bin/echo "cut $n") 2>/dev/null; n=$((n+1)); done`],
      csh: [],
      fish: [`for n in (seq 1 ${line.length - 1}); /bin/cat '${fd}'/$n | source 2>/dev/null; test "$OLD$A$B$C" = x; or /bin/echo "cut $n"; end`],
    };
    if (shell.family === 'csh') {
      for (let length = 1; length < line.length; length += 1) {
        const { environment, stderr } = evaluated(shell, line.slice(0, length));
        // tcsh ends a script at the unmatched quote that a cut leaves, so that nothing after it is seen.
        const isEnded = Object.keys(environment).length === 0 && stderr.includes('Unmatched');
        expect({ length, environment }).toEqual({ length, environment: isEnded ? {} : untouched });
      }
    } else {
      expect(runShell(shell, loops[shell.family], { env: base, cwd }).output).toBe('');
    }
  });

  test.skipIf(isMissing(shell))(`${shell.name}: values longer than a word that the shell or the kernel takes`, () => {
    const changes = setting(shell.name === 'bsd-csh' ? ['/x'.repeat(4000), 'é '.repeat(2600), '{'.repeat(3500)] : ['/x'.repeat(3000), 'é *'.repeat(9000), `${'\'{'.repeat(25_000)}${takes(shell)('\n') ? '\n'.repeat(40_000) : ''}`].filter(isText(shell)));
    const { environment, stderr } = evaluated(shell, encode(changes, shell.family));
    const lengths = (of: Record<string, string | null>): string[] => Object.entries(of).map(([name, value]) => `${name} ${value?.length}`);
    expect({ stderr, lengths: lengths(environment) }).toEqual({ stderr: '', lengths: lengths({ HOME: base.HOME, OLD: base.OLD, PATH: base.PATH, ...Object.fromEntries(changes.map(({ name, value }) => [name, value])) }) });
    expect(environment).toMatchObject(Object.fromEntries(changes.map(({ name, value }) => [name, value])));
  });

  test.skipIf(isMissing(shell) || !['tcsh', 'bsd-csh', 'mksh'].includes(shell.name))(`${shell.name}: where printf is needed and not found, nothing changes and eval fails`, () => {
    const line = encode([{ name: 'OLD', value: null }, { name: 'B', value: 'é' }], shell.family);
    const without = shell.family === 'csh' ? 'set path = ()' : 'PATH=';
    const status = shell.family === 'csh' ? '$status' : '$?';
    const file = join(cwd, '.line');
    writeFileSync(file, `${line}\n`);
    const command = shell.family === 'csh' ? 'eval `/bin/cat .line`' : 'eval $(/bin/cat .line)';
    const run = runShell(shell, [without, command, `/bin/echo ${status}`], { env: base, cwd });
    expect(run.output).toMatch(/^[1-9]\d*\n$/);
    expect([run.environment['OLD'], run.environment['B']]).toEqual(['x', undefined]);
  });

  test.skipIf(isMissing(shell) || shell.name !== 'bsd-csh')(`${shell.name}: a value that is too long for it changes nothing`, () => {
    const run = evaluated(shell, encode([{ name: 'OLD', value: null }, { name: 'A', value: 'x'.repeat(9000) }], 'csh'));
    expect(run).toMatchObject({ environment: {}, stderr: 'tcsh: Undefined variable.\n', status: 1 });
  });

  test.skipIf(isMissing(shell))(`${shell.name}: what is printed on an error makes eval fail`, () => {
    const status = shell.family === 'posix' ? '$?' : '$status';
    expect(evaluated(shell, FAILURE).environment).toEqual(evaluated(shell, '').environment);
    const file = join(cwd, '.line');
    writeFileSync(file, `${FAILURE}\n`);
    const command = { posix: 'eval $(/bin/cat .line)', csh: 'eval `/bin/cat .line`', fish: '/bin/cat .line | source' }[shell.family];
    expect(runShell(shell, [command, `/bin/echo ${status}`], { env: base, cwd }).output).toBe('1\n');
  });
});

test('nothing is printed when nothing changes', () => {
  expect(['posix', 'csh', 'fish'].map((family) => encode([], family as 'posix'))).toEqual(['', '', '']);
});

test('csh refuses a newline', () => {
  expect(() => encode([{ name: 'A', value: 'a\nb' }], 'csh')).toThrow('"A" holds a newline, which csh cannot take over from a command');
});

test('the exact words', () => {
  const changes: Change[] = [{ name: 'GONE', value: null }, { name: 'A', value: '/a:/b' }, { name: 'B', value: 'a b' }, { name: 'C', value: 'é*' }];
  expect(encode(changes, 'posix')).toBe('{ _nox_0="`printf \'\\303\\251\\052\'`" && { unset GONE; A=/a:/b; export A; B=a\\ b; export B; C="$_nox_0"; export C; unset _nox_0; }; }');
  expect(encode(changes, 'csh')).toBe("set _nox_0 = 'unsetenv GONE; setenv A /a:/b; setenv B \"`printf '\\''a\\040b'\\''`\"; setenv C \"`printf '\\''\\303\\251\\052'\\''`\";'; eval 'printf \"\" && eval $_nox_0:q && unset _nox_0'");
  expect(encode(changes.slice(0, 2), 'csh')).toBe("eval 'unsetenv GONE; setenv A /a:/b;'");
  expect(encode(changes, 'fish')).toBe("begin; set -eg GONE; set -gx A /a:/b; set -gx B 'a b'; set -gx C \\Xc3\\Xa9'*'; end");
});
