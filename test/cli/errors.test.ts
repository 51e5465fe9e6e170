import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { report } from '../../src/cli/command.js';
import { placeHint } from '../../src/cli/place-hint.js';
import { WORDINGS } from '../../src/error-table.js';
import { raw } from '../../src/fs/bytes.js';
import { type Bin, binPath, runCommand } from '../support/cli.js';
import { arrange, type ErrorCase, provoked, rendered, withFixedPaths } from '../support/error-cases.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

const cases: readonly ErrorCase[] = [...provoked, ...rendered];
const exitOf = ({ code }: ErrorCase): number => WORDINGS[code].exit;

/** What a person sees on standard error. */
function talkOf({ message, hint }: ErrorCase, bin: string): string {
  return `${bin}: ${message}\n${hint === null ? '' : `hint: ${hint}\n`}`;
}

/** All that an error must leave as it is; that something was tried may stay recorded for collectors. */
function lastingLayout({ root }: Sandbox): Record<string, string> {
  return Object.fromEntries(Object.entries(layout(root)).filter(([file]) => !/\/\.nox\/(?:intents|roots)\//.test(file)));
}

/** The command of a hint, as pasted into a shell. */
function paste(box: Sandbox, command: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof runCommand> {
  const PATH = `${path.dirname(binPath('nox-profile'))}:${path.dirname(process.execPath)}:/usr/bin:/bin`;
  return runCommand('/bin/sh', ['-c', command], { cwd: box.home, env: { ...box.environment(), ...env, PATH } });
}

const isCommand = (hint: string | null): hint is string => hint !== null && hint.startsWith('nox-');

describe('every error', () => {
  test('has exactly one case here', () => {
    expect(cases.map(({ code }) => code).sort()).toEqual(Object.keys(WORDINGS).sort());
  });

  test.for(provoked.map((one) => [one.code, one] as const))('%s', ([, one], { skip }) => {
    // The layout is compared by the test itself, which only root can do over a closed directory.
    skip(one.code === 'unreadable-package' && process.getuid?.() !== 0);
    const { code, bin = 'nox-profile', argv, message, hint, cured } = one;
    const { box, options } = arrange(one);
    const before = lastingLayout(box);
    const fixed = (text: string): string => withFixedPaths(text, box);

    const told = box.run(bin, argv, options);
    const stdout = argv[0] === 'env' ? 'false;\n' : '';
    expect({ ...told, stderr: fixed(told.stderr) }).toEqual({ stdout, stderr: talkOf(one, bin), status: exitOf(one) });

    if (one.onlyForPeople === true) return;
    const at = argv.indexOf('--');
    const json = box.run(bin, at < 0 ? [...argv, '--json'] : argv.toSpliced(at, 0, '--json'), options);
    const document = JSON.parse(json.stdout);
    expect([json.stderr, json.status]).toEqual(['', exitOf(one)]);
    expect(document).toEqual({ version: 1, error: { code, message: expect.any(String), hint: hint === null ? null : expect.any(String), data: expect.any(Object) }, exitCode: exitOf(one) });
    expect([document.error.message, document.error.hint].map((text) => text && fixed(text))).toEqual([message, hint]);

    expect(lastingLayout(box)).toEqual(before);
    if (!isCommand(document.error.hint)) return;
    const pasted = paste(box, document.error.hint, options.env);
    expect(pasted).toMatchObject({ stderr: '', status: 0 });
    if (cured === true) expect(box.run(bin, argv, options)).toMatchObject({ status: 0 });
  });

  test.each(rendered.map((one) => [one.code, one.why, one] as const))('%s (%s)', (_, __, one) => {
    const render = (json: boolean) => rendering(() => report(one.make(), { bin: 'nox-profile', command: 'add', json }));
    expect(render(false)).toEqual({ stdout: '', stderr: talkOf(one, 'nox-profile'), status: exitOf(one) });
    const { stdout, stderr, status } = render(true);
    expect([stderr, status]).toEqual(['', exitOf(one)]);
    const { code, message, hint } = one;
    expect(JSON.parse(stdout)).toEqual({ version: 1, error: { code, message, hint, data: expect.any(Object) }, exitCode: exitOf(one) });
  });
});

/** Command lines that say nothing that could be done, with problem and hint. */
const misused: ReadonlyArray<readonly [bin: Bin, argv: readonly string[], message: string, hint: string]> = [
  ['nox-profile', ['frobnicate'], '"frobnicate" is not a command of nox-profile', 'nox-profile --help'],
  ['nox-profile', ['help', 'statsu'], '"statsu" is not a command of nox-profile; did you mean "status"?', 'nox-profile status --help'],
  ['nox-profile', ['LIST'], '"LIST" is not a command of nox-profile; did you mean "list"?', 'nox-profile list --help'],
  ['nox-profile', ['__proto__'], '"__proto__" is not a command of nox-profile', 'nox-profile --help'],
  ['nox-profile', [''], '"" is not a command of nox-profile', 'nox-profile --help'],
  ['nox-profile', ['\u001b[31m'], '"\\x1b[31m" is not a command of nox-profile', 'nox-profile --help'],
  ['nox-profile', ['--frobnicate', 'list'], 'there is no flag "--frobnicate"', 'nox-profile --help'],
  ['nox-profile', ['--dry-run', 'add', 'root'], 'before the command stand -p, --profile, --profiles, --store and --json only; "--dry-run" goes after it', 'nox-profile add --help'],
  ['nox-profile', ['-p', 'dev'], 'no command is given', 'nox-profile --help'],
  ['nox-profile', ['list', '--wat', '-z'], 'there are no flags "--wat", "-z"', 'nox-profile list --help'],
  ['nox-profile', ['add', 'root', '--wat'], 'there is no flag "--wat"', 'nox-profile add --help'],
  ['nox-profile', ['add'], 'missing argument: PACKAGE', 'nox-profile add --help'],
  ['nox-profile', ['switch', '-p', 'dev'], 'missing argument: GENERATION', 'nox-profile switch --help'],
  ['nox-profile', ['list', 'a', 'b', 'c'], 'unexpected arguments: "b", "c"', 'nox-profile list --help'],
  ['nox-profile', ['list', '-p'], '--profile needs a value', 'nox-profile list --help'],
  ['nox-profile', ['list', '--profiles', ''], 'a path is empty', 'nox-profile list --help'],
  ['nox-profile', ['list', 'dev', '-p', 'other'], 'two profiles are named, "dev" and with -p "other"', 'nox-profile list --help'],
  ['nox-profile', ['status', '-p', 'a', '-p', 'b'], '--profile can be given only once', 'nox-profile status --help'],
  ['nox-profile', ['add', 'root', '--wait', 'long'], '--wait expects an integer, not "long"', 'nox-profile add --help'],
  ['nox-profile', ['add', 'root', '--wait', '-1'], '--wait expects an integer greater than or equal to 0, not "-1"', 'nox-profile add --help'],
  ['nox-profile', ['new', 'dev', '--layout', 'flat'], '--layout expects one of full, folded, not "flat"', 'nox-profile new --help'],
  ['nox-profile', ['new', 'dev', '--from', 'a', '--link', 'b'], '--link and --from exclude each other', 'nox-profile new --help'],
  ['nox-profile', ['upgrade', '--dry-run=no'], '--dry-run takes no value', 'nox-profile upgrade --help'],
  ['nox-profile', ['add', 'root', '--no-with-libc=1'], '--no-with-libc takes no value', 'nox-profile add --help'],
  ['nox-profile', ['new', 'dev', '--omit', '1A'], '--omit expects the name of a variable, not "1A"', 'nox-profile new --help'],
  ['nox-profile', ['switch', 'two'], '"two" is not the number of a generation', 'nox-profile switch --help'],
  ['nox-profile', ['diff', '1', '2', '3'], 'unexpected argument: "3"', 'nox-profile diff --help'],
  ['nox-store', ['lits'], '"lits" is not a command of nox-store; did you mean "list"?', 'nox-store list --help'],
  ['nox-store', ['--wat'], 'there is no flag "--wat"', 'nox-store --help'],
  ['nox-store', ['list', '--wat'], 'there is no flag "--wat"', 'nox-store list --help'],
  ['nox-store', ['list', '--toString'], 'there is no flag "--toString"', 'nox-store list --help'],
  ['nox-store', ['list', 'extra'], 'unexpected argument: "extra"', 'nox-store list --help'],
  ['nox-store', ['show'], 'missing argument: PACKAGE', 'nox-store show --help'],
  ['nox-store', ['list', '--store'], '--store needs a value', 'nox-store list --help'],
  ['nox-store', ['init', '--private', '--shared'], '--private and --shared exclude each other', 'nox-store init --help'],
];

describe('a command line that makes no sense', () => {
  const box = sandbox();
  box.store('store').package('root-6.30.02');

  test.each(misused)('%s %j', (bin, argv, message, hint) => {
    const told = `${bin}: ${message}\nhint: ${hint}\n`;
    expect(box.run(bin, argv)).toEqual({ stdout: '', stderr: told, status: 2 });
    // Before the verb and behind it, in turn.
    const { stdout, stderr, status } = box.run(bin, argv.length % 2 === 0 ? [...argv, '--json'] : ['--json', ...argv]);
    expect([stderr, status]).toEqual(['', 2]);
    expect(JSON.parse(stdout)).toEqual({ version: 1, error: { code: expect.stringMatching(/^(?:usage|unknown-command)$/), message, hint, data: expect.any(Object) }, exitCode: 2 });
    expect(fs.readdirSync(box.home)).toEqual([]);
  });

  test('is told of help that exists', () => {
    for (const hint of new Set(misused.map((row) => row[3]))) expect(paste(box, hint)).toMatchObject({ stderr: '', status: 0, stdout: expect.stringContaining('USAGE') });
  });

  test('may have --json anywhere before "--"', () => {
    for (const argv of [['--json', 'list', '--wat'], ['list', '--json', '--wat'], ['list', '--wat', '--json'], ['list', '--wat', '--json', '--', 'x']]) {
      expect(JSON.parse(box.run('nox-profile', argv).stdout)).toMatchObject({ error: { code: 'usage' }, exitCode: 2 });
    }
  });

  test.each(['nox-profile', 'nox-store'] as const)('%s alone shows its commands, and with --json it is an error', (bin) => {
    expect(box.run(bin, [])).toMatchObject({ stdout: expect.stringContaining('COMMANDS'), stderr: '', status: 0 });
    expect(box.json(bin, [], { status: 2 })).toEqual({
      version: 1, error: { code: 'usage', message: 'no command is given', hint: `${bin} --help`, data: { problem: 'no command is given', command: bin } }, exitCode: 2,
    });
  });

  test('what follows "--" is never taken for a flag of nox', () => {
    expect(box.run('nox-profile', ['add', '--', '--json'])).toMatchObject({ stdout: '', stderr: expect.stringContaining('no package matches "--json"'), status: 3 });
    expect(box.run('nox-profile', ['run', '--', 'printf', '%s', '--json'])).toEqual({ stdout: '--json', stderr: '', status: 0 });
  });
});

describe('a hint', () => {
  test('names the profile as the command line did: by its path, or as it is registered', () => {
    const box = sandbox();
    const place = `${box.root}/scratch dir/exp`;
    fs.mkdirSync(`${box.root}/scratch dir`);
    box.json('nox-profile', ['new', 'study', '--path', place]);
    const hints = [['switch', '7', '-p', place], ['switch', '7', '-p', 'study'], ['add', 'x', '-p', `${place}2`]].map((argv) => box.json('nox-profile', argv, { status: 3 }).error.hint);
    expect(hints).toEqual([`nox-profile history '${place}'`, 'nox-profile history study', `nox-profile new exp2 --path '${place}2'`]);
    for (const hint of hints) expect(paste(box, hint)).toMatchObject({ stderr: '', status: 0 });
  });

  test('makes the profile for a command that goes on with it, where no other has a name like it, and names what else is in its place', () => {
    const box = sandbox();
    const hint = box.json('nox-profile', ['add', 'x', '-p', 'study'], { status: 3 }).error.hint;
    expect(hint).toBe('nox-profile new study');
    paste(box, hint);
    expect(box.json('nox-profile', ['list', 'study']).packages).toEqual([]);
    box.write(`${box.profiles}/notes`, 'mine');
    expect(box.json('nox-profile', ['list', 'notes'], { status: 6 }).error).toMatchObject({ code: 'not-a-profile', message: `"${box.profiles}/notes" is not a profile of nox: something else has its name` });
  });

  test('shows which profiles there are, for a command that a new one would not help', () => {
    const box = sandbox();
    for (const words of [['outdated', 'nope'], ['prune', 'nope'], ['doctor', 'nope'], ['pack', 'nope', '-o', 'x.tar'], ['new', 'n1', '--from', 'nope'], ['env', 'nope'], ['remove', 'nope'], ['del', 'x', '-p', 'nope'], ['status', `${box.root}/nope`]]) {
      expect([words[0], box.json('nox-profile', words, { status: 3 }).error.hint]).toEqual([words[0], 'nox-profile list']);
    }
  });

  test('takes a package out of the profile, where one was to be removed like a profile', () => {
    const box = sandbox();
    box.store().package('root-6.30', { files: { 'bin/root': '' } });
    box.json('nox-profile', ['add', 'root']);
    const { error } = box.json('nox-profile', ['remove', 'root'], { status: 3 });
    expect(error).toMatchObject({ code: 'no-such-profile', message: `there is no profile "root" in "${box.profiles}"; it is a package of the profile "default"`, hint: 'nox-profile del root' });
    expect(paste(box, error.hint)).toMatchObject({ stderr: '', status: 0 });
    expect(box.json('nox-profile', ['remove', 'rooot'], { status: 3 }).error.hint).toBe('nox-profile list');
  });

  test.each([
    ['nox-profile', 'install', 'add', 'nox-profile add --help'], ['nox-profile', 'uninstall', 'del', 'nox-profile del --help'], ['nox-profile', 'rm', 'del', 'nox-profile del --help'],
    ['nox-profile', 'ls', 'list', 'nox-profile list --help'], ['nox-profile', 'use', 'env', 'nox-profile env --help'], ['nox-profile', 'load', 'env', 'nox-profile env --help'],
    ['nox-profile', 'deactivate', 'env --deactivate', 'nox-profile env --deactivate --help'], ['nox-profile', 'search', 'nox-store search', 'nox-store search --help'],
    ['nox-store', 'install', 'import', 'nox-store import --help'], ['nox-store', 'rm', 'gc', 'nox-store gc --help'], ['nox-store', 'ls', 'list', 'nox-store list --help'],
  ] as const)('tells what %s calls "%s"', (bin, word, meant, hint) => {
    const box = sandbox();
    const { error } = box.json(bin, [word], { status: 2 });
    expect(error).toMatchObject({ code: 'unknown-command', message: `"${word}" is not a command of ${bin}; did you mean "${meant}"?`, hint });
    expect(paste(box, hint)).toMatchObject({ stderr: '', status: 0 });
  });

  test('adds another version than the profile has, where one was to be upgraded', () => {
    const box = sandbox();
    box.store().package('zlib-1.2.13', { files: { 'lib/z': '12' } });
    box.json('nox-profile', ['add', 'zlib']);
    box.store().package('zlib-1.3.1', { files: { 'lib/z': '13' } });
    const upgrade = (request: string): { message: string; hint: string } => box.json('nox-profile', ['upgrade', request], { status: 3 }).error;
    expect(upgrade('zlib@^2')).toMatchObject({ message: 'the profile "default" has "zlib-1.2.13", and no package "zlib@^2"', hint: 'nox-profile list default' });
    const { message, hint } = upgrade('zlib@^1.3');
    expect([message, hint]).toEqual(['the profile "default" has "zlib-1.2.13", and no package "zlib@^1.3"', 'nox-profile add zlib@^1.3 -p default']);
    expect(paste(box, hint)).toMatchObject({ stderr: '', status: 0 });
  });

  test('imports what no store has, rather than asking for another version', () => {
    const box = sandbox();
    box.store().package('tool-1', { files: { 'bin/tool': '' }, depends: ['libc6@>=2.36', 'zlib'] }).package('more-1', { files: { 'bin/more': '' }, depends: ['zlib@^2'] }).package('zlib-1.3', { files: { 'lib/z': '' } });
    const hintOf = (name: string): string => box.json('nox-profile', ['add', name], { status: 4 }).error.hint;
    expect(hintOf('tool')).toBe('import "libc6", too (for a Debian package: the .deb of that name), or name a store that has it with --store');
    expect(hintOf('more')).toBe('ask for a version that there is, or name a store that has another with --store');
    const imported = `${box.home}/libc6-2.36`;
    box.write(`${imported}/lib/libc.so`, '');
    box.json('nox-store', ['import', imported]);
    expect(box.json('nox-profile', ['add', 'tool']).generation).toBe(1);
  });

  test('names the profile file where its lock was given', () => {
    const box = sandbox();
    box.json('nox-profile', ['new', 'dev']);
    box.write('home/dev.yaml', box.run('nox-profile', ['export', 'dev']).stdout);
    const lock = box.write('home/dev.lock.yaml', box.run('nox-profile', ['export', 'dev', '--lock']).stdout);
    for (const flags of [[], ['--locked']]) {
      expect(box.json('nox-profile', ['apply', 'dev.lock.yaml', ...flags], { status: 6 }).error).toMatchObject({
        code: 'invalid-profile-file', message: `profile file "${lock}": it is a lock, and the file that it belongs to is wanted`, hint: `name "${box.home}/dev.yaml" instead, with --locked`,
      });
    }
    fs.rmSync(`${box.home}/dev.yaml`);
    expect(box.json('nox-profile', ['apply', 'dev.lock.yaml'], { status: 6 }).error.hint).toBe('bring the profile file that it was written for beside it, and name that with --locked');
  });

  test('makes the store that is not there, says which flag is missing, and which directory', () => {
    const box = sandbox();
    const store = box.store().package('a-1', { files: { 'bin/a': '' } });
    const gone = `${box.root}/no store`;
    const found = box.json('nox-store', ['doctor', '--store', gone]).findings;
    expect(found.map(({ hint }: { hint: string }) => hint)).toEqual([`nox-store init '${gone}' --store '${gone}'`]);
    expect(paste(box, found[0].hint)).toMatchObject({ stderr: '', status: 0 });
    expect(box.json('nox-store', ['export', 'a'], { status: 2 }).error.message).toBe('missing flag: --output');
    const refused = box.json('nox-store', ['export', 'a', '-o', `${box.root}/nowhere/a.tar`], { status: 3 }).error;
    expect([refused.code, refused.message]).toEqual(['no-such-file', `there is no "${box.root}/nowhere"`]);
    box.json('nox-store', ['import', store.pathOf('a-1'), '--as', 'a-2']);
    fs.chmodSync(store.pathOf('a-2/bin/a'), 0o644);
    fs.writeFileSync(store.pathOf('a-2/bin/a'), 'changed');
    expect(box.json('nox-store', ['export', 'a@2', '-o', `${box.root}/a.tar`], { status: 6 }).error.hint).toBe('see what has changed: nox-store verify a-2; and import it anew under another name');
  });

  test('repeats the flags that chose places', () => {
    const box = sandbox();
    const store = `${box.root}/my store`;
    fs.mkdirSync(`${store}/root-6.30.02`, { recursive: true });
    const where = ['--profiles', '../my profiles', `--store=${store}`];
    const refused = box.json('nox-profile', ['add', 'root', '-p', 'dev', ...where], { status: 3 });
    expect(refused.error.hint).toBe(`nox-profile new dev --profiles '../my profiles' '--store=${store}'`);
    expect(paste(box, refused.error.hint)).toMatchObject({ stderr: '', status: 0 });
    expect(box.json('nox-profile', ['add', 'root', '-p', 'dev', ...where]).generation).toBe(1);
    expect(fs.readdirSync(box.home)).toEqual([]);
  });

  test('that are sentences hold their commands where such flags go', () => {
    for (const hint of cases.map((one) => one.hint ?? '').filter((text) => !text.endsWith(' --help'))) {
      const commands = hint.match(/nox-(?:profile|store) [a-z-]+/g) ?? [];
      expect([hint, placeHint(hint, ['--profiles', '/p']).split(' --profiles /p').length - 1]).toEqual([hint, commands.length]);
    }
  });

  test('to a demand that nothing stands against does not ask to delete anything', () => {
    const box = sandbox();
    box.store().package('root-6.30');
    expect(box.json('nox-profile', ['add', 'root@latest'], { status: 4 }).error.hint).toBe('ask for a version that there is, or name a store that has another with --store');
  });

  test('to a collision gives the whole command again, whatever the names hold', () => {
    const box = sandbox();
    const file = 'share/man/A::B (1) *it\'s*\\.3 caf\udce9\n%d';
    box.store('store').package('first 1-1', { files: { [file]: '1', 'share/x': '1', 'lib/libc.so.6': '' } }).package('caf\udce9-1', { files: { [file]: '2', 'share/x': '2' } });
    box.json('nox-profile', ['new', 'dev']);
    box.write(`${box.profiles}/dev/${file}`, 'mine');
    const refused = box.json('nox-profile', ['add', 'first 1', 'caf\udce9', '-p', 'dev', '--with-libc', '--hide', 'share/none*'], { status: 4 });
    expect(refused.error.data.collisions).toHaveLength(2);
    expect(refused.error.hint).toMatch(/^nox-profile add 'first 1' "\$\(printf 'caf\\351'\)" -p dev /);
    expect(paste(box, refused.error.hint)).toMatchObject({ stderr: 'nox-profile: "share/none*" hides nothing: no package of the profile brings such a path\n', status: 0 });
    expect(fs.readFileSync(raw(`${box.profiles}/dev/${file}`), 'utf8')).toBe('mine');
    expect(fs.existsSync(`${box.profiles}/dev/lib/libc.so.6`)).toBe(true);
    expect(box.json('nox-profile', ['status', 'dev']).hide).toContain('share/none*');
  });

  test('to a collision that an upgrade or an unfolding meets names those', () => {
    const box = sandbox();
    const store = box.store('store').package('a-1', { files: { 'share/doc/a/x': '', 'share/data/x': '' } });
    box.json('nox-profile', ['new', 'dev', '--layout', 'folded']);
    box.json('nox-profile', ['add', 'a', '-p', 'dev']);
    store.package('a-2', { files: { 'share/doc/a/y': '' } }).package('b-1');
    fs.rmSync(`${box.profiles}/dev/share/doc`);
    box.write(`${box.profiles}/dev/share/doc`, 'mine');
    for (const argv of [['unfold', 'share/data'], ['upgrade'], ['upgrade', 'a'], ['add', 'b', '--no-with-libc']]) {
      const { error } = box.json('nox-profile', [...argv, '-p', 'dev', '--dry-run'], { status: 4 });
      expect(error.hint).toBe(`nox-profile ${argv.slice(0, 2).join(' ')} -p dev --hide share/doc${argv[2] === undefined ? '' : ` ${argv[2]}`}`);
      expect(paste(box, `${error.hint} --dry-run`)).toMatchObject({ stderr: '', status: 0 });
    }
  });
});

test('errors of nox itself are exit 125 in "run", whatever their code', () => {
  const box = sandbox();
  expect(box.run('nox-profile', ['run', 'nosuch', '--', 'true'])).toEqual({
    stdout: '', stderr: `nox-profile: there is no profile "nosuch" in "${box.profiles}"\nhint: nox-profile list\n`, status: 125,
  });
  expect(box.json('nox-profile', ['run', '--wat', '--', 'true'], { status: 125 })).toMatchObject({ error: { code: 'usage', hint: 'nox-profile run --help' }, exitCode: 125 });
});

test('names that messages bring into play exist', () => {
  const box = sandbox();
  box.store('store').package('zlib-1.3.1').package('root-6.30.02', { depends: ['zlib'] });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'root', '-p', 'dev']);
  const wrong = [['list', 'dve'], ['why', 'rot', '-p', 'dev'], ['del', 'zlip', '-p', 'dev', '--dry-run'], ['add', 'zlib-1.3.2', '-p', 'dev'], ['add', 'Root', '-p', 'dev'], ['stauts', 'dev']];
  for (const argv of wrong) {
    const { message } = box.json('nox-profile', argv, { status: argv[0] === 'stauts' ? 2 : 3 }).error;
    const [, meant = ''] = /; did you mean "([^"]*)"\?$/.exec(message) ?? [];
    const right = argv[0] === 'stauts' ? [meant, 'dev'] : argv.with(1, meant);
    expect([argv, box.run('nox-profile', right).status]).toEqual([argv, argv[0] === 'del' ? 4 : 0]);
  }
});

