import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../../support/cli.js';

/** File below `src` to replacements in it; a text that is not there any longer fails the test. */
export type Patches = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** Replaces texts of source files as they are bundled. */
export function patching(patches: Patches): Plugin {
  return {
    name: 'patch',
    setup(builder) {
      builder.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        let contents = fs.readFileSync(file, 'utf8');
        for (const [from, to] of patches[path.relative(`${ROOT}/src`, file)] ?? []) {
          if (!contents.includes(from)) throw new Error(`${file} does not hold: ${from}`);
          contents = contents.replaceAll(from, to);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Builds the commands with bugs planted in them, below `into`, where they are called as `bin/nox-profile` and `bin/nox-store`. */
export async function buildPlanted(into: string, patches: Patches): Promise<string> {
  await build({
    entryPoints: [`${ROOT}/src/nox-store.ts`, `${ROOT}/src/nox-profile.ts`], outdir: `${into}/dist`, outExtension: { '.js': '.cjs' },
    bundle: true, format: 'cjs', platform: 'node', target: 'node20', external: ['typescript', 'ts-node', 'tsx'], plugins: [patching(patches)], logLevel: 'warning',
  });
  fs.writeFileSync(`${into}/dist/node`, `${process.execPath}\n`);
  fs.cpSync(`${ROOT}/bin`, `${into}/bin`, { recursive: true });
  return into;
}
