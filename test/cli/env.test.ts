import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromBytes, raw } from '../../src/fs/bytes.js';
import { binPath } from '../support/cli.js';
import { sandbox, type Sandbox } from '../support/sandbox.js';
import { BSD_CSH, isMissing, runShell, type Shell, SHELLS, type ShellRun } from '../support/shells.js';

/** A sandbox with two profiles and, beside them, a directory of files that the odd names match as patterns. */
function made(name: string): Sandbox & { readonly globs: string } {
  const box = sandbox({ name });
  box.store()
    .package('tool-1.0', {
      files: { 'bin/tool': '#!/bin/sh\necho tool\n', 'share/man/man1/tool.1': '', 'lib/libtool.so.1': '', 'lib/pkgconfig/tool.pc': '' },
      env: { set: { TOOL_HOME: '${package}', TOOL_WORDS: 'two  blanks; * ? [a] $(touch x) `touch x` ! \'"\\' }, prepend: { TOOL_PATH: ['${profile}/share', '-x'] }, append: { TOOL_PATH: ['${package}/end'] } },
    })
    .package('other-2', { files: { 'bin/other': '', 'sbin/other': '' }, env: { set: { TOOL_WORDS: '' } } });
  for (const [profile, pkg] of [['dev', 'tool'], ['second', 'other']] as const) {
    expect(box.run('nox-profile', ['new', profile]).status).toBe(0);
    expect(box.run('nox-profile', ['add', '-p', profile, pkg])).toMatchObject({ status: 0 });
  }
  const globs = join(box.root, 'globs');
  mkdirSync(raw(globs));
  for (const file of ['a', 'b', 'ab', '-x', '*', '?', '[a]', 'two', 'x y']) writeFileSync(raw(`${globs}/${file}`), '');
  return { ...box, globs };
}

/** As users write it; the shell is told by what runs the command. */
const evalOf = (shell: Shell, words: string): string =>
  ({ posix: `eval $("$NOX" env ${words})`, csh: `eval \`"$NOX" env ${words}\``, fish: `"$NOX" env ${words} | source` })[shell.family];

function inShell(shell: Shell, box: Sandbox & { globs: string }, lines: readonly string[]): ShellRun {
  const env = { ...box.environment(), PATH: `${process.execPath.slice(0, process.execPath.lastIndexOf('/'))}:/usr/bin:/bin`, NOX: binPath('nox-profile'), NOX_NODE: process.execPath, LD_LIBRARY_PATH: '' };
  return runShell(shell, lines, { env, cwd: box.globs });
}

const ODD = `o  d'd "x" $(touch x) \`touch x\` * ? [a] {a,b} ! ; & # ~ \\ -x`;
/** fish 3.6 is the slowest to start; each shell needs about ten runs of nox. */
describe.each(SHELLS)('in $name', (shell) => {
  const boxes = new Map<string, ReturnType<typeof made>>();
  const boxOf = (name: string): ReturnType<typeof made> => boxes.get(name) ?? (boxes.set(name, made(name)).get(name) as ReturnType<typeof made>);
  const names = shell.family === 'csh' ? [ODD] : [`${ODD}\nnewline`];

  test.skipIf(isMissing(shell)).each(names)(`${shell.name}: eval, deactivate and the ready script agree, unquoted: %j`, (name) => {
    const box = boxOf(name);
    const untouched = inShell(shell, box, []).environment;
    const active = inShell(shell, box, [shell.strict, evalOf(shell, 'dev')]);
    expect({ stderr: active.stderr, output: active.output }).toEqual({ stderr: '', output: '' });
    expect(active.environment['TOOL_HOME']).toBe(`${box.store().path}/tool-1.0`);
    expect(active.environment['PATH']).toMatch(/\/home\/nix\/profiles\/dev\/bin:/);
    expect(active.environment['LD_LIBRARY_PATH']).toBe(`${box.profiles}/dev/lib`);

    const script = `"$HOME"/nix/profiles/dev/.nox/activate`;
    const sourced = { posix: `. ${script}.sh`, csh: `source $HOME:q/nix/profiles/dev/.nox/activate.csh`, fish: `source ${script}.fish` }[shell.family];
    expect(inShell(shell, box, [shell.strict, sourced]).environment).toEqual(active.environment);

    const twice = inShell(shell, box, [evalOf(shell, 'dev'), evalOf(shell, 'second --stack'), evalOf(shell, '--deactivate'), evalOf(shell, 'dev')]);
    expect(twice.environment).toEqual(active.environment);
    const back = inShell(shell, box, [shell.strict, evalOf(shell, 'second'), evalOf(shell, 'dev'), evalOf(shell, '--deactivate')]);
    expect(back.environment).toEqual(untouched);
    expect(readdirSync(raw(box.globs)).includes('x')).toBe(false);
  });

  test.skipIf(isMissing(shell))(`${shell.name}: an error makes eval fail and changes nothing`, () => {
    const box = boxOf('plain');
    const status = shell.family === 'posix' ? '$?' : '$status';
    const run = inShell(shell, box, [evalOf(shell, 'nope'), `/bin/echo ${status}`]);
    expect(run.output).toBe('1\n');
    expect(run.stderr).toContain('there is no profile "nope"');
    expect(run.environment).toEqual(inShell(shell, box, []).environment);
  });
});

