import type { EnvSpec } from '../../env/spec.js';
import { DEFAULTS, KEEPS_SYSTEM } from '../../env/transition.js';
import { wrappedProgram } from '../../layout.js';
import { singleQuoted } from '../../shell-word.js';
import { parentOf } from './tree.js';

/** The program that a wrapper runs. */
interface Wrapped {
  /** Path of the wrapper in the profile. */
  readonly path: string;
  /** Absolute path of the package. */
  readonly pkg: string;
  /** Absolute path of the package's own program. */
  readonly program: string;
  readonly env: EnvSpec;
}

/**
 * A script for any POSIX shell that sets the variables and becomes the program. It finds the profile by its own place, links
 * followed, and so works in every generation, and wherever the profile is moved or copied to: where the package is not found, and in a pack always,
 * it runs what lies in its stead in the profile (`wrappedProgram`), in a pack a link that tells where the package is now. The program gets its own path as argument 0, since `exec`
 * of a POSIX shell can give no other. A name without a directory is looked for where the caller is before `PATH`, as a shell does that is told
 * to read a script, and the kernel where an element of `PATH` is empty.
 */
export function wrapperScript({ path, pkg, program, env }: Wrapped): string {
  const wrapped = wrappedProgram('', path).slice(1);
  const own = program.slice(pkg.length + 1);
  return `#!/bin/sh
# Made by nox: sets variables and runs ${JSON.stringify(program.replaceAll(/[^ -~]/g, '?'))}.
_nox_self=$0
case $_nox_self in
  */*) ;;
  *) if [ -f "./$_nox_self" ]; then _nox_self=./$_nox_self; else _nox_self=$(command -v -- "$_nox_self"); fi ;;
esac
while [ -L "$_nox_self" ]; do
  case $_nox_self in /*) ;; *) _nox_self=./$_nox_self ;; esac
  _nox_text=$(readlink "$_nox_self"; echo x)
  _nox_text=\${_nox_text%
x}
  case $_nox_text in
    /*) _nox_self=$_nox_text ;;
    *) _nox_self=\${_nox_self%/*}/$_nox_text ;;
  esac
done
case $_nox_self in /*) ;; *) _nox_self=./$_nox_self ;; esac
_nox_root=$(cd -P "\${_nox_self%/*}/.${upFrom(path)}" && pwd -P; echo x)
_nox_root=\${_nox_root%
x}
_nox_package=${singleQuoted(pkg)}
_nox_program=${singleQuoted(program)}
if [ -e "$_nox_root/.nox/pack.json" ] || [ ! -e "$_nox_program" ]; then
  _nox_program=$_nox_root/${singleQuoted(wrapped)}
  if [ -L "$_nox_program" ] && [ -e "$_nox_program" ]; then
    _nox_text=$(readlink "$_nox_program"; echo x)
    _nox_text=\${_nox_text%
x}
    _nox_package=$(cd -P "$_nox_root/"${singleQuoted(parentOf(wrapped))}"/\${_nox_text%/*}/.${upFrom(own)}" && pwd -P; echo x)
    _nox_package=\${_nox_package%
x}
    _nox_program=$_nox_package/${singleQuoted(own)}
  fi
fi
${assignments(env)}exec "$_nox_program" "$@"
`;
}

/** What leads from the directory of a relative path up to where that begins. */
const upFrom = (path: string): string => path.split('/').slice(1).map(() => '/..').join('');

function assignments({ set, prepend, append }: EnvSpec): string {
  const lists = [...new Set([...Object.keys(prepend), ...Object.keys(append)])];
  return [
    ...Object.entries(set).map(([name, text]) => `${name}=${expand(text)}\nexport ${name}\n`),
    ...lists.map((name) => extension(name, (prepend[name] ?? []).map(expand).join(':'), (append[name] ?? []).map(expand).join(':'))),
  ].join('');
}

/**
 * Lines that put elements around those of a path variable, as `env` does; what stands first or last already, because the program called itself or
 * another of the kind, is not put there again.
 */
function extension(name: string, before: string, after: string): string {
  const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(':');
  const end = KEEPS_SYSTEM.has(name) ? ':' : '';
  const around = (text: string, kept: string, value: string): string => (text === '' ? '' : `  case $${name} in ${kept}) ;; *) ${name}=${value} ;; esac\n`);
  return `if [ -z "\${${name}-}" ]; then
  ${name}=${joined(before, DEFAULTS[name] ?? '', after)}${end}
else
${around(before, `${before}|${before}:*`, `${before}:$${name}`)}${around(after, `${after}|*:${after}${end === '' ? '' : `|*:${after}:`}`, `$${name}:${after}`)}fi
export ${name}
`;
}

/** A text with `${profile}` and `${package}` as a word of the script. */
function expand(text: string): string {
  const parts = text.split(/(\$\{(?:profile|package)\})/);
  return parts.filter((part) => part !== '').map((part) => (part === '${profile}' ? '"$_nox_root"' : part === '${package}' ? '"$_nox_package"' : singleQuoted(part))).join('');
}

