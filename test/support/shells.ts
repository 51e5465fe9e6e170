import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBytes, toBytes } from '../../src/fs/bytes.js';

/** A shell as the tests run it: how it is called, and its family. */
export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  readonly family: 'posix' | 'csh' | 'fish';
  /** Options under which everything must work too, as a first line. */
  readonly strict: string;
  /** The same and more, for what is sourced: an odd IFS splits the words of `$(…)` before any of ours are read. */
  readonly strictest: string;
}

const IFS = 'IFS=":/ _ox"';
const ALIASES = 'alias export=false unset=false eval=false ln=false mkdir=false echo=false command=false';

const posix = (name: string, command: readonly string[] = [name], strict = 'set -euCf'): Shell =>
  ({ name, command, family: 'posix', strict, strictest: [strict, IFS, ...(name === 'dash' || name === 'mksh' ? [ALIASES] : [])].join('; ') });

export const SHELLS: readonly Shell[] = [
  posix('dash'),
  posix('bash', ['bash', '--norc']),
  posix('zsh', ['zsh', '-f'], 'setopt err_exit no_unset no_clobber no_glob ksh_arrays sh_word_split glob_subst extended_glob null_glob warn_create_global'),
  posix('zsh as sh', ['zsh', '--emulate', 'sh', '-f']),
  posix('ksh93'),
  posix('mksh'),
  posix('busybox', ['busybox', 'sh']),
  posix('yash', ['yash', '-o', 'posixly-correct']),
  { name: 'tcsh', command: ['tcsh', '-f'], family: 'csh', strict: 'set noglob; set noclobber', strictest: 'set noglob; set noclobber' },
  { name: 'fish', command: ['fish', '--no-config'], family: 'fish', strict: '', strictest: '' },
];

/** The csh of BSD, which is `csh` where tcsh is not: only the words of `env` are for it, too. It begins by closing as many files as it may open, and Node lets its children open all that can be allowed. */
export const BSD_CSH: Shell = { name: 'bsd-csh', command: ['prlimit', '--nofile=256', 'bsd-csh', '-f'], family: 'csh', strict: 'set noglob; set noclobber', strictest: 'set noglob; set noclobber' };

/** Whether this machine lacks the shell. Its home is no directory, or fish would make one. */
export function isMissing(shell: Shell): boolean {
  return spawnSync(shell.command[0] as string, [...shell.command.slice(1), '-c', 'exit 0'], { stdio: 'ignore', env: { ...process.env, HOME: '/dev/null' } }).status !== 0;
}

/** Variables that shells set of themselves. */
const OWN = /^(?:_|PWD|OLDPWD|SHLVL|HOST|HOSTTYPE|VENDOR|OSTYPE|MACHTYPE|GROUP|LOGNAME|USER|A__z|NLSPATH|_AST_FEATURES|COLUMNS|LINES|IFS|PS[124]|OPTIND|PPID|TERM|fish_.*)$/;

/** The environment in the output of `env -0`, without what shells set of themselves. */
function environmentOf(output: Buffer): Record<string, string> {
  const pairs = fromBytes(output).split('\0').filter((entry) => entry.includes('='));
  const all = pairs.map((entry): [string, string] => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
  return sorted(Object.fromEntries(all));
}

const SCRATCH = mkdtempSync(join(tmpdir(), 'nox-shells-'));
process.on('exit', () => rmSync(SCRATCH, { recursive: true, force: true }));

const paths = new Map<string, string>();
function pathOf({ command: [program = ''] }: Shell): string {
  const path = paths.get(program) ?? execFileSync('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], { encoding: 'utf8' }).trim();
  paths.set(program, path);
  return path;
}

/** The same variables sorted by name, without what shells set of themselves. */
export function sorted(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN.test(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface ShellRun {
  readonly environment: Record<string, string>;
  readonly output: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs lines in a shell with exactly this environment; what they print before the final `env -0` is `output`. */
export function runShell(shell: Shell, lines: readonly string[], options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string }): ShellRun {
  const mark = 'x-mark-x';
  const script = [...lines, `/bin/echo ${mark}`, '/usr/bin/env -0'].join('\n');
  const file = join(SCRATCH, `script-${process.pid}`);
  writeFileSync(file, toBytes(`${script}\n`));
  const done = spawnSync(pathOf(shell), [...shell.command.slice(1), file], {
    env: { ...options.env },
    cwd: options.cwd ?? '/',
    maxBuffer: 64 << 20,
    timeout: 20_000,
  });
  const at = done.stdout.indexOf(`${mark}\n`);
  return {
    environment: environmentOf(at < 0 ? Buffer.alloc(0) : done.stdout.subarray(at + mark.length + 1)),
    output: fromBytes(at < 0 ? done.stdout : done.stdout.subarray(0, at)),
    stderr: fromBytes(done.stderr),
    status: done.status,
  };
}
