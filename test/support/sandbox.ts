import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { byName, fromBytes, raw } from '../../src/fs/bytes.js';
import { type Bin, type NoxResult, runNox, type RunOptions, startNox } from './cli.js';

/** A package to make. Metadata fields are written to `nox-package.yaml` when there are any. */
interface PackageDescription {
  /** Path in the package to content; scripts, and files in `bin`, `sbin` and `libexec`, are executable. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Path in the package to the text of a symlink. */
  readonly links?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  /** The text of `nox-package.yaml` as it is, instead of the fields below. */
  readonly yaml?: string | Buffer;
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly homepage?: string;
  readonly license?: string;
  readonly platform?: string;
  readonly depends?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly provides?: readonly string[];
  readonly priority?: number;
  readonly env?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  readonly prefix?: string;
  readonly remedies?: Readonly<Record<string, unknown>>;
}

interface StoreBuilder {
  readonly path: string;
  /** Makes a package; returns the builder for the next. */
  package(id: string, description?: PackageDescription): StoreBuilder;
  /** Makes a symlink entry. */
  link(id: string, text: string): StoreBuilder;
  /** Writes `nox-store.yaml`: a text, or fields. */
  config(content: string | Readonly<Record<string, unknown>>): StoreBuilder;
  pathOf(id: string): string;
}

export interface Sandbox {
  /** The sandbox's own directory, physical. */
  readonly root: string;
  readonly home: string;
  /** `~/nix/profiles`, where nox looks by default; not made. */
  readonly profiles: string;
  /** The environment of commands; `NOX_STORE_PATH` lists the stores made so far, the first made first. */
  environment(): Record<string, string>;
  /** The store of that name, made when it is new. */
  store(name?: string): StoreBuilder;
  /** Runs a command in the sandbox, at home. */
  run(bin: Bin, args: readonly string[], options?: RunOptions): NoxResult;
  start(bin: Bin, args: readonly string[], options?: RunOptions): Promise<NoxResult>;
  /** Runs with `--json` and parses standard output; fails when the exit status is not `status`. */
  json(bin: Bin, args: readonly string[], options?: RunOptions & { readonly status?: number }): any; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Writes a file anywhere in the sandbox, parents made; a relative path is under the root. */
  write(file: string, content: string | Buffer, mode?: number): string;
  remove(): void;
}

const made: Sandbox[] = [];
afterAll(() => {
  for (const sandbox of made.splice(0)) sandbox.remove();
});

/** A fresh directory with a home, removed after the test file. `name` is its last path component, any bytes. */
export function sandbox(options: { readonly name?: string } = {}): Sandbox {
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'nox-test-')));
  const root = options.name === undefined ? top : `${top}/${options.name}`;
  const home = `${root}/home`;
  makeDirectories(home);
  const stores = new Map<string, StoreBuilder>();
  const withEnvironment = ({ env, cwd, ...rest }: RunOptions = {}): RunOptions => {
    if (rest.unprivileged === true) fs.chmodSync(top, 0o755);
    return { cwd: cwd ?? home, env: { ...box.environment(), ...env }, ...rest };
  };
  const box: Sandbox = {
    root,
    home,
    profiles: `${home}/nix/profiles`,
    environment: () => ({ HOME: home, ...(stores.size === 0 ? {} : { NOX_STORE_PATH: [...stores.values()].map((s) => s.path).join(':') }) }),
    store(name = 'central') {
      const store = stores.get(name) ?? storeBuilder(`${root}/${name}`);
      stores.set(name, store);
      return store;
    },
    run: (bin, args, options) => runNox(bin, args, withEnvironment(options)),
    start: (bin, args, options) => startNox(bin, args, withEnvironment(options)),
    json(bin, args, { status = 0, ...rest } = {}) {
      const at = args.indexOf('--');
      const result = box.run(bin, at < 0 ? [...args, '--json'] : [...args.slice(0, at), '--json', ...args.slice(at)], rest);
      if (result.status !== status) throw new Error(`${bin} ${args.join(' ')}: exit ${result.status}, not ${status}\n${result.stdout}${result.stderr}`);
      return JSON.parse(result.stdout);
    },
    write: (file, content, mode = 0o644) => {
      const full = file.startsWith('/') ? file : `${root}/${file}`;
      writeFile(full, content, mode);
      return full;
    },
    remove: () => removeAll(top),
  };
  made.push(box);
  return box;
}