describe('in the csh of BSD', () => {
  const box = made("it's ! bsd");
  test.skipIf(isMissing(BSD_CSH))('bsd-csh: env is evaluated and undone, however long it is, and the ready scripts refuse', () => {
    const before = inShell(BSD_CSH, box, [BSD_CSH.strict]);
    const long = `setenv TOOL_PATH ${'/long'.repeat(700)}`;
    const expected = inShell(SHELLS.find(({ name }) => name === 'tcsh') as Shell, box, [long, evalOf(BSD_CSH, 'dev')]);
    const active = inShell(BSD_CSH, box, [BSD_CSH.strict, long, evalOf(BSD_CSH, 'dev')]);
    expect({ ...active, environment: null }).toEqual({ status: 0, stderr: '', output: '', environment: null });
    expect(active.environment).toEqual(expected.environment);
    expect(inShell(BSD_CSH, box, [BSD_CSH.strict, evalOf(BSD_CSH, 'dev'), evalOf(BSD_CSH, '--deactivate')])).toEqual(before);
    for (const script of ['activate', 'deactivate']) {
      expect(inShell(BSD_CSH, box, [BSD_CSH.strict, `source $HOME:q/nix/profiles/dev/.nox/${script}.csh`, '/bin/echo $status'])).toEqual({
        ...before, output: '1\n', stderr: 'nox: this script is for tcsh, which this csh is not; what nox-profile env prints is for both\n',
      });
    }
    expect(inShell(BSD_CSH, box, [evalOf(BSD_CSH, 'nope'), '/bin/echo $status']).output).toBe('1\n');
  });
});

test('a home and a variable whose bytes are not UTF-8', () => {
  const box = made(fromBytes(Buffer.from('caf\xe9 \xff', 'latin1')));
  const dash = SHELLS[0]!;
  const { stdout } = box.run('nox-profile', ['env', 'dev', '--shell', 'sh'], { env: { TOOL_PATH: fromBytes(Buffer.of(0xe9)) } });
  const run = runShell(dash, [`eval $(/bin/cat line)`], { env: { PATH: '/usr/bin:/bin' }, cwd: writeLine(stdout) });
  expect(run.environment).toMatchObject({ NOX_PROFILE: `${box.profiles}/dev`, TOOL_PATH: `${box.profiles}/dev/share:-x:${fromBytes(Buffer.of(0xe9))}:${box.store().path}/tool-1.0/end` });
});

function writeLine(line: string): string {
  const box = sandbox();
  box.write('line', line);
  return box.root;
}

