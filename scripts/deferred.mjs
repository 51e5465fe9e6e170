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
  // The arguments read so far are gathered anew for each argument: with 490 of them, 6 ms of 500.
  text = text.replace(/(?<=get _argTokens\(\) \{\s+)return this\.raw\.filter\(\(o\) => o\.type === 'arg'\);/, "const known = (this.tokens__ ??= []);\nfor (this.seen__ ??= 0; this.seen__ < this.raw.length; this.seen__++) if (this.raw[this.seen__].type === 'arg') known.push(this.raw[this.seen__]);\nreturn known;");
  // Looking at standard output makes Node load its sockets; src/cli/print.ts writes without, and watches the streams where they are used.
  return { contents: text.replace(/^process\.stdout\.on\('error', [\s\S]*?^}\);$/m, ''), loader: 'js' };
}

/** What nox takes of libraries that only some calls need: a configuration is read by one, and a terminal drawn on by the other. Each is a program of its own. */
export const LIBRARIES = { yaml: ['Composer', 'LineCounter', 'Parser', 'isMap', 'isScalar', 'isSeq'], ora: ['default'] };

/** A module as an object of getters, or as its default function: it is loaded when a member is first used. */
function deferredModule({ path }) {
  const required = `require(${JSON.stringify(path)})`;
  if (LIBRARIES[path]?.[0] === 'default') return { contents: `module.exports = (...words) => ${required}.default(...words);`, loader: 'js' };
  const names = LIBRARIES[path] ?? Object.keys(createRequire(import.meta.url)(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
  return { contents: `module.exports = {\n${names.map((name) => `get ${name}() { return ${required}.${name}; }`).join(',\n')}\n};`, loader: 'js' };
}

/**
 * An esbuild plugin for a program that is not asked for the help of its commands: what oclif needs for that, and for plugins, is not there. That is
 * more than half of its library.
 */
export const withoutHelp = {
  name: 'without-help',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/@oclif\/core\/lib\/(?:config|help|ux)\/index\.js$/ }, ({ path }) => ({ contents: `throw new Error(${JSON.stringify(`${path.replace(/.*\/lib\//, '')} is not part of this program`)});`, loader: 'js' }));
  },
};

/** An esbuild plugin: what a command does not use is not loaded, be it of oclif or of Node. See docs/performance.md. */
export const deferred = {
  name: 'deferred',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, deferredOclif);
    onResolve({ filter: /^(?:node:(?:crypto|os|child_process|readline|perf_hooks|util|url|worker_threads)|yaml|ora)$/ }, ({ path, namespace, importer }) =>
      namespace === 'deferred' || !importer.includes('/src/') ? { path, external: true } : { path, namespace: 'deferred' });
    onLoad({ filter: /.*/, namespace: 'deferred' }, deferredModule);
    // What proper-lockfile would make its calls through, had it not those of src/fs/lock-calls.ts: it loads Node's streams at once.
    onResolve({ filter: /^graceful-fs$/ }, () => ({ path: 'node:fs', external: true }));
    // What its library for the end of a process asserts, once and of its caller, has Node load the colours of assertion errors.
    onResolve({ filter: /^assert$/ }, ({ importer }) => (importer.includes('/signal-exit/') ? { path: 'assert', namespace: 'equal' } : null));
    onLoad({ filter: /.*/, namespace: 'equal' }, () => ({ contents: 'exports.equal = (a, b, message) => { if (a !== b) throw new TypeError(message); };', loader: 'js' }));
  },
};
