import { encodeCsh, encodeTcsh } from './encode/csh.js';
import { encodeFish } from './encode/fish.js';
import { encodePosix } from './encode/posix.js';
import type { Change } from './transition.js';

/** Shells that take the same words; `csh` may be that of BSD or tcsh. */
export type ShellFamily = 'posix' | 'csh' | 'tcsh' | 'fish';

const FAMILIES: Readonly<Record<string, ShellFamily>> = {
  sh: 'posix', ash: 'posix', dash: 'posix', bash: 'posix', rbash: 'posix', zsh: 'posix', ksh: 'posix', ksh93: 'posix', mksh: 'posix', lksh: 'posix', pdksh: 'posix',
  yash: 'posix', busybox: 'posix', csh: 'csh', 'bsd-csh': 'csh', tcsh: 'tcsh', fish: 'fish',
};

/** What `--shell` takes; the launcher takes the same. */
export const SHELL_NAMES: readonly string[] = Object.keys(FAMILIES);

/** The family of a shell's name, `null` for anything else. */
export function familyOf(name: string): ShellFamily | null {
  const plain = name.replace(/^-/, '');
  return Object.hasOwn(FAMILIES, plain) ? (FAMILIES[plain] as ShellFamily) : null;
}

/** What makes these changes in a shell, as one line; empty when there are none. @throws `csh-newline`. */
export function encode(changes: readonly Change[], family: ShellFamily): string {
  return { posix: encodePosix, csh: encodeCsh, tcsh: encodeTcsh, fish: encodeFish }[family](changes);
}

/** What makes `eval` fail, in every shell: eval of nothing succeeds. */
export const FAILURE = 'false;';
