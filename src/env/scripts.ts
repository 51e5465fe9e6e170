import { activateCsh, deactivateCsh } from './ready/csh.js';
import type { ReadyInput } from './ready/data.js';
import { activateFish, deactivateFish } from './ready/fish.js';
import { ordinaryCase } from './ready/launcher.js';
import { activatePosix, deactivatePosix } from './ready/posix.js';

/** The files that a generation holds for shells to source, below its `.nox`. */
type ReadyScript = 'activate.sh' | 'activate.csh' | 'activate.fish' | 'deactivate.sh' | 'deactivate.csh' | 'deactivate.fish';

/**
 * The ready scripts of a generation: file name to text (in nox's own form of bytes: write it through `toBytes`). Each
 * does what transition.ts defines, in its shell's own words, for the shell that sources it. `env.sh` is there when the launcher can
 * answer without Node.
 */
export function readyScripts(input: ReadyInput): Readonly<Record<ReadyScript, string>> & { readonly 'env.sh'?: string } {
  const ordinary = ordinaryCase(input);
  return {
    ...(ordinary === null ? {} : { 'env.sh': ordinary }),
    'activate.sh': activatePosix(input),
    'activate.csh': activateCsh(input),
    'activate.fish': activateFish(input),
    'deactivate.sh': deactivatePosix(),
    'deactivate.csh': deactivateCsh(),
    'deactivate.fish': deactivateFish(),
  };
}