/** A sandbox with a private store that has these packages, each with a command of its name. */
export function boxWith(...ids: readonly string[]): Sandbox {
  const box = sandbox();
  const store = box.store().config({ scope: 'private' });
  for (const id of ids) store.package(id, { files: { [`bin/${id.split('-')[0]}`]: id } });
  return box;
}

function removeAll(top: string): void {
  try {
    fs.rmSync(top, { recursive: true, force: true });
  } catch {
    execFileSync('chmod', ['-R', 'u+rwX', '--', top]);
    fs.rmSync(top, { recursive: true, force: true });
  }
}

function storeBuilder(root: string): StoreBuilder {
  makeDirectories(root);
  const store: StoreBuilder = {
    path: root,
    pathOf: (id) => `${root}/${id}`,
    package(id, description = {}) {
      makePackage(`${root}/${id}`, description);
      return store;
    },
    link(id, text) {
      makeDirectories(parent(`${root}/${id}`));
      fs.symlinkSync(raw(text), raw(`${root}/${id}`));
      return store;
    },
    config(content) {
      writeFile(`${root}/nox-store.yaml`, typeof content === 'string' ? content : yamlOf(content), 0o644);
      return store;
    },
  };
  return store;
}

/** Makes a package's tree at any path. */
export function makePackage(root: string, description: PackageDescription): void {
  const { files = {}, links = {}, directories = [], yaml, ...metadata } = description;
  makeDirectories(root);
  for (const directory of directories) makeDirectories(`${root}/${directory}`);
  for (const [file, content] of Object.entries(files)) {
    const executable = /^(bin|sbin|libexec)\//.test(file) || content.toString('latin1').startsWith('#!');
    writeFile(`${root}/${file}`, content, executable ? 0o755 : 0o644);
  }
  for (const [link, text] of Object.entries(links)) {
    makeDirectories(parent(`${root}/${link}`));
    fs.symlinkSync(raw(text), raw(`${root}/${link}`));
  }
  if (yaml !== undefined) writeFile(`${root}/nox-package.yaml`, yaml, 0o644);
  else if (Object.keys(metadata).length > 0) writeFile(`${root}/nox-package.yaml`, yamlOf(metadata), 0o644);
}

/** Fields as YAML: every JSON text is one. */
function yamlOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
}

function parent(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

function makeDirectories(directory: string): void {
  fs.mkdirSync(raw(directory), { recursive: true });
}

function writeFile(file: string, content: string | Buffer, mode: number): void {
  makeDirectories(parent(file));
  fs.writeFileSync(raw(file), content, { mode });
}

/**
 * Everything below a directory: relative path to `dir`, `-> text`, `file content`, or `other`; directories end in a
 * slash. Two equal layouts are equal trees but for modes and times.
 */
export function layout(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (directory: string, prefix: string): void => {
    const entries = fs.readdirSync(raw(directory), { withFileTypes: true, encoding: 'buffer' });
    for (const entry of entries.map((e) => ({ entry: e, name: fromBytes(e.name) })).sort((a, b) => byName(a.name, b.name))) {
      const full = `${directory}/${entry.name}`;
      const key = `${prefix}${entry.name}`;
      if (entry.entry.isDirectory()) {
        found[`${key}/`] = 'dir';
        walk(full, `${key}/`);
      } else if (entry.entry.isSymbolicLink()) found[key] = `-> ${fromBytes(fs.readlinkSync(raw(full), 'buffer'))}`;
      else found[key] = entry.entry.isFile() ? `file ${fromBytes(fs.readFileSync(raw(full)))}` : 'other';
    }
  };
  if (fs.existsSync(raw(root))) walk(root, '');
  return found;
}
