import type { EnvSpec } from '../../env/spec.js';
import { wrappedProgram } from '../../layout.js';

/** The program that a wrapper runs. */
export interface Wrapped {
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
 * followed, and so works in every generation, and wherever the profile is moved or copied to: where the package is not found,
 * it runs what lies in its stead in the profile (`wrappedProgram`). The program gets its own path as argument 0, since `exec`
 * of a POSIX shell can give no other.
 */
export function wrapperScript({ path, pkg, program, env }: Wrapped): string {
  const up = path.split('/').slice(1).map(() => '/..').join('');
  return `#!/bin/sh
# Made by nox: sets variables and runs ${JSON.stringify(program.replaceAll(/[^ -~]/g, '?'))}.
_nox_self=$0
case $_nox_self in
  */*) ;;
  *) _nox_self=$(command -v -- "$_nox_self") ;;
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
_nox_root=$(cd -P "\${_nox_self%/*}/.${up}" && pwd -P; echo x)
_nox_root=\${_nox_root%
x}
${assignments(env, pkg)}_nox_program=${quote(program)}
[ -e "$_nox_program" ] || _nox_program=$_nox_root/${quote(wrappedProgram('', path).slice(1))}
exec "$_nox_program" "$@"
`;
}

function assignments({ set, prepend, append }: EnvSpec, pkg: string): string {
  const line = (name: string, value: string): string => `${name}=${value}\nexport ${name}\n`;
  const list = (elements: readonly string[]): string => elements.map((element) => expand(element, pkg)).join(':');
  return [
    ...Object.entries(set).map(([name, text]) => line(name, expand(text, pkg))),
    ...Object.entries(prepend).map(([name, elements]) => line(name, `${list(elements)}"\${${name}:+:$${name}}"`)),
    ...Object.entries(append).map(([name, elements]) => line(name, `"\${${name}:+$${name}:}"${list(elements)}`)),
  ].join('');
}

/** A text with `${profile}` and `${package}` as a word of the script. */
function expand(text: string, pkg: string): string {
  const parts = text.split(/(\$\{(?:profile|package)\})/);
  return parts.filter((part) => part !== '').map((part) => (part === '${profile}' ? '"$_nox_root"' : quote(part === '${package}' ? pkg : part))).join('');
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
