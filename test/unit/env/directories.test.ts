import { describe, expect, test } from 'vitest';
import { farmEnv, mergePackageEnv, searchPaths } from '../../../src/env/directories.js';
import type { EnvSpec, FarmView } from '../../../src/env/spec.js';
import { isNoxError } from '../../../src/errors.js';

/** A view of directories; those in `libraries` hold a shared library. */
function view(directories: readonly string[], libraries: readonly string[] = []): FarmView {
  const all = new Set(directories.flatMap((path) => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))));
  return {
    hasDirectory: (path) => all.has(path),
    subdirectories: (path, isMeant) => [...all].filter((name) => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes('/')).map((name) => name.slice(path.length + 1)).filter(isMeant),
    hasSharedLibrary: (path) => libraries.includes(path),
  };
}

const empty: EnvSpec = { set: {}, prepend: {}, append: {} };

describe('the environment of a farm', () => {
  test('an empty profile has none', () => {
    expect(farmEnv(view([]))).toEqual(empty);
  });

  test('every path variable, for directories that exist', () => {
    const directories = [
      'bin', 'sbin', 'man', 'share/man', 'share/info', 'lib/pkgconfig', 'lib64', 'lib/x86_64-linux-gnu/pkgconfig', 'share/pkgconfig', 'share/aclocal',
      'lib/python3.9/site-packages', 'lib/python3.11/site-packages', 'lib/python3/dist-packages', 'lib/perl5', 'lib/x86_64-linux-gnu/perl5/5.36', 'lib/x86_64-linux-gnu/perl5/.x',
    ];
    expect(farmEnv(view(directories, ['lib', 'lib/x86_64-linux-gnu', 'bin']))).toEqual({
      set: {}, append: {},
      prepend: {
        PATH: ['${profile}/bin', '${profile}/sbin'],
        MANPATH: ['${profile}/share/man', '${profile}/man'],
        INFOPATH: ['${profile}/share/info'],
        PKG_CONFIG_PATH: ['${profile}/lib/pkgconfig', '${profile}/lib/x86_64-linux-gnu/pkgconfig', '${profile}/share/pkgconfig'],
        ACLOCAL_PATH: ['${profile}/share/aclocal'],
        XDG_DATA_DIRS: ['${profile}/share'],
        PYTHONPATH: ['${profile}/lib/python3.11/site-packages', '${profile}/lib/python3.9/site-packages', '${profile}/lib/python3/dist-packages'],
        PERL5LIB: ['${profile}/lib/perl5', '${profile}/lib/x86_64-linux-gnu/perl5/5.36'],
        LD_LIBRARY_PATH: ['${profile}/lib', '${profile}/lib/x86_64-linux-gnu'],
        CMAKE_PREFIX_PATH: ['${profile}'],
      },
    });
  });

  test('libraries below a directory do not put it on LD_LIBRARY_PATH', () => {
    expect(farmEnv(view(['lib/plugins'], ['lib/plugins'])).prepend).not.toHaveProperty('LD_LIBRARY_PATH');
  });

  test('the directories that search paths name', () => {
    const names = (path: string): boolean => searchPaths().has(...split(path));
    for (const path of ['bin', 'share', 'share/man', 'lib', 'lib/aarch64-linux-gnu', 'lib/python3.12/site-packages', 'lib/x86_64-linux-gnu/perl5/5.36', 'lib/arm-linux-gnueabihf/pkgconfig']) {
      expect([path, names(path)]).toEqual([path, true]);
    }
    for (const path of ['share/doc', 'lib/python3.12', 'lib/root', 'share/man/man1', 'include/boost', 'share/man/man1/x', '']) expect([path, names(path)]).toEqual([path, false]);
  });
});

/** The directory and the name of a path. */
const split = (path: string): [string, string] => [path.slice(0, Math.max(0, path.lastIndexOf('/'))), path.slice(path.lastIndexOf('/') + 1)];

const merged = (farm: EnvSpec, ...envs: ReadonlyArray<Partial<EnvSpec>>): EnvSpec =>
  mergePackageEnv(farm, envs.map((env, at) => ({ id: `p${at + 1}`, path: `/store/p${at + 1}`, env: { ...empty, ...env } })));

function refusal(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (isNoxError(error, 'env-conflict') || isNoxError(error, 'invalid-env')) return [error.code, error.message, error.exitCode];
    throw error;
  }
  return null;
}

