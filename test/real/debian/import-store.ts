import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binPath } from '../../support/cli.js';
import { ownCache } from './apt.js';

/** A scientific stack of Python and C++. */
const SCIENTIFIC = ['python3-scipy', 'python3-matplotlib', 'libboost-dev', 'cmake', 'g++', 'pkg-config'] as const;

/** What `nox-store import --json` said of each package. */
export interface ImportedPackage {
  readonly id: string;
  readonly status: 'imported' | 'present';
  readonly digest: string;
  readonly notes: readonly string[];
}

/** A store made of Debian's archives by `nox-store import`. */
export interface ImportedStore {
  readonly path: string;
  readonly archives: readonly string[];
  readonly packages: readonly ImportedPackage[];
}

/**
 * Downloads these packages of Debian with all that they need, as on a system with nothing installed: apt checks each archive, and leaves those that the
 * cache has.
 * @returns paths of the archives, or why apt could not, in words.
 */
function downloadClosure(wanted: readonly string[]): string[] | string {
  const cache = join(ownCache(), 'closure');
  mkdirSync(join(cache, 'partial'), { recursive: true });
  const top = mkdtempSync(join(tmpdir(), 'nox-apt-'));
  try {
    writeFileSync(join(top, 'status'), '');
    mkdirSync(join(top, 'archives/partial'), { recursive: true });
    const apt = (archives: string, ...words: readonly string[]): { status: number | null; stdout: string; stderr: string } => spawnSync('apt-get', [
      '-q', '-y', '--no-install-recommends', '-o', `Dir::State::status=${top}/status`, '-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root', ...words, 'install', ...wanted,
    ], { encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, LC_ALL: 'C' } });
    // Without a cache, so that apt names those too that are there.
    const names = [...apt(join(top, 'archives'), '--print-uris').stdout.matchAll(/^'[^']*' (\S+\.deb) \d+/gm)].map((match) => match[1]!);
    if (names.length === 0) return 'apt does not know all of the packages';
    const { status, stderr } = apt(cache, '-d');
    if (status !== 0) return stderr.trim();
    const archives = names.map((name) => join(cache, name));
    const missing = archives.filter((path) => !existsSync(path));
    return missing.length === 0 ? archives : `apt did not download ${missing.join(', ')}`;
  } finally {
    rmSync(top, { recursive: true });
  }
}

/**
 * Makes a store of these packages of Debian and all that they need, by one `nox-store import` of their archives.
 * @returns the store, or why apt could not download.
 */
export function importStore(store: string, wanted: readonly string[] = SCIENTIFIC): ImportedStore | string {
  const archives = downloadClosure(wanted);
  if (typeof archives === 'string') return archives;
  const { status, stdout, stderr } = spawnSync(binPath('nox-store'), ['import', '--json', '--store', store, '--', ...archives], {
    encoding: 'utf8', maxBuffer: 64 << 20, env: { PATH: process.env['PATH'], HOME: tmpdir(), NOX_NODE: process.execPath },
  });
  if (status !== 0) throw new Error(`nox-store import: exit ${status}\n${stdout.slice(0, 2000)}${stderr}`);
  return { path: store, archives, packages: (JSON.parse(stdout) as { packages: ImportedPackage[] }).packages };
}
