// Bundles both command trees into dist/: for each a loader, its programs, and the code that V8 compiled from them. See docs/performance.md.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { deferred, LIBRARIES, withoutHelp } from './deferred.mjs';

export const TREES = ['nox-store', 'nox-profile'];

/**
 * The programs of each tree. What people wait for most has one of its own, which lacks what only other commands need and so loads faster.
 * `typical`: commands after which V8 has compiled what the program is called for, in a home with a profile of two packages.
 */
const PROGRAMS = {
  'nox-store': {
    'nox-store.quick': { commands: ['list', 'show', 'search'], typical: [['list', '--json'], ['list'], ['list'], ['show', 'tool'], ['search', 'tool']] },
    'nox-store': { typical: [['init'], ['list']] },
  },
  'nox-profile': {
    'nox-profile.quick': { commands: ['list', 'status', 'history', 'env'], typical: [['list', '--json'], ['list'], ['list', '-p', 'dev'], ['status', '-p', 'dev'], ['history', '-p', 'dev'], ['env', 'dev', '--shell', 'sh'], ['env', 'dev', '--shell', 'fish']] },
    'nox-profile': { typical: [['-p', 'dev', 'add', 'tool2', 'tool3'], ['new', 'other', '--layout', 'folded'], ['-p', 'other', 'add', 'tool', 'tool2']] },
  },
};

/** Makes loaders, programs, libraries and their compiled code in a directory, for the Node given. */
export async function bundle(into, node) {
  for (const [library, names] of Object.entries(LIBRARIES)) await bundleProgram({ stdin: { contents: `export { ${names.join(', ')} } from '${library}';`, resolveDir: process.cwd() }, outfile: `${into}/${library}.js` });
  for (const tree of TREES) {
    for (const [program, { commands }] of Object.entries(PROGRAMS[tree])) {
      await bundleProgram({ entryPoints: [`src/${tree}.ts`], outfile: `${into}/${program}.js`, plugins: [...(commands === undefined ? [] : [withoutHelp, onlyCommands(commands)]), deferred] });
    }
    await writeFile(`${into}/${tree}.cjs`, loaderOf(tree));
    for (const [program, { typical }] of Object.entries(PROGRAMS[tree])) await compile({ into, tree, program, typical, wanted: program, node });
  }
  await compile({ into, tree: 'nox-profile', program: 'nox-profile.quick', typical: [['list']], wanted: 'yaml', configuration: '# one\nlayout: folded\nstores:\n  - /sw/store\n', node });
}

async function bundleProgram({ outfile, ...what }) {
  await build({
    ...what,
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    external: ['typescript', 'ts-node', 'tsx'],
    legalComments: 'linked',
    // Node loads its whole `perf_hooks` for `performance`, which takes as long as a small command's own work; this clock is there already.
    define: { 'performance.now': 'clock' },
    banner: { js: '(function (exports, require, module, __filename, __dirname) { function clock() { const [s, ns] = process.hrtime(); return s * 1e3 + ns / 1e6; }' },
    footer: { js: '})' },
    logLevel: 'warning',
  });
  // Text of one byte a character loads faster; esbuild leaves other characters in regular expressions only.
  const text = (await readFile(outfile, 'utf8')).replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  await writeFile(outfile, text);
}

/** An esbuild plugin: of the modules of commands only these are there. The loader calls the program for no other, and not for their help. */
const onlyCommands = (commands) => ({
  name: 'only-commands',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/commands\/[^/]+\/[^/]+\.ts$/ }, ({ path }) => (commands.includes(basename(path, '.ts')) ? null : { contents: 'export {};' }));
  },
});

/**
 * A function that runs a program, or a library when one is asked for. V8 refuses compiled code of another version or other settings, and compiles anew.
 * Programs have names without a directory, since compiled code holds them.
 */