describe('answers', () => {
  const box = made('answers');
  const dev = `${box.profiles}/dev`;

  test('--json has what scripts rely on, and prints nothing else', () => {
    const { version, profile, path, generation, pinned, job, set, prepend, append } = box.json('nox-profile', ['env', 'dev']);
    expect({ version, profile, path, generation, pinned, job }).toEqual({ version: 1, profile: 'dev', path: dev, generation: 1, pinned: false, job: null });
    expect(set.TOOL_HOME).toBe(`${box.store().path}/tool-1.0`);
    expect(prepend).toEqual({
      CMAKE_PREFIX_PATH: [dev], LD_LIBRARY_PATH: [`${dev}/lib`], MANPATH: [`${dev}/share/man`], PATH: [`${dev}/bin`], PKG_CONFIG_PATH: [`${dev}/lib/pkgconfig`],
      TOOL_PATH: [`${dev}/share`, '-x'], XDG_DATA_DIRS: [`${dev}/share`],
    });
    expect(append).toEqual({ TOOL_PATH: [`${box.store().path}/tool-1.0/end`] });
  });

  test('--pin, a job and --omit show in --json', () => {
    const pinned = box.json('nox-profile', ['env', 'dev', '--pin', '--no-library-path', '--omit', 'MANPATH', '--omit', 'TOOL_PATH']);
    expect(pinned).toMatchObject({ pinned: true, job: null, prepend: { PATH: [`${box.profiles}/.nox/profiles/dev/generations/1/bin`] } });
    expect(Object.keys(pinned.prepend)).toEqual(['CMAKE_PREFIX_PATH', 'PATH', 'PKG_CONFIG_PATH', 'XDG_DATA_DIRS']);
    expect(box.json('nox-profile', ['env', 'dev'], { env: { PBS_JOBID: '12.head' } })).toMatchObject({ pinned: true, job: 'pbs-12.head' });
    expect(readdirSync(`${box.profiles}/.nox/pins`)).toEqual(['pbs-12.head.dev']);
    expect(box.json('nox-profile', ['env', 'dev', '--no-pin'], { env: { PBS_JOBID: '12.head' } })).toMatchObject({ pinned: false, job: null });
  });

  test('the active profile is the one meant without a name', () => {
    expect(box.json('nox-profile', ['env'], { env: { NOX_PROFILE: `${box.profiles}/second` } }).profile).toBe('second');
    expect(box.json('nox-profile', ['env'])).toMatchObject({ profile: 'default', generation: 0, prepend: {} });
  });

  test('--explain says where each element comes from, and what was left out', () => {
    const { stdout } = box.run('nox-profile', ['env', 'dev', '--explain', '--no-library-path'], { env: { NOX_OMIT: 'MANPATH XYZ' } });
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      `dev, as it stands at any time: ${dev}`,
      `TOOL_HOME | set | ${box.store().path}/tool-1.0 | tool-1.0`,
      expect.stringMatching(/^TOOL_WORDS \| set \| .* \| tool-1\.0$/),
      `CMAKE_PREFIX_PATH | prepend | ${dev} | directory of the profile`,
      `PATH | prepend | ${dev}/bin | directory of the profile`,
      `PKG_CONFIG_PATH | prepend | ${dev}/lib/pkgconfig | directory of the profile`,
      `TOOL_PATH | prepend | ${dev}/share | tool-1.0`,
      'TOOL_PATH | prepend | -x | tool-1.0',
      `XDG_DATA_DIRS | prepend | ${dev}/share | directory of the profile`,
      `TOOL_PATH | append | ${box.store().path}/tool-1.0/end | tool-1.0`,
      'MANPATH | left out | omitted by NOX_OMIT',
      'LD_LIBRARY_PATH | left out | omitted by this call',
      '',
    ]);
  });

  test('a home that has two paths has one profile of a name', () => {
    symlinkSync(box.profiles, `${box.root}/elsewhere`);
    const shell = (words: string): string[] => {
      return runShell(SHELLS[0] as Shell, [words], { env: { ...box.environment(), PATH: '/usr/bin:/bin', NOX: binPath('nox-profile'), NOX_NODE: process.execPath, HERE: box.profiles, THERE: `${box.root}/elsewhere` } }).output.split('\n');
    };
    const env = (home: string, words: string): string => `eval "$(NOX_PROFILES="$${home}" "$NOX" env ${words} --shell sh)" || /bin/echo failed`;
    const told = `/bin/echo "\${NOX_DEPTH-none} \${NOX_PROFILE-none} \${NOX_GENERATION-none}"`;
    expect(shell([env('THERE', 'dev'), env('HERE', '--deactivate dev'), told].join('; '))).toEqual(['none none none', '']);
    expect(shell([env('THERE', 'dev'), env('HERE', 'dev --stack'), told].join('; '))).toEqual([`1 ${dev} none`, '']);
    expect(shell([env('THERE', 'dev --pin'), env('HERE', 'dev'), told].join('; '))).toEqual([`1 ${dev} 1`, '']);
    expect(shell([env('THERE', 'dev'), env('HERE', '--deactivate second'), told].join('; '))).toEqual(['failed', `1 ${box.root}/elsewhere/dev none`, '']);
  });

  test('nothing is printed when nothing changes', () => {
    expect(box.run('nox-profile', ['env', '--deactivate', '--shell', 'sh'])).toEqual({ stdout: '', stderr: '', status: 0 });
  });

  test.each<[string[], Record<string, string>, number, string]>([
    [['env', 'nope', '--shell', 'sh'], {}, 3, 'there is no profile "nope"'],
    [['env', 'dev', '-p', 'second', '--shell', 'fish'], {}, 2, 'two profiles are named'],
    [['env', 'dev', '--shell', 'elvish'], {}, 2, '--shell'],
    [['env', 'dev', '--frobnicate'], {}, 2, 'there is no flag "--frobnicate"'],
    [['env', 'dev', '--pin', '--no-pin'], {}, 2, 'no-pin'],
    [['env', 'dev', '--deactivate', '--shell', 'sh'], {}, 3, '"dev" is not the profile activated last: none is active'],
    [['env', 'dev', '--shell', 'csh'], { TOOL_PATH: 'a\nb' }, 8, '"TOOL_PATH" holds a newline, which csh cannot take over from a command'],
  ])('%j fails, and so does eval', (args, env, status, message) => {
    const run = box.run('nox-profile', args, { env });
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status, stdout: 'false;\n' });
    expect(run.stderr).toContain(message);
    const json = box.run('nox-profile', [...args, '--json'], { env });
    expect(json.stderr).toBe('');
    expect((JSON.parse(json.stdout) as { exitCode?: number }).exitCode ?? 0).toBe(env['TOOL_PATH'] === undefined ? status : 0);
  });
});

