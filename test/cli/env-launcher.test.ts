import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SHELL_NAMES } from '../../src/env/shell.js';
import { fromBytes } from '../../src/fs/bytes.js';
import { binPath, type NoxResult, ROOT, runCommand } from '../support/cli.js';
import { sandbox, type Sandbox } from '../support/sandbox.js';
import { isRoot, otherUser } from '../support/users.js';
import { isMissing, SHELLS } from '../support/shells.js';
import { least, runs } from '../support/runs.js';

const where = (program: string): string => execFileSync('/bin/sh', ['-c', 'command -v -- "$1" || :', 'sh', program], { encoding: 'utf8' }).trim();
const DASH = [where('dash')] as const;
const BUSYBOX = where('busybox');
const LAUNCHER_SHELLS: ReadonlyArray<readonly [string, ...string[]]> = [DASH, [where('bash'), '--posix'], ...(BUSYBOX === '' ? [] : [[BUSYBOX, 'sh'] as const])];
const FORBIDDEN = '/nonexistent/node';
const PLAIN = { PATH: '/opt/own/bin:/usr/bin:/bin' };

function made(): Sandbox {
  const box = sandbox();
  box.store()
    .package('tool-1.0', {
      files: { 'bin/tool': '', 'share/man/man1/tool.1': '', 'lib/libtool.so.1': '', 'share/info/tool.info': '' },
      env: { set: { TOOL_HOME: '${package}', TOOL_MODE: 'fast' }, prepend: { TOOL_PATH: ['${profile}/share'] }, append: { TOOL_PATH: ['/end'], FIELDMAPS: ['${profile}/share'] } },
    })
    .package('second-1', { files: { 'bin/second': '' } })
    .package('spaced-1', { files: { 'bin/spaced': '' }, env: { set: { WORDS: 'two words' } } })
    .package('hosted-1', { files: { 'bin/hosted': '' }, env: { set: { HOSTTYPE: 'mine' } } });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['-p', 'dev', 'add', 'tool']);
  return box;
}

test.skipIf(BUSYBOX === '')('the launcher is tried in the shell of busybox, too', () => {
  expect(LAUNCHER_SHELLS).toContainEqual([BUSYBOX, 'sh']);
});

type Env = Readonly<Record<string, string>>;

/** What the program prints, whatever the launcher would do. */
const long = (box: Sandbox, env: Env, words: readonly string[] = ['dev'], shell = 'sh'): NoxResult =>
  runCommand(process.execPath, [`${ROOT}/dist/nox-profile.cjs`, 'env', ...words, '--shell', shell], { env: { ...box.environment(), ...env }, cwd: box.home });

/** The launcher where it cannot start Node; `null` when it wanted to. */
function short(box: Sandbox, env: Env, words: readonly string[] = ['dev', '--shell', 'sh'], shell: readonly string[] = DASH): string | null {
  const done = runCommand(shell[0] as string, [...shell.slice(1), binPath('nox-profile'), 'env', ...words], { env: { ...box.environment(), ...env, NOX_NODE: FORBIDDEN }, cwd: box.home });
  if (done.status === 8) return null;
  expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 0, stderr: '' });
  return done.stdout;
}

const VALUES = ['', '/a', '/a:/b', ':', '/a::/b', ':/a', '/a:', '-x', '/a:-x', 'a b', '日本', fromBytes(Buffer.of(0x81, 0x88, 0xe9)), '*', '$HOME', "it's", '`x`', 'a\nb', '/a\n', '\\', '%s', '%self', '@+%', 'fast', 'é', '{', ';', '~'];
const NAMES = ['PATH', 'MANPATH', 'INFOPATH', 'XDG_DATA_DIRS', 'LD_LIBRARY_PATH', 'CMAKE_PREFIX_PATH', 'TOOL_HOME', 'TOOL_MODE', 'TOOL_PATH', 'FIELDMAPS'];