const LOAD = `const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const libraries = { ${Object.keys(LIBRARIES).map((library) => `${library}: null`).join(', ')} };
const scripts = {};
const take = (id) => (id in libraries ? (libraries[id] ??= load(id + '.js')) : require(id));
function load(name) {
  const path = place + '/' + name;
  const module = { exports: {} };
  (scripts[name] ??= scriptOf(name, path)).runInThisContext()(module.exports, take, module, path, place);
  return module.exports;
}
function scriptOf(filename, path) {
  let cachedData;
  try {
    cachedData = readFileSync(path + '.code');
  } catch {}
  return new Script(readFileSync(path, 'latin1'), { filename, cachedData });
}
`;

/** What Node starts. At the end the process is not left to run out: Node would take its whole memory apart. */
const loaderOf = (tree) => `'use strict';
const place = __dirname;
${LOAD}const [, , verb, ...words] = process.argv;
const isQuick = ${JSON.stringify([...PROGRAMS[tree][`${tree}.quick`].commands, '--version', '--help'])}.includes(verb) && !words.includes('--help') && !words.includes('-h');
load(isQuick ? '${tree}.quick.js' : '${tree}.js').ended.then((isWritten) => isWritten && process.exit());
`;

/**
 * Keeps what V8 has compiled of a program, or of a library that it called for, by the end of some small commands. It was seen to differ once in some 45
 * builds, on a busy machine, for a reason that is not known (garbage that V8 collects earlier or later, perhaps). So what came out twice is taken.
 */
async function compile({ into, wanted, ...how }) {
  const seen = new Set();
  let code;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    code = await compileOnce({ into, wanted, ...how });
    const text = code.toString('latin1');
    if (seen.has(text)) break;
    seen.add(text);
  }
  await writeFile(`${into}/${wanted}.js.code`, code);
}

const ATTEMPTS = 5;

async function compileOnce({ into, tree, program, typical, wanted, configuration, node }) {
  const home = await mkdtemp(join(tmpdir(), 'nox-build-'));
  const env = { HOME: home, NOX_STORE_PATH: `${home}/store` };
  for (let number = 0; number < 9; number += 1) {
    await mkdir(`${home}/store/tool${number}-1.0/bin`, { recursive: true });
    await writeFile(`${home}/store/tool${number}-1.0/nox-package.yaml`, `name: ${number === 0 ? 'tool' : `tool${number}`}\nversion: "1.0"\ndescription: one of some\ndepends: []\n`);
  }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  if (tree === 'nox-profile') {
    for (const words of [['new', 'dev'], ['-p', 'dev', 'add', 'tool', 'tool1']]) execFileSync(node, [`${into}/${tree}.cjs`, ...words], quiet);
    // As if it had been shown later: else it would depend on milliseconds whether the generation can be known to be untouched.
    const later = Date.now() / 1000 + 3600;
    await utimes(`${home}/nix/profiles/dev/.nox/manifest.json`, later, later);
  }
  if (configuration !== undefined) {
    await mkdir(`${home}/.config/nox`, { recursive: true });
    await writeFile(`${home}/.config/nox/config.yaml`, configuration);
  }
  await writeFile(`${home}/compile.cjs`, `'use strict';
const place = ${JSON.stringify(resolve(into))};
${LOAD}// As if it were later, and no call slow: neither how fast this machine is nor what it waits for may decide what is compiled.
const now = Date.now() + 3_600_000;
Date.now = () => now;
process.hrtime = () => [0, 0];
(async () => {
  for (const words of ${JSON.stringify(typical)}) {
    process.argv.splice(2, Infinity, ...words);
    await load('${program}.js').ended;
  }
  require('node:fs').writeFileSync(${JSON.stringify(`${home}/code`)}, scripts['${wanted}.js'].createCachedData());
})();
`);
  execFileSync(node, ['--predictable', `${home}/compile.cjs`], quiet);
  const code = await readFile(`${home}/code`);
  await rm(home, { recursive: true });
  return code;
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