describe('the environment of packages', () => {
  const farm: EnvSpec = { ...empty, prepend: { PATH: ['${profile}/bin'], LIBS: ['${profile}/lib'] } };

  test('comes before that of the farm, ${package} resolved and ${profile} kept', () => {
    expect(merged(farm, { prepend: { PATH: ['${package}/libexec:${profile}/x'] }, set: { P1: '${package}:${profile}' } }, { prepend: { PATH: ['/y', '', '${profile}/bin'] }, append: { TAIL: ['/t'] } })).toEqual({
      set: { P1: '/store/p1:${profile}' },
      prepend: { LIBS: ['${profile}/lib'], PATH: ['/store/p1/libexec', '${profile}/x', '/y', '${profile}/bin'] },
      append: { TAIL: ['/t'] },
    });
  });

  test('a variable set as a whole takes its elements in', () => {
    expect(merged(farm, { set: { LIBS: '/only' } }, { append: { LIBS: ['/end'] } })).toEqual({ set: { LIBS: '${profile}/lib:/only:/end' }, prepend: { PATH: ['${profile}/bin'] }, append: {} });
  });

  test('two that set one variable to the same value agree', () => {
    expect(merged(empty, { set: { MODE: 'x' } }, { set: { MODE: 'x' } }).set).toEqual({ MODE: 'x' });
  });

  test('two that set one variable differently are refused, all at once', () => {
    expect(refusal(() => merged(empty, { set: { MODE: 'x', ROOT: '${package}' } }, { set: { MODE: 'y', ROOT: '${package}' } }))).toEqual([
      'env-conflict', expect.stringContaining('MODE: "x" by "p1", "y" by "p2"\n  ROOT: "/store/p1" by "p1", "/store/p2" by "p2"'), 4,
    ]);
  });

  test.each(['IFS', 'HOME', 'PS1', 'PROMPT_COMMAND', 'ENV', 'BASH_ENV', 'NOX_PROFILE', 'path', '_nox_x', 'ZDOTDIR', 'TERM', 'TMOUT', 'ARGC', 'status_generation', 'EXECIGNORE', 'GLOBIGNORE', 'histchars', 'precmd_functions', 'SLURM_JOB_ID'])('%s is refused', (name) => {
    expect(refusal(() => merged(empty, { set: { [name]: 'x' } }))).toEqual(['invalid-env', `"p1" may not declare the variable "${name}": it belongs to the shell, the session or nox`, 6]);
  });

  test.each<[Partial<EnvSpec>, string, string]>([
    [{ set: { PATH: '/x' } }, 'PATH', 'it may be prepended or appended to, and not set'],
    [{ set: { CMAKE_PREFIX_PATH: '${package}' } }, 'CMAKE_PREFIX_PATH', 'it may be prepended or appended to, and not set'],
    [{ prepend: { PATH: ['${package}/bin:bin'] } }, 'PATH', '"bin" is not an absolute path; "${package}/bin", perhaps'],
    [{ append: { LD_LIBRARY_PATH: ['${profilex}'] } }, 'LD_LIBRARY_PATH', '"${profilex}" is not an absolute path; "${package}/${profilex}", perhaps'],
  ])('what the shell searches is neither replaced nor relative: %j', (env, variable, problem) => {
    expect(refusal(() => merged(empty, env))).toEqual(['invalid-env', `"p1" may not declare the variable "${variable}": ${problem}`, 6]);
  });

  test.each(['', '1A', 'A-B', 'A B', 'A=B', 'A;touch x', 'É', '__proto__ '])('%j is no name', (name) => {
    expect(refusal(() => merged(empty, { prepend: { [name]: ['x'] } }))).toMatchObject(['invalid-env', expect.stringContaining('it is not a name that every shell takes'), 6]);
  });

  test('NUL is refused', () => {
    expect(refusal(() => merged(empty, { append: { A: ['x\0y'] } }))).toEqual(['invalid-env', '"p1" may not declare the variable "A": its value holds a NUL byte', 6]);
  });

  test('__proto__ is refused', () => {
    expect(refusal(() => merged(empty, { set: JSON.parse('{"__proto__":"x"}') as Record<string, string> }))).toMatchObject(['invalid-env', expect.anything(), 6]);
  });
});
