// Bundles both command trees into dist/: for each one program, a loader, and the code that V8 compiled from it. See docs/performance.md.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
      // Node loads its whole `perf_hooks` for `performance`, which takes as long as a small command's own work; this clock is there already.
      define: { 'performance.now': 'clock' },
      banner: { js: '(function (exports, require, module, __filename, __dirname) { function clock() { const [s, ns] = process.hrtime(); return s * 1e3 + ns / 1e6; }' },
      footer: { js: '})' },
      logLevel: 'warning',
    });
    // Text of one byte a character loads faster; esbuild leaves other characters in regular expressions only.
    const text = (await readFile(program, 'utf8')).replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    await writeFile(program, text);
    await writeFile(`${into}/${tree}.cjs`, loaderOf(tree));
    await compile(into, tree, node);
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

/** Commands after which V8 has compiled what people wait for most, in a home with a profile of two packages. */
const TYPICAL = {
  'nox-store': [['list', '--json'], ['list'], ['list'], ['show', 'tool'], ['search', 'tool'], ['--help']],
  'nox-profile': [['list', '--json'], ['list'], ['list', '-p', 'dev'], ['status', '-p', 'dev'], ['history', '-p', 'dev'], ['env', 'dev', '--shell', 'sh'], ['--help']],
};

/** Keeps what V8 has compiled by the end of some small commands: the same bytes each time, where nothing runs beside. */
async function compile(into, tree, node) {
  const home = await mkdtemp(join(tmpdir(), 'nox-build-'));
  const env = { HOME: home, NOX_STORE_PATH: `${home}/store` };
  for (let number = 0; number < 9; number += 1) {
    await mkdir(`${home}/store/tool${number}-1.0/bin`, { recursive: true });
    await writeFile(`${home}/store/tool${number}-1.0/nox-package.yaml`, `name: ${number === 0 ? 'tool' : `tool${number}`}\nversion: "1.0"\ndescription: one of some\ndepends: []\n`);
  }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  if (tree === 'nox-profile') for (const words of [['new', 'dev'], ['-p', 'dev', 'add', 'tool', 'tool1']]) execFileSync(node, [`${into}/${tree}.cjs`, ...words], quiet);
  const loader = (await readFile(`${into}/${tree}.cjs`, 'utf8')).replaceAll('__dirname', JSON.stringify(resolve(into)));
  await writeFile(`${home}/compile.cjs`, `${loader.replace(/.*\n$/, '')}
// As if it were later, and no call slow: neither how fast this machine is nor what it waits for may decide what is compiled.
const now = Date.now() + 3_600_000;
Date.now = () => now;
process.hrtime = () => [0, 0];
(async () => {
  for (const words of ${JSON.stringify(TYPICAL[tree])}) {
    process.argv.splice(2, Infinity, ...words);
    const module = { exports: {} };
    script.runInThisContext()(module.exports, require, module, program, '');
    await module.exports.ended;
  }
  require('node:fs').writeFileSync(${JSON.stringify(`${home}/code`)}, script.createCachedData());
})();
`);
  execFileSync(node, ['--predictable', `${home}/compile.cjs`], quiet);
  await writeFile(`${into}/${tree}.js.code`, await readFile(`${home}/code`));
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
