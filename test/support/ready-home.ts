import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseGeneration } from '../../src/env/io/choose-generation.js';
import { namesIn, resolveSpec } from '../../src/env/resolve-spec.js';
import { readyScripts } from '../../src/env/scripts.js';
import type { EnvSpec } from '../../src/env/spec.js';
import { activate, changed } from '../../src/env/transition.js';
import { toBytes } from '../../src/fs/bytes.js';
import type { Shell } from './shells.js';

export type Env = Record<string, string>;

interface EvaluateOptions {
  readonly pin?: 'pin' | 'no-pin' | 'auto';
  readonly stack?: boolean;
}

/** Profiles that consist of nothing but generations with ready scripts, and what `env` makes of them. */
interface ReadyHome {
  readonly home: string;
  profile(name: string, spec: EnvSpec, numbers: readonly number[]): void;
  /** The environment after `env NAME` by definition. */
  evaluated(env: Env, name: string, options?: EvaluateOptions): Env;
  /** The command that sources a ready script. */
  source(shell: Shell, name: string, verb: 'activate' | 'deactivate'): string;
  remove(): void;
}

/** A profile home in a directory of that name. Each generation also sets GENERATION to its number. */
export function readyHome(directory: string): ReadyHome {
  const scratch = mkdtempSync(join(tmpdir(), 'nox-ready-'));
  const home = `${scratch}/${directory}`;
  const specs = new Map<string, EnvSpec>();
  const current = new Map<string, string>();
  mkdirSync(toBytes(`${home}/.nox/pins`), { recursive: true });
  return {
    home,
    profile(name, spec, numbers) {
      for (const number of numbers) {
        const tree = `${home}/.nox/profiles/${name}/generations/${number}`;
        const own: EnvSpec = { ...spec, set: { ...spec.set, GENERATION: String(number) } };
        mkdirSync(toBytes(`${tree}/.nox`), { recursive: true });
        specs.set(tree, own);
        current.set(name, tree);
        const scripts = readyScripts({ name, home, path: `${home}/${name}`, generation: number, sequence: 0, generationPath: tree, spec: own, omit: ['UNWANTED'] });
        for (const [file, text] of Object.entries(scripts)) writeFileSync(toBytes(`${tree}/.nox/${file}`), toBytes(text));
      }
      rmSync(toBytes(`${home}/${name}`), { force: true });
      symlinkSync(`.nox/profiles/${name}/generations/${numbers.at(-1)}`, toBytes(`${home}/${name}`));
    },
    evaluated(env, name, { pin = 'auto', stack = false } = {}) {
      const path = `${home}/${name}`;
      const target = chooseGeneration({ home, name, path, tree: current.get(name)!, environment: env, pin, now: new Date() });
      const spec = resolveSpec(specs.get(target.tree)!, target.root, new Set([...namesIn(env['NOX_OMIT'] ?? ''), 'UNWANTED']));
      return { ...changed(env, activate(env, { profile: path, generation: target.generation, job: target.job, spec }, { stack })) };
    },
    source(shell, name, verb) {
      const path = `${home}/${name}/.nox/${verb}`;
      if (shell.family === 'fish') return `source '${path.replaceAll(/['\\]/g, '\\$&')}.fish'`;
      const quoted = `'${path.replaceAll("'", "'\\''")}`;
      return shell.family === 'posix' ? `. ${quoted}.sh'` : `source ${quoted.replaceAll('!', '\\!')}.csh'`;
    },
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