test('a pipe that is closed early leaves no trace', () => {
  const box = sandbox();
  for (let at = 0; at < 2000; at += 1) fs.mkdirSync(`${box.store('store').path}/package-with-a-long-name-1.0.${at}`);
  for (const command of ['nox-store list | head -1', 'nox-store list --json | head -1', 'nox-profile add nothing --json | true', '{ nox-profile frobnicate 2>&1 >&3 | true; } 3>&1']) {
    expect(paste(box, command)).toMatchObject({ stderr: '', status: 0 });
  }
});

test('a working directory that was removed is an error that says so', () => {
  const box = sandbox();
  const { stderr, status } = paste(box, 'mkdir gone && cd gone && rmdir ../gone && nox-store list --store x');
  expect(status).toBe(1);
  // The shells on the way have their say, too.
  expect(stderr.split('\n').at(-2)).toBe('nox-store: cannot find the working directory ".": no such file or directory');
});

test('a working directory that was removed stops no command whose paths are absolute', () => {
  const box = sandbox();
  box.store('store').package('tool-1', { files: { 'bin/tool': '' } });
  box.json('nox-profile', ['add', 'tool']);
  const cure = (command: string): string => paste(box, `mkdir gone && cd gone && rmdir ../gone && ${command}`).stdout;
  expect(cure(`NOX_PROFILE=${box.profiles}/default nox-profile status`)).toContain('generation  1\n');
  expect(cure('nox-profile run -- echo ran && nox-store doctor >/dev/null && nox-store why-kept tool')).toMatch(/^ran\n.*generation 1/s);
  expect(cure('eval $(nox-profile env --shell sh) && eval $(nox-profile env --deactivate --shell sh) && echo "${NOX_PROFILE-none}"')).toBe('none\n');
});

