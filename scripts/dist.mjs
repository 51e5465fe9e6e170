// Makes nox-<version>-linux-<architecture>.tar.gz in the directory given (else dist.tar/): nox with its own Node, laid out as a package of its
// own. The same commit and the same Node give the same bytes, wherever and whenever it is made; SOURCE_DATE_EPOCH dates it, else the commit.
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle, TREES } from './build.mjs';
import { completions } from './tarball/completions.mjs';
import { manualPages } from './tarball/manual.mjs';
import { describe } from './tarball/describe.mjs';
import { tar } from './tarball/tar.mjs';

/** The runtime: a registry package for each architecture, taken at build time only. */
const NODE_VERSION = '20.20.2';
const root = resolve(import.meta.dirname, '..');
const { version, description, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const architecture = process.arch;
const name = `nox-${version}-linux-${architecture}`;
const date = Number(process.env.SOURCE_DATE_EPOCH || execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }));

const into = resolve(process.argv[2] ?? 'dist.tar');
const place = await mkdtemp(join(tmpdir(), 'nox-dist-'));
process.chdir(root);
try {
  const tree = join(place, name);
  const program = join(tree, 'libexec/nox');
  await mkdir(join(program, 'bin'), { recursive: true });
  const node = await fetchNode(join(place, 'node'));
  await cp(node, join(program, 'bin/node'));
  await chmod(join(program, 'bin/node'), 0o755);
  await bundle(program, join(program, 'bin/node'));
  for (const bin of [...TREES, 'nox-run']) await cp(`bin/${bin}`, join(tree, 'bin', bin));
  const trees = TREES.map((bin) => describe(join(program, 'bin/node'), join(program, `${bin}.cjs`), bin));
  await write(tree, { ...manualPages(trees, { version, date }), ...completions(trees) });
  await cp('docs', join(tree, 'share/doc/nox'), { recursive: true });
  await cp('README.md', join(tree, 'share/doc/nox/README.md'));
  await cp(resolve(node, '../../LICENSE'), join(tree, 'share/doc/nox/LICENSE.node')).catch(() => undefined);
  await write(tree, { 'nox-package.yaml': `name: nox\nversion: "${version}"\ndescription: ${JSON.stringify(description)}\nlicense: ${license}\nplatform: linux-${architecture}\n` });
  await mkdir(into, { recursive: true });
  const file = join(into, `${name}.tar.gz`);
  // Node's gzip header names no file, no time and no system but the one it runs on.
  await writeFile(file, gzipSync(await tar(place, name, date), { level: 9 }));
  console.log(file);
} finally {
  await rm(place, { recursive: true, force: true });
}

/** The Node of the registry's package for this architecture, whose integrity npm checks. */
async function fetchNode(where) {
  await mkdir(where);
  await writeFile(join(where, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-${architecture}@${NODE_VERSION}`], { cwd: where, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(where, `node_modules/node-linux-${architecture}/bin/node`);
}

async function write(tree, files) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(resolve(tree, path, '..'), { recursive: true });
    await writeFile(join(tree, path), text);
  }
}
