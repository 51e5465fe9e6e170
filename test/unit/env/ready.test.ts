import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseGeneration } from '../../../src/env/io/choose-generation.js';
import { namesIn, resolveSpec } from '../../../src/env/resolve-spec.js';
import { readyScripts } from '../../../src/env/scripts.js';
import type { EnvSpec } from '../../../src/env/spec.js';
import { activate, changed, deactivate } from '../../../src/env/transition.js';
import { toBytes } from '../../../src/fs/bytes.js';
import { isMissing, runShell, type Shell, SHELLS } from '../../support/shells.js';

type Env = Record<string, string>;

let scratch: string;
let home: string;
const specs: Record<string, EnvSpec> = {};

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

function profile(name: string, spec: EnvSpec, numbers: readonly number[]): void {
  for (const number of numbers) {
    const tree = `${home}/.nox/profiles/${name}/generations/${number}`;
    mkdirSync(`${tree}/.nox`, { recursive: true });
    const own: EnvSpec = { ...spec, set: { ...spec.set, GENERATION: String(number) } };
    specs[tree] = own;
    const scripts = readyScripts({ name, home, path: `${home}/${name}`, generation: number, generationPath: tree, spec: own, omit: ['UNWANTED'] });
    for (const [file, text] of Object.entries(scripts)) writeFileSync(`${tree}/.nox/${file}`, toBytes(text));
  }
  symlinkSync(`.nox/profiles/${name}/generations/${numbers.at(-1)}`, `${home}/${name}`);
}

/** What `env` makes of an environment. */
function evaluated(env: Env, name: string, options: { pin?: 'pin' | 'auto'; stack?: boolean } = {}): Env {
  const last = { dev: 4, other: 1, odd: 2 }[name] as number;
  const path = `${home}/${name}`;
  const tree = `${home}/.nox/profiles/${name}/generations/${last}`;
  const target = chooseGeneration({ home, name, path, tree, environment: env, pin: options.pin ?? 'auto', now: new Date() });
  const omit = new Set(namesIn(env['NOX_OMIT'] ?? ''));
  const spec = resolveSpec(specs[target.tree]!, target.root, omit);
  return { ...changed(env, activate(env, { profile: path, generation: target.generation, job: target.job, spec }, { stack: options.stack ?? false })) };
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'nox-ready-'));
  home = `${scratch}/it's a  home! $x`;
  mkdirSync(`${home}/.nox/pins`, { recursive: true });
  profile('dev', plain, [3, 4]);
  profile('other', more, [1]);
  profile('odd', odd, [2]);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const base: Env = { PATH: '/usr/bin:/bin', HOME: '/root', FOO: 'bar  *' };

/** Prior states, made by the definition; each is an environment in which a script is then sourced. */
const states: Record<string, () => Env> = {
  'nothing active': () => base,
  'the same active': () => evaluated(base, 'dev'),
  'another active': () => evaluated(base, 'other'),
  'odd active': () => evaluated(base, 'odd'),
  'a stack of two': () => evaluated(evaluated(base, 'odd'), 'dev', { stack: true }),
  'a stack of three': () => evaluated(evaluated(evaluated(base, 'other'), 'odd', { stack: true }), 'dev', { stack: true }),
  'pinned by hand': () => evaluated(base, 'dev', { pin: 'pin' }),
  'unset and empty': () => ({ HOME: '/', PATH: '/bin', MANPATH: '', LD_LIBRARY_PATH: '', XDG_DATA_DIRS: '', MODE: '' }),
  'empty elements of the user': () => ({ ...base, MANPATH: ':', LD_LIBRARY_PATH: '/a::/b:', PYTHONPATH: ':/x', INFOPATH: '/i:' }),
  'the same, own directories before and after': () => {
    const env = evaluated(base, 'dev');
    return { ...env, PATH: `/my own:${env['PATH']}:/end`, PYTHONPATH: `${env['PYTHONPATH']}:/tail`, MANPATH: `/m:${env['MANPATH']}` };
  },
  'another, own directories before and after': () => {
    const env = evaluated({ ...base, PYTHONPATH: '/opt/site:/py' }, 'other');
    return { ...env, PATH: `/my own:${env['PATH']}:/end`, PYTHONPATH: `${env['PYTHONPATH']}:/opt/site:/tail`, MANPATH: `/m:${env['MANPATH']}`, MODE: 'mine' };
  },
  'the same, elements taken away': () => ({ ...evaluated(base, 'dev'), PATH: '/usr/bin', MANPATH: `${home}/dev/share/man` }),
  'another, variables taken away': () => {
    const { PATH, HOME, NOX_DEPTH, NOX_PROFILE, ...rest } = evaluated(base, 'other');
    const records = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('NOX_')));
    return { ...records, PATH: PATH!, HOME: HOME!, NOX_DEPTH: NOX_DEPTH!, NOX_PROFILE: NOX_PROFILE! };
  },
  'glob characters in the elements': () => ({ ...evaluated({ ...base, PATH: '/*:/usr/bin:/[a]:/?' }, 'odd'), MODE: '' }),
  'a value with a newline': () => ({ ...base, PYTHONPATH: '/a\n/b:/c', MODE: 'x\n\n' }),
  'an older generation of the same': () => {
    const spec = resolveSpec({ ...plain, append: {} }, `${home}/dev`, new Set());
    return { ...changed(base, activate(base, { profile: `${home}/dev`, generation: null, job: null, spec }, { stack: false })) };
  },
  'NOX_OMIT': () => ({ ...base, NOX_OMIT: 'PATH,LD_LIBRARY_PATH:ODD TOOL_HOME' }),
  'NOX_PROFILE set by the user': () => ({ ...base, NOX_PROFILE: 'dev' }),
  'a state of nonsense': () => ({ ...base, NOX_DEPTH: '$(touch x)', NOX_1_VARS: '; touch x' }),
  'nonsense in the records': () => ({ ...evaluated(base, 'dev'), NOX_1_VARS: 'PATH:a;b:$(touch x):MANPATH', NOX_1_SET_GENERATION: 'x' }),
};

const source = (shell: Shell, name: string, verb: 'activate' | 'deactivate'): string => {
  const quoted = `'${`${home}/${name}/.nox/${verb}`.replaceAll("'", "'\\''")}`;
  if (shell.family === 'posix') return `. ${quoted}.sh'`;
  return shell.family === 'csh' ? `source ${quoted.replaceAll('!', '\\!')}.csh'` : `source ${quoted.replaceAll("'\\''", "\\'")}.fish'`;
};

/** fish replaces empty elements of PATH when it starts; tcsh sets PATH itself. No state has those. */
describe.each(SHELLS)('ready scripts in $name', (shell) => {
  const lines = (verb: 'activate' | 'deactivate', name: string): string[] => [shell.strict, source(shell, name, verb)];

  test.skipIf(isMissing(shell)).each(Object.keys(states))(`${shell.name}: activate and deactivate as defined, from: %s`, (state) => {
    const before = states[state]!();
    for (const name of ['dev', 'odd']) {
      const run = runShell(shell, lines('activate', name), { env: before });
      expect({ state, name, stderr: run.stderr, output: run.output, env: run.environment }).toEqual({ state, name, stderr: '', output: '', env: sorted(evaluated(before, name)) });
    }
    const undone = runShell(shell, lines('deactivate', 'dev'), { env: before });
    expect({ state, stderr: undone.stderr, env: undone.environment }).toEqual({ state, stderr: '', env: sorted({ ...changed(before, deactivate(before)) }) });
  });
});

const sorted = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'HOME' || true).sort(([a], [b]) => (a < b ? -1 : 1)));
void readFileSync;
