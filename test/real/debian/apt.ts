import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One alternative of a dependency, as in `libfoo1 (>= 1.2)`. */
export interface Relation {
  readonly name: string;
  /** `<<`, `<=`, `=`, `>=`, `>>`, or `null` without a version. */
  readonly operator: string | null;
  readonly version: string | null;
}

/** What apt knows of the newest version of a package. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** `Pre-Depends` and `Depends`: all groups must hold, one alternative of each suffices. */
  readonly depends: ReadonlyArray<readonly Relation[]>;
  readonly provides: readonly Relation[];
}

/**
 * What the host always has: its C library, compiler runtime and package tools. No store package is made of these,
 * and dependencies on them are dropped.
 */
const BASE = /^(libc6|libc6-dev|libc-dev|libcrypt-dev|libgcc-s1|gcc-\d+-base|libstdc\+\+6|dpkg|tar|install-info|debconf|libc-bin)$/;

export const isBase = (name: string): boolean => BASE.test(name);

/**
 * The wanted packages with all that they need outside of {@link isBase}, sorted by name. Of alternatives the first
 * that apt has is taken.
 */
export function resolveClosure(wanted: readonly string[]): DebianPackage[] {
  const closure = new Map<string, DebianPackage>();
  const installed = installedFor(wanted);
  for (let names = [...wanted]; names.length > 0; names = names.filter((name) => !isBase(name) && !closure.has(name))) {
    lookUpAll(names);
    const found = names.map((name) => lookUp(name) ?? fail(`apt has no package "${name}"`));
    lookUpAll(found.flatMap(({ depends }) => depends.flat().map((relation) => relation.name)));
    names = [];
    for (const one of found) {
      const chosen = one.depends.map((group) => chooseAlternative(group, installed));
      closure.set(one.name, { ...one, depends: chosen.map((relation) => [relation]) });
      names.push(...chosen.map((relation) => relation.name));
    }
  }
  return [...closure.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fail(message: string): never {
  throw new Error(message);
}

/** What apt would install on a system without anything: each package and each virtual one, with the package that stands for it. */
function installedFor(wanted: readonly string[]): ReadonlyMap<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'nox-apt-'));
  const status = join(directory, 'status');
  writeFileSync(status, '');
  const words = ['-q', '-y', '-s', '--no-install-recommends', '-o', `Dir::State::status=${status}`, 'install', ...wanted];
  const { stdout } = spawnSync('apt-get', words, { encoding: 'utf8', maxBuffer: 64 << 20 });
  rmSync(directory, { recursive: true });
  const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
  lookUpAll(names);
  const provided = names.flatMap((name) => (lookUp(name)?.provides ?? []).map((virtual) => [virtual.name, name] as const));
  return new Map([...provided, ...names.map((name) => [name, name] as const)]);
}

function chooseAlternative(group: readonly Relation[], installed: ReadonlyMap<string, string>): Relation {
  const base = group.find(({ name }) => isBase(name));
  if (base !== undefined) return base;
  const taken = group.find(({ name }) => installed.has(name));
  const real = installed.get(taken?.name ?? '');
  if (taken !== undefined && real !== undefined) return real === taken.name ? taken : { name: real, operator: null, version: null };
  const chosen = group.find(({ name }) => isBase(name) || lookUp(name) !== null);
  return chosen ?? fail(`apt has none of: ${group.map(({ name }) => name).join(', ')}`);
}

const known = new Map<string, DebianPackage | null>();

/** The newest version that apt has of a package, or `null`. */
export function lookUp(name: string): DebianPackage | null {
  lookUpAll([name]);
  return known.get(name) ?? null;
}

/** Asks apt for many packages at once, since each call reads all of its lists. */
function lookUpAll(names: readonly string[]): void {
  const unknown = [...new Set(names)].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  for (const name of unknown) known.set(name, null);
  // The exit status is not looked at: apt-cache prints what it knows and fails for the rest.
  const { stdout } = spawnSync('apt-cache', ['show', '--no-all-versions', ...unknown], { encoding: 'utf8', maxBuffer: 64 << 20 });
  for (const stanza of stdout.split(/\n\n+/)) {
    const found = parseStanza(stanza);
    if (found !== null && known.get(found.name) === null) known.set(found.name, found);
  }
}

function parseStanza(text: string): DebianPackage | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z0-9-]+): ?(.*)$/.exec(line);
    if (match !== null) fields.set(match[1]!, match[2]!);
  }
  const [name, version] = [fields.get('Package'), fields.get('Version')];
  if (name === undefined || version === undefined) return null;
  return {
    name,
    version,
    description: fields.get('Description-en') ?? fields.get('Description') ?? '',
    depends: [...parseRelations(fields.get('Pre-Depends')), ...parseRelations(fields.get('Depends'))],
    provides: parseRelations(fields.get('Provides')).flat(),
  };
}

/** `a (>= 1) | b, c:any` as groups of alternatives. */
function parseRelations(text: string | undefined): Relation[][] {
  return (text ?? '').split(',').map((group) => group.trim()).filter((group) => group !== '').map((group) =>
    group.split('|').map((alternative) => {
      const match = /^\s*([^\s:(]+)(?::\w+)?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?\s*$/.exec(alternative);
      if (match === null) throw new Error(`not a dependency: "${alternative}"`);
      return { name: match[1]!, operator: match[2] ?? null, version: match[3] ?? null };
    }));
}

/** A downloaded archive. */
export interface Archive {
  readonly package: DebianPackage;
  readonly path: string;
}

/**
 * Downloads the archives of these packages into a cache outside of the repository, and checks each against the SHA-256
 * that apt has for it; what lies in the cache with the right sum is not downloaded again.
 * @returns the archives, or why apt could not download, in words.
 */
export function download(packages: readonly DebianPackage[]): Archive[] | string {
  const cache = ownCache();
  const requests = packages.map(({ name, version }) => `${name}=${version}`);
  // Not in the cache: apt does not print what lies in the working directory already.
  const uris = execFileSync('apt-get', ['-q', '--print-uris', 'download', ...requests], { encoding: 'utf8', cwd: '/' });
  const archives = uris.split('\n').flatMap((line) => {
    const match = /^'[^']*' (\S+) \d+ SHA256:([0-9a-f]{64})$/.exec(line.trim());
    return match === null ? [] : [{ file: match[1]!, sum: match[2]! }];
  });
  const found = packages.map((one) => {
    const archive = archives.find(({ file }) => file.startsWith(`${one.name}_`));
    if (archive === undefined) throw new Error(`apt tells no address with a SHA-256 for "${one.name}"`);
    return { package: one, path: join(cache, archive.file), sum: archive.sum };
  });
  const stale = found.filter(({ path, sum }) => !hasSum(path, sum));
  for (const { path } of stale) rmSync(path, { force: true });
  if (stale.length > 0) {
    const missing = stale.map(({ package: { name, version } }) => `${name}=${version}`);
    const { status, stderr } = spawnSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...missing], { cwd: cache, encoding: 'utf8' });
    if (status !== 0) return stderr.trim();
  }
  for (const { path, sum } of stale) if (!hasSum(path, sum)) throw new Error(`"${path}" does not have the SHA-256 that apt has for it`);
  return found;
}

/** A directory of the caller's own for what is downloaded, outside of the repository. */
export function ownCache(): string {
  const uid = process.getuid!();
  const cache = join(tmpdir(), `nox-debs-${uid}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const found = lstatSync(cache);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`"${cache}" belongs to somebody else`);
  return cache;
}

const hasSum = (path: string, sum: string): boolean =>
  existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === sum;