test('warnings stay on standard error, also with --json, and the error beside them stays whole', () => {
  const box = sandbox();
  const env = { NOX_STORE_PATH: `${box.root}/gone` };
  box.json('nox-profile', ['new', 'dev']);
  const { stdout, stderr, status } = box.run('nox-profile', ['add', 'root', '-p', 'dev', '--json'], { env });
  expect([stderr, status]).toEqual([`nox-profile: "${box.root}/gone": this store does not exist\n`, 3]);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'no-such-package', message: `no package matches "root" in "${box.root}/gone"` });
});

test('an ordinary user gets the same errors', () => {
  const box = sandbox();
  box.store('store').package('root-6.30.02');
  const user = { unprivileged: true };
  for (const [bin, ...argv] of [['nox-profile', 'list', 'nosuch'], ['nox-profile', 'list', '--wat'], ['nox-profile', 'frobnicate'], ['nox-store', 'show', 'rot'], ['nox-store', 'owner', 'x']] as const) {
    expect(box.run(bin, argv, user)).toEqual(box.run(bin, argv));
  }
});

describe('docs/errors.md', () => {
  const text = fs.readFileSync(path.join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (.*) \|$/gm)].map(([, code, exit, rest]) => ({ code, exit: Number(exit), cells: (rest as string).split(/(?<!\\) \| /) }));

  test('lists every error with its exit code, and no other', () => {
    const known = Object.entries(WORDINGS).map(([code, { exit }]) => `${code} ${exit}`).sort();
    expect(rows.map(({ code, exit }) => `${code} ${exit}`).sort()).toEqual(known);
  });

  test('shows messages and hints as they are', () => {
    const cell = (lines: string): string => lines.split('\n').map((line) => `\`${line.trim()}\``).join('<br>').replaceAll('|', '\\|');
    const produced = cases.map(({ code, message }) => [code, cell(message)]);
    expect(Object.fromEntries(rows.map(({ code, cells }) => [code, cells[1]]))).toEqual(Object.fromEntries(produced));
    const hints = cases.flatMap(({ code, hint }) => (isCommand(hint) ? [[code, cell(hint)]] : []));
    for (const [code, hint] of hints) expect(rows.find((row) => row.code === code)?.cells[2]).toContain(hint);
  });
});

/** What `run` writes to the streams of this process, and the exit status that it sets. */
function rendering(run: () => void): { stdout: string; stderr: string; status: unknown } {
  const { exitCode } = process;
  const written = { stdout: '', stderr: '' };
  const spy = vi.spyOn(fs, 'writeSync').mockImplementation((fd, bytes) => ((written[fd === 1 ? 'stdout' : 'stderr'] += (bytes as unknown as Buffer).toString()), (bytes as unknown as Buffer).length));
  try {
    run();
    return { ...written, status: process.exitCode };
  } finally {
    spy.mockRestore();
    process.exitCode = exitCode;
  }
}
