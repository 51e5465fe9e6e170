import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** What nox takes of oclif's library, each loaded at its first use; and no log, for which it would look at the terminal. */
const REPLACED = {
  'index.js': [['Args', './args', ''], ['Command', './command', '.Command'], ['Config', './config', '.Config'], ['Errors', './errors', ''], ['Flags', './flags', ''], ['Help', './help', '.Help']]
    .map(([name, path, member]) => `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${path}')${member} });`).join('\n'),
  'logger.js': `const silent = Object.assign(() => undefined, { debug() {}, error() {}, info() {}, trace() {}, warn() {}, child: () => silent, namespace: '' });
Object.assign(exports, { makeDebug: () => silent, getLogger: () => silent, setLogger() {}, clearLoggers() {}, makeLogger: () => silent });`,
};

/**
 * The modules of @oclif/core load what they require at its first use, not when they are loaded. They are CommonJS as TypeScript
 * writes it, `const name = require("…")` and then `name.member`, so each name becomes a call.
 */
async function deferredOclif({ path }) {
  const replaced = REPLACED[path.replace(/.*\/core\/lib\//, '')];
  if (replaced !== undefined) return { contents: replaced, loader: 'js' };
  let text = await readFile(path, 'utf8');
  for (const [line, name, value] of text.matchAll(/^const (\w+_\d+|Errors|Parser|Flags|Performance) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm)) {
    // `new name.Member()` needs the parentheses around the call.
    text = text.replace(line, '').replaceAll(new RegExp(`(?<![\\w.$])${name}\\b(?!\\s*:)`, 'g'), `(${name}())`);
    text = text.replace(/^"use strict";$/m, (first) => `${first}\nlet ${name}__;const ${name} = () => (${name}__ ??= ${value});`);
  }
  // Looking at standard output makes Node load its sockets; src/cli/print.ts writes without, and watches the streams where they are used.
  return { contents: text.replace(/^process\.stdout\.on\('error', [\s\S]*?^}\);$/m, ''), loader: 'js' };
}

/** A module of Node's own as an object of getters: it is loaded when a member is first used. */
function deferredBuiltin({ path }) {
  const names = Object.keys(createRequire(import.meta.url)(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
  return { contents: `module.exports = {\n${names.map((name) => `get ${name}() { return require(${JSON.stringify(path)}).${name}; }`).join(',\n')}\n};`, loader: 'js' };
}

/** An esbuild plugin: what a command does not use is not loaded, be it of oclif or of Node. See docs/performance.md. */
export const deferred = {
  name: 'deferred',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, deferredOclif);
    onResolve({ filter: /^node:(?:crypto|os|child_process|readline|perf_hooks|util|url)$/ }, ({ path, namespace, importer }) =>
      namespace === 'builtin' || !importer.includes('/src/') ? { path, external: true } : { path, namespace: 'builtin' });
    onLoad({ filter: /.*/, namespace: 'builtin' }, deferredBuiltin);
  },
};
