// Bundles both command trees into dist/: one entry each, commands in chunks that load when they are called.
import { rename, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// Built beside and put in place at the end, so that commands that run meanwhile find a whole dist/.
const made = `dist.${process.pid}`;
await build({
  entryPoints: ['src/nox-store.ts', 'src/nox-profile.ts'],
  outdir: made,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  keepNames: true,
  external: ['typescript', 'ts-node', 'tsx'],
  legalComments: 'linked',
  // Bundled CommonJS modules look for `require`, `__dirname` and `__filename`.
  banner: {
    js: "import{createRequire as _cr}from'node:module';import{fileURLToPath as _fp}from'node:url';import{dirname as _dn}from'node:path';const require=_cr(import.meta.url),__filename=_fp(import.meta.url),__dirname=_dn(__filename);",
  },
  logLevel: 'warning',
});
// The launchers prefer this Node to one that a profile puts into PATH.
await writeFile(`${made}/node`, `${process.execPath}\n`);
await rm('dist', { recursive: true, force: true });
await rename(made, 'dist');