describe('env without Node', () => {
  const box = made();

  test('prints byte for byte what the program prints, whatever the environment, or leaves it to the program', { timeout: 120_000 }, () => {
    let answered = 0;
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...NAMES), fc.oneof({ weight: 3, arbitrary: fc.constantFrom('/a', '/a:/b', '', '/opt/x') }, fc.constantFrom(...VALUES)), { maxKeys: 4 }), (chosen) => {
      const env = { ...PLAIN, ...chosen, ...(chosen['PATH'] === undefined ? {} : { PATH: `${PLAIN.PATH}:${chosen['PATH']}` }) };
      const wanted = ['sh', 'fish', 'csh'].map((name) => {
        const { status, stdout } = long(box, env, ['dev'], name);
        // Of csh's own a value with a newline is refused.
        if (status !== 0) expect(`${name} ${Object.values(env).join('')}`).toMatch(/^csh .*\n/s);
        return [name, stdout] as const;
      });
      for (const shell of LAUNCHER_SHELLS) {
        for (const [name, expected] of wanted) {
          const printed = short(box, env, ['dev', '--shell', name], shell);
          if (printed === null) continue;
          answered += 1;
          expect(printed).toBe(expected);
        }
      }
    }), { numRuns: runs(40) });
    expect(answered).toBeGreaterThan(least(80));
  });

  test.each(VALUES)('each value in each variable: %j', (value) => {
    for (const env of [{ ...PLAIN, MANPATH: value, TOOL_PATH: value }, { ...PLAIN, TOOL_MODE: value }, { PATH: `${PLAIN.PATH}:${value}` }]) {
      const printed = short(box, env);
      if (printed !== null) expect(printed).toBe(long(box, env).stdout);
    }
  });

  test('the ordinary ways to call it are answered in every shell that may be /bin/sh, and from every shell in its own words', () => {
    const expected = long(box, PLAIN).stdout;
    const words = { posix: expected, csh: long(box, PLAIN, ['dev'], 'csh').stdout, fish: long(box, PLAIN, ['dev'], 'fish').stdout };
    for (const shell of LAUNCHER_SHELLS) {
      for (const asked of [['dev', '--shell', 'bash'], ['dev', '--shell=zsh'], ['--shell', 'sh', 'dev'], ['--shell=sh', 'dev']]) expect(short(box, PLAIN, asked, shell)).toBe(expected);
      for (const asked of [['dev', '--shell', 'csh'], ['--shell=tcsh', 'dev']]) expect(short(box, PLAIN, asked, shell)).toBe(words.csh);
      for (const asked of [['dev', '--shell=fish'], ['--shell', 'fish', 'dev']]) expect(short(box, PLAIN, asked, shell)).toBe(words.fish);
    }
    for (const { name, command: [program = '', ...rest], family } of SHELLS.filter((one) => one.name !== 'zsh' && !isMissing(one))) {
      if (family === 'posix') expect(short(box, PLAIN, ['dev', '--shell', 'sh'], [where(program), ...rest]), name).toBe(expected);
    }
    for (const shell of SHELLS.filter((one) => !isMissing(one))) {
      const lines = (asked: string): NoxResult => runCommand(shell.command[0] as string, [...shell.command.slice(1), '-c', `${binPath('nox-profile')} env ${asked}; true`], { env: { ...box.environment(), ...PLAIN, NOX_NODE: FORBIDDEN } });
      expect([lines('dev').stdout, lines('-p dev').stdout], shell.name).toEqual([words[shell.family], words[shell.family]]);
    }
  });

  test('every name that --shell takes is taken, and an empty one is not', () => {
    for (const name of SHELL_NAMES) {
      const { status, stdout } = long(box, PLAIN, ['dev'], name);
      expect([status, short(box, PLAIN, ['dev', '--shell', name])], name).toEqual([0, stdout]);
    }
    expect(long(box, PLAIN, ['dev', '--json'], '')).toMatchObject({ status: 2 });
  });

  test('what is not the ordinary case is left to the program', () => {
    const cases: ReadonlyArray<readonly [Env, ...string[]]> = [
      [{ NOX_PROFILE: `${box.profiles}/dev` }], [{ NOX_DEPTH: '1' }], [{ NOX_OMIT: 'PATH' }], [{ NOX_OMIT: '' }], [{ SLURM_JOB_ID: '1' }], [{ PBS_JOBID: '1' }], [{ _CONDOR_JOB_AD: '/x' }],
      [{ LSB_JOBID: '1' }], [{ FLUX_JOB_ID: '1' }], [{ JOB_ID: '1', SGE_ROOT: '/x' }], [{ NOX_DEBUG: '1' }], [{ BASHOPTS: 'nocasematch' }], [{ TOOL_PATH: '/a:%self' }], [{ NOX_CALLER_PATH: '/x' }], [{ NOX_CALLER_HOME: '/x' }], [{ NOX_1_PRE_PATH: '/x' }],
      [{ NOX_1_VARS: 'X' }], [{ NOX_PROFILES: `${box.home}/nix/../nix/profiles` }], [{ NOX_PROFILES: 'nix/profiles' }], [{ HOME: `${box.home}/` }], [{ PATH: '/usr/local/bin:/usr/bin:/bin' }],
      [{}, 'dev', '--pin'], [{}, 'dev', '--json'], [{}, '--stack', 'dev'], [{}, 'dev', 'dev'], [{}, './dev'], [{}, `${box.profiles}/dev`], [{}, 'dev', '--shell', 'rc'], [{}, 'dev', '--shell='], [{}, '--shell=', 'dev'], [{}, 'dev', '--shell', ''], [{}, '--shell', '', 'dev'], [{}, 'nope', '--shell', 'sh'], [{}, '-p', '--json'], [{}, '--deactivate'],
    ];
    for (const [env, ...words] of cases) expect(short(box, { ...PLAIN, ...env }, words.length === 0 ? ['dev', '--shell', 'sh'] : words), JSON.stringify([env, words])).toBeNull();
    const unset = runCommand('/usr/bin/env', ['-u', 'PATH', '/bin/sh', binPath('nox-profile'), 'env', 'dev', '--shell', 'sh'], { env: { ...box.environment(), NOX_NODE: FORBIDDEN } });
    expect(unset.stdout).toBe('false;\n');
    expect(short(box, { ...PLAIN, NOX_PROFILES: box.profiles })).toBe(long(box, PLAIN).stdout);
    expect(short(box, { ...PLAIN, SLURM_JOB_ID: '', NOX_PROFILES: '' })).toBe(long(box, PLAIN).stdout);
  });

  test('a plain configuration is read, any other is left to the program', () => {
    const config = (text: string): string | null => {
      box.write('home/.config/nox/config.yaml', text);
      return short(box, PLAIN);
    };
    const expected = long(box, PLAIN).stdout;
    for (const text of ['', '# none\n\n', 'stores:\n  - /sw/store\n  - /opt/store\nlayout: folded\n', 'layout: full\n# last']) expect(config(text), text).toBe(expected);
    for (const text of ['profiles: /elsewhere\n', 'stores: [/a]\n', 'stores:\n  - relative\n', 'stores:\n- /a\n', 'stores:\n  - /a: /b\n', 'layout: full\nlayout: full\n', 'stores:\nlayout: full\n  - /a\n', 'layout: other\n', '\t', ' - x', 'é: 1\n', '# \u0007\n']) {
      expect(config(text), text).toBeNull();
    }
    fs.rmSync(`${box.home}/.config`, { recursive: true });
    fs.mkdirSync(`${box.home}/.config/nox/config.yaml`, { recursive: true });
    expect(short(box, PLAIN)).toBeNull();
    fs.rmSync(`${box.home}/.config`, { recursive: true });
    expect(short(box, PLAIN)).toBe(expected);
  });
});

