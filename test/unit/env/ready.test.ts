import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveSpec } from '../../../src/env/resolve-spec.js';
import type { EnvSpec } from '../../../src/env/spec.js';
import { activate, changed, deactivate } from '../../../src/env/transition.js';
import { type Env, readyHome } from '../../support/ready-home.js';
import { isMissing, runShell, type Shell, SHELLS, sorted } from '../../support/shells.js';

const home = readyHome("it's a  home! $x");
/** Names that the odd values match as patterns. */
const cwd = mkdtempSync(join(tmpdir(), 'nox-globs-'));
for (const name of ['x', 'a', 'h', 'MODE=a', 'fast', '_nox_x']) writeFileSync(join(cwd, name), '');
afterAll(() => {
  home.remove();
  rmSync(cwd, { recursive: true });
});

const plain: EnvSpec = {
  set: { TOOL_HOME: '${profile}/tool', MODE: 'fast' },
  prepend: { PATH: ['${profile}/bin', '${profile}/sbin'], MANPATH: ['${profile}/share/man'], XDG_DATA_DIRS: ['${profile}/share'], LD_LIBRARY_PATH: ['${profile}/lib'], PYTHONPATH: ['${profile}/lib/python3.11/site-packages'] },
  append: { PYTHONPATH: ['/opt/site'], INFOPATH: ['/opt/info'] },
};
const more: EnvSpec = { ...plain, prepend: { ...plain.prepend, PATH: ['${profile}/bin'], PKG_CONFIG_PATH: ['${profile}/lib/pkgconfig'] } };
const odd: EnvSpec = {
  set: { ODD: 'a  b\'c"d`e`$(touch x)\\f;g*?[h]{i,j}!k#~', MODE: '', DASH: '-n' },
  prepend: { PATH: ["/o p/b'i!n", '/q*', '${profile}/bin'], EMPTY_PATH: ['/e'] },
  append: { PATH: ['/last one'] },
};

home.profile('dev', { ...plain, set: { ...plain.set, UNWANTED: 'x' } }, [3, 4]);
home.profile('other', more, [1]);
home.profile('odd', odd, [2]);

const base: Env = { PATH: '/usr/bin:/bin', HOME: '/root', FOO: 'bar  *' };

/** Prior states, made by the definition; each is an environment in which a script is then sourced. */
const states: Record<string, () => Env> = {
  'nothing active': () => base,
  'the same active': () => home.evaluated(base, 'dev'),
  'another active': () => home.evaluated(base, 'other'),
  'odd active': () => home.evaluated(base, 'odd'),
  'a stack of two': () => home.evaluated(home.evaluated(base, 'odd'), 'dev', { stack: true }),
  'a stack of three': () => home.evaluated(home.evaluated(home.evaluated(base, 'other'), 'odd', { stack: true }), 'dev', { stack: true }),
  'pinned by hand': () => home.evaluated(base, 'dev', { pin: 'pin' }),
  'unset and empty': () => ({ HOME: '/', PATH: '/bin', MANPATH: '', LD_LIBRARY_PATH: '', XDG_DATA_DIRS: '', MODE: '' }),
  'empty elements of the user': () => ({ ...base, MANPATH: ':', LD_LIBRARY_PATH: '/a::/b:', PYTHONPATH: ':/x', INFOPATH: '/i:' }),
  'the same, own directories before and after': () => {
    const env = home.evaluated(base, 'dev');
    return { ...env, PATH: `/my own:${env['PATH']}:/end`, PYTHONPATH: `${env['PYTHONPATH']}:/tail`, MANPATH: `/m:${env['MANPATH']}` };
  },
  'another, own directories before and after': () => {
    const env = home.evaluated({ ...base, PYTHONPATH: '/opt/site:/py' }, 'other');
    return { ...env, PATH: `/my own:${env['PATH']}:/end`, PYTHONPATH: `${env['PYTHONPATH']}:/opt/site:/tail`, MANPATH: `/m:${env['MANPATH']}`, MODE: 'mine' };
  },
  'the same, elements taken away': () => ({ ...home.evaluated(base, 'dev'), PATH: '/usr/bin', MANPATH: `${home.home}/dev/share/man` }),
  'another, variables taken away': () => {
    const { PATH, HOME, NOX_DEPTH, NOX_PROFILE, ...rest } = home.evaluated(base, 'other');
    const records = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('NOX_')));
    return { ...records, PATH: PATH!, HOME: HOME!, NOX_DEPTH: NOX_DEPTH!, NOX_PROFILE: NOX_PROFILE! };
  },
  'glob characters in the elements': () => ({ ...home.evaluated({ ...base, PATH: '/*:/usr/bin:/[a]:/?' }, 'odd'), MODE: '' }),
  'a value with a newline': () => ({ ...base, PYTHONPATH: '/a\n/b:/c', MODE: 'x\n\n' }),
  'an older generation of the same': () => {
    const spec = resolveSpec({ ...plain, append: {} }, `${home.home}/dev`, new Set());
    return { ...changed(base, activate(base, { profile: `${home.home}/dev`, generation: null, job: null, spec }, { stack: false })) };
  },
  'elements of others came and went around those of what had none before': () => {
    const { MANPATH, INFOPATH, XDG_DATA_DIRS, ...rest } = home.evaluated(base, 'dev');
    return { ...rest, MANPATH: `${MANPATH}:`, INFOPATH: `:${INFOPATH}`, XDG_DATA_DIRS: XDG_DATA_DIRS!.replace(`${home.home}/dev/share:`, '') };
  },
  'others came and stayed': () => {
    const env = home.evaluated(base, 'dev');
    return { ...env, MANPATH: `:/m:${env['MANPATH']}`, XDG_DATA_DIRS: `/x:${env['XDG_DATA_DIRS']}` };
  },
  'NOX_OMIT': () => ({ ...base, NOX_OMIT: 'PATH,LD_LIBRARY_PATH:ODD TOOL_HOME' }),
  'NOX_PROFILE set by the user': () => ({ ...base, NOX_PROFILE: 'dev' }),
  'a state of nonsense': () => ({ ...base, NOX_DEPTH: '$(touch x)', NOX_1_VARS: '; touch x' }),
  'nonsense in the records': () => ({ ...home.evaluated(base, 'dev'), NOX_1_VARS: 'PATH:a;b:$(touch x):MANPATH', NOX_1_SET_GENERATION: 'x' }),
};

