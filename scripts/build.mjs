// Bundles both command trees into dist/: for each one program, a loader, and the code that V8 compiled from it. See docs/performance.md.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { deferred } from './deferred.mjs';

export const TREES = ['nox-store', 'nox-profile'];

/** Makes loader, program and compiled code of both trees in a directory, for the Node given. */
export async function bundle(into, node) {
  for (const tree of TREES) {
    const program = `${into}/${tree}.js`;
    await build({
      entryPoints: [`src/${tree}.ts`],
      outfile: program,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minify: true,
      external: ['typescript', 'ts-node', 'tsx'],
      plugins: [deferred],
      legalComments: 'linked',
      banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
      footer: { js: '})' },
      logLevel: 'warning',
    });
    // Text of one byte a character loads faster; esbuild leaves other characters in regular expressions only.
    const text = (await readFile(program, 'utf8')).replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    await writeFile(program, text);
    await writeFile(`${into}/${tree}.cjs`, loaderOf(tree));
    await compile(`${into}/${tree}`, node);
  }
}

/**
 * What Node starts. V8 refuses compiled code of another version or other settings, and compiles anew. The program has a name without a
 * directory, since compiled code holds it.
 */
const loaderOf = (tree) => `'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const program = __dirname + '/${tree}.js';
let cachedData;
try {
  cachedData = readFileSync(program + '.code');
} catch {}
const script = new Script(readFileSync(program, 'latin1'), { filename: '${tree}.js', cachedData });
script.runInThisContext()(exports, require, module, program, __dirname);
`;

/** Keeps what V8 has compiled by the end of a small command: the same bytes each time, where nothing runs beside. */
async function compile(program, node) {
  const home = await mkdtemp(join(tmpdir(), 'nox-build-'));
  const loader = (await readFile(`${program}.cjs`, 'utf8')).replaceAll('__dirname', JSON.stringify(resolve(program, '..')));
  await writeFile(`${home}/compile.cjs`, `${loader}process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(`${home}/code`)}, script.createCachedData()));\n`);
  execFileSync(node, ['--predictable', `${home}/compile.cjs`, 'list', '--json'], { env: { HOME: home, NOX_STORE_PATH: home }, stdio: ['ignore', 'ignore', 'inherit'] });
  await writeFile(`${program}.js.code`, await readFile(`${home}/code`));
  await rm(home, { recursive: true });
}

if (import.meta.filename === process.argv[1]) {
  // Built beside and put in place at the end, so that commands that run meanwhile find a whole dist/.
  const made = `dist.${process.pid}`;
  await bundle(made, process.execPath);
  // The launchers prefer this Node to one that a profile puts into PATH.
  await writeFile(`${made}/node`, `${process.execPath}\n`);
  await rm('dist', { recursive: true, force: true });
  await rename(made, 'dist');
}