describe('the generation shown', () => {
  test('after a rollback and a switch it is the one of the journal, and a link that disagrees is left to the program', () => {
    const box = made();
    const same = (): void => {
      for (const shell of LAUNCHER_SHELLS) expect(short(box, PLAIN, ['dev', '--shell', 'sh'], shell)).toBe(long(box, PLAIN).stdout);
    };
    box.json('nox-profile', ['-p', 'dev', 'add', 'second']);
    same();
    box.json('nox-profile', ['-p', 'dev', 'rollback']);
    same();
    box.json('nox-profile', ['-p', 'dev', 'switch', '2']);
    same();
    for (const text of ['.nox/profiles/dev/generations/1', '/nonexistent']) {
      fs.rmSync(`${box.profiles}/dev`);
      fs.symlinkSync(text, `${box.profiles}/dev`);
      expect(short(box, PLAIN)).toBeNull();
    }
    fs.rmSync(`${box.profiles}/dev`);
    fs.cpSync(`${box.profiles}/.nox/profiles/dev/generations/2`, `${box.profiles}/dev`, { recursive: true, verbatimSymlinks: true });
    expect(short(box, PLAIN)).toBeNull();
  });

  test('nothing is sourced of what is no profile', () => {
    const box = made();
    const ran = `${box.root}/ran`;
    for (const [name, make] of [['plain', (path: string): void => fs.mkdirSync(path)], ['led', (path: string): void => {
      fs.mkdirSync(`${box.root}/elsewhere`);
      fs.symlinkSync(`${box.root}/elsewhere`, path);
    }]] as const) {
      make(`${box.profiles}/${name}`);
      fs.mkdirSync(`${box.profiles}/${name}/.nox`);
      fs.writeFileSync(`${box.profiles}/${name}/.nox/env.sh`, `: >${ran}\n`);
      expect(short(box, PLAIN, [name, '--shell', 'sh'])).toBeNull();
      expect(fs.existsSync(ran)).toBe(false);
    }
  });

  test.skipIf(!isRoot)('nothing is sourced of what another user owns, wherever a link or NOX_PROFILES leads', () => {
    const box = made();
    const alice = otherUser(box, 6101);
    const ran = `${box.root}/ran`;
    const sourced = (env: Env, name = 'mine'): string | null => {
      for (const shell of LAUNCHER_SHELLS) {
        const printed = short(box, { ...PLAIN, ...env }, [name, '--shell', 'sh'], shell);
        expect(fs.existsSync(ran), `${shell[0]} ${name}`).toBe(false);
        if (printed !== null) return printed;
      }
      return null;
    };
    alice.run('nox-profile', ['new', 'shared']);
    fs.appendFileSync(`${alice.profiles}/shared/.nox/env.sh`, `: >${ran}\n`);
    expect(sourced({ NOX_PROFILES: alice.profiles }, 'shared')).toBeNull();
    box.json('nox-profile', ['new', 'mine', '--link', `${alice.profiles}/shared`]);
    expect(sourced({})).toBeNull();
    // Neither are the caller's own files that somebody else's home leads to.
    fs.mkdirSync(`${box.home}/got/.nox`, { recursive: true });
    fs.writeFileSync(`${box.home}/got/.nox/env.sh`, `: >${ran}\n`);
    fs.rmSync(`${alice.profiles}/shared`);
    fs.symlinkSync(`${box.home}/got`, `${alice.profiles}/shared`);
    expect(sourced({ NOX_PROFILES: alice.profiles }, 'shared')).toBeNull();
    fs.rmSync(`${box.profiles}/mine`);
    fs.symlinkSync(`${box.home}/got`, `${box.profiles}/mine`);
    expect(sourced({})).toBeNull();
    // And what is one's own is: a file of another's in it, or a link, is not.
    expect(sourced({}, 'dev')).toBe(long(box, PLAIN).stdout);
    const script = `${box.profiles}/dev/.nox/env.sh`;
    fs.appendFileSync(script, `: >${ran}\n`);
    fs.chownSync(script, 6101, 6101);
    expect(sourced({}, 'dev')).toBeNull();
    fs.rmSync(script);
    fs.symlinkSync(`${box.home}/got/.nox/env.sh`, script);
    expect(sourced({}, 'dev')).toBeNull();
  });

  test('where the shell cannot tell owners, the program answers', () => {
    const box = made();
    const launcher = box.write('bin/nox-profile', fs.readFileSync(binPath('nox-profile'), 'utf8').replaceAll('[ -O ', '[ -nope '), 0o755);
    fs.symlinkSync(`${ROOT}/dist`, `${box.root}/dist`);
    const done = runCommand('/bin/sh', [launcher, 'env', 'dev', '--shell', 'sh'], { env: { ...box.environment(), ...PLAIN, NOX_NODE: process.execPath } });
    expect(done).toEqual({ status: 0, stdout: long(box, PLAIN).stdout, stderr: '' });
  });

  test('links, copies and releases', () => {
    const box = made();
    box.json('nox-profile', ['new', 'copy', '--from', 'dev']);
    expect(short(box, PLAIN, ['copy', '--shell', 'sh'])).toBe(long(box, PLAIN, ['copy']).stdout);
    box.json('nox-profile', ['new', 'linked', '--link', 'dev']);
    expect(short(box, PLAIN, ['linked', '--shell', 'sh'])).toBeNull();
    fs.renameSync(box.profiles, `${box.home}/moved`);
    expect(short(box, { ...PLAIN, NOX_PROFILES: `${box.home}/moved` })).toBeNull();
  });

  test('a profile whose own values are not plain, or which a shell would set, has no short way', () => {
    const box = made();
    for (const name of ['spaced', 'hosted']) {
      box.json('nox-profile', ['new', name]);
      box.json('nox-profile', ['-p', name, 'add', name]);
      expect(fs.existsSync(`${box.profiles}/${name}/.nox/env.sh`)).toBe(false);
      expect(fs.existsSync(`${box.profiles}/${name}/.nox/activate.sh`)).toBe(true);
    }
    const odd = sandbox({ name: 'a b' });
    odd.json('nox-profile', ['new', 'dev']);
    expect(fs.existsSync(`${odd.profiles}/dev/.nox/env.sh`)).toBe(false);
  });

  test('a script that is damaged makes eval fail or is left to the program, and an answer that cannot be written is an error', () => {
    const box = made();
    const script = `${box.profiles}/dev/.nox/env.sh`;
    const text = fs.readFileSync(script, 'utf8');
    for (let cut = 0; cut < text.length; cut += 97) {
      fs.writeFileSync(script, text.slice(0, cut));
      for (const shell of LAUNCHER_SHELLS) {
        const done = runCommand(shell[0], [...shell.slice(1), binPath('nox-profile'), 'env', 'dev', '--shell', 'sh'], { env: { ...box.environment(), ...PLAIN, NOX_NODE: FORBIDDEN }, cwd: box.home });
        expect(done.stdout, `${shell[0]} at ${cut}`).toBe('false;\n');
      }
    }
    fs.writeFileSync(script, text);
    const full = runCommand('/bin/sh', ['-c', `${binPath('nox-profile')} env dev >/dev/full`], { env: { ...box.environment(), PATH: `/own:${path.dirname(process.execPath)}:/usr/bin:/bin` } });
    expect(full).toEqual({ status: 1, stdout: '', stderr: 'nox-profile: cannot write the answer: no space or no inodes left on the file system; what the command did stands\n' });
  });
});