/** Lines that source a script, and print whatever it leaves behind. */
function lines(shell: Shell, name: string, verb: 'activate' | 'deactivate'): string[] {
  const source = home.source(shell, name, verb);
  if (shell.family === 'fish') return ['alias > /dev/null', source, 'set --names | string match "*_nox_*"'];
  if (shell.family === 'csh') return [shell.strictest, source, 'set | /bin/grep "^_nox_"', 'if ($?noglob == 0 || $?noclobber == 0) echo OPTIONS'];
  return [shell.strictest, 'before=$-', source, '[ "$before" = "$-" ] || /bin/echo OPTIONS', 'set | /bin/grep ^_nox_ || :'];
}

// fish puts "." for empty elements of PATH when it starts, and tcsh gives an unset PATH a value: no state has those.
describe.each(SHELLS)('ready scripts in $name', (shell) => {
  test.skipIf(isMissing(shell)).each(Object.keys(states))(`${shell.name}: activate and deactivate as defined, from: %s`, (state) => {
    const env = states[state]!();
    for (const name of ['dev', 'odd']) {
      const { stderr, output, environment } = runShell(shell, lines(shell, name, 'activate'), { env, cwd });
      expect({ state, name, stderr, output, environment }).toEqual({ state, name, stderr: '', output: '', environment: sorted(home.evaluated(env, name)) });
    }
    const { stderr, output, environment } = runShell(shell, lines(shell, 'dev', 'deactivate'), { env, cwd });
    expect({ state, stderr, output, environment }).toEqual({ state, stderr: '', output: '', environment: sorted(changed(env, deactivate(env))) });
  });

  test.skipIf(isMissing(shell))(`${shell.name}: activate then deactivate leaves the environment as it was`, () => {
    for (const name of ['dev', 'odd']) {
      const run = runShell(shell, [shell.strictest, home.source(shell, name, 'activate'), home.source(shell, name, 'deactivate')], { env: base, cwd });
      expect(run.environment).toEqual(runShell(shell, [], { env: base, cwd }).environment);
    }
  });

  test.skipIf(isMissing(shell) || !['dash', 'bash', 'ksh93', 'mksh', 'busybox'].includes(shell.name))(`${shell.name}: where PATH is empty, the system's commands stand behind those of the profile`, () => {
    const env: Env = { HOME: '/', PATH: '' };
    const active = runShell(shell, [home.source(shell, 'dev', 'activate')], { env, cwd });
    expect(active.environment).toEqual(sorted(home.evaluated(env, 'dev')));
    expect(active.environment['PATH']).toBe(`${home.home}/dev/bin:${home.home}/dev/sbin:/usr/local/bin:/usr/bin:/bin`);
    expect(runShell(shell, [home.source(shell, 'dev', 'activate'), home.source(shell, 'dev', 'deactivate')], { env, cwd }).environment).toEqual(env);
  });

  test.skipIf(isMissing(shell))(`${shell.name}: a profile that was moved away changes nothing and fails`, () => {
    const gone = readyHome('gone');
    gone.profile('dev', plain, [1]);
    const script = gone.source(shell, '.nox/profiles/dev/generations/1', 'activate');
    rmSync(`${gone.home}/dev`);
    const status = shell.family === 'posix' ? '$?' : '$status';
    const run = runShell(shell, [script, `/bin/echo ${status}`], { env: base, cwd });
    expect({ stderr: run.stderr, output: run.output, environment: run.environment }).toEqual({
      stderr: `nox: there is no profile ${gone.home}/dev; it was moved or removed\n`, output: '1\n', environment: base,
    });
    gone.remove();
  });
});