describe('a job can be moved to the present generation', () => {
  test('by an explicit --pin, for all that come later', () => {
    const box = sandbox();
    box.store().package('a-1', { files: { 'bin/a': 'a' } });
    box.json('nox-profile', ['new', 'dev']);
    const job = { env: { SLURM_JOB_ID: '7' } };
    expect(box.json('nox-profile', ['env', 'dev'], job)).toMatchObject({ generation: 0, pinned: true });
    box.json('nox-profile', ['add', 'a', '-p', 'dev'], job);
    expect(box.json('nox-profile', ['env', 'dev'], job).generation).toBe(0);
    expect(box.json('nox-profile', ['env', 'dev', '--pin'], job).generation).toBe(1);
    expect(box.json('nox-profile', ['env', 'dev'], job).generation).toBe(1);
    expect(box.json('nox-profile', ['env', 'dev'], { env: { SLURM_JOB_ID: '8' } }).generation).toBe(1);
  });
});

describe('the link of a profile', () => {
  function started(): { box: Sandbox; link: string } {
    const box = sandbox();
    box.store().package('a-1', { files: { 'bin/a': 'a' } });
    box.json('nox-profile', ['add', 'a']);
    return { box, link: `${box.profiles}/default` };
  }

  test.each([
    ['was removed', (link: string) => rmSync(link)],
    ['leads to another generation', (link: string) => (rmSync(link), symlinkSync('.nox/profiles/default/generations/0', link))],
  ])('that %s is mended', (_, harm) => {
    const { box, link } = started();
    harm(link);
    const { stdout, stderr } = box.run('nox-profile', ['env', 'default', '--shell', 'sh']);
    expect([stdout, stderr]).toEqual([expect.stringContaining(` PATH=${link}/bin:`), '']);
    expect(readdirSync(`${link}/bin`)).toEqual(['a']);
    expect(readdirSync(`${box.profiles}/.nox/profiles/default/staging`)).toEqual([]);
  });

  test('that cannot be mended is left out of the environment, which is told', () => {
    const { box, link } = started();
    rmSync(link);
    mkdirSync(link);
    const tree = `${box.profiles}/.nox/profiles/default/generations/1`;
    const { stdout, stderr } = box.run('nox-profile', ['env', 'default', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ generation: 1, pinned: false, prepend: { PATH: [`${tree}/bin`] } });
    expect(stderr).toBe(`nox-profile: "${link}" does not show what the profile holds and cannot be put right now, so the environment points at the generation itself\n`);
  });
});
