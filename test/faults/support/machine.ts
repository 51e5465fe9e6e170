import fs from 'node:fs';
import { dirname } from 'node:path';
import { generation, generations, journal, staging } from '../../../src/layout.js';
import { readEntries } from '../../../src/profile/io/journal.js';
import { existingGenerations } from '../../../src/profile/io/generations.js';
import { readFarm, readManifest } from '../../../src/profile/io/read-profile.js';
import { parseProfileName } from '../../../src/profile/name.js';
import { type Bin, binPath, type NoxResult, runCommand, startCommand } from '../../support/cli.js';

/** A user's home, a private store and a directory of releases on one file system. */
export interface Machine {
  readonly home: string;
  readonly profiles: string;
  readonly releases: string;
  readonly store: string;
  readonly environment: Readonly<Record<string, string>>;
  run(bin: Bin, args: readonly string[], env?: Readonly<Record<string, string>>): NoxResult;
  start(bin: Bin, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<NoxResult>;
  /** Makes a package whose files all hold its identifier. */
  package(id: string): void;
}

export const nameOf = (id: string): string => id.replace(/-\d+$/, '');

/** Directories of a package whose name begins with "p", so that a farm of some has many. */
const MANY = 20;

/** What each package brings. */
const filesOf = (id: string): string[] => [
  `bin/${nameOf(id)}`,
  ...[1, 2, 3].map((at) => `share/${nameOf(id)}/f${at}`),
  ...Array.from({ length: id.startsWith('p') ? MANY : 0 }, (_, at) => `share/${nameOf(id)}/d${at}/f`),
];

interface MachineOptions {
  /** Where the commands are; the repository when absent. */
  readonly root?: string | undefined;
  /** Words before each command, as those of `setpriv` or `unshare`. */
  readonly by?: readonly string[];
}

export function machine(at: string, { root, by = [] }: MachineOptions = {}): Machine {
  const [home, store, releases] = [`${at}/home`, `${at}/store`, `${at}/releases`];
  for (const directory of [home, store, releases]) fs.mkdirSync(directory, { recursive: true });
  if (!fs.existsSync(`${store}/nox-store.yaml`)) fs.writeFileSync(`${store}/nox-store.yaml`, 'scope: private\n');
  const environment = { HOME: home, NOX_STORE_PATH: store, NOX_RELEASES: releases };
  const command = (bin: Bin): string => (root === undefined ? binPath(bin) : `${root}/bin/${bin}`);
  const wordsOf = (bin: Bin, args: readonly string[]): [string, string[]] => {
    const [program, ...words] = [...by, command(bin), ...args];
    return [program as string, words];
  };
  return {
    home, store, releases, environment, profiles: `${home}/nix/profiles`,
    run: (bin, args, env) => runCommand(...wordsOf(bin, args), { env: { ...environment, ...env }, cwd: '/' }),
    start: (bin, args, env) => startCommand(...wordsOf(bin, args), { env: { ...environment, ...env }, cwd: '/' }),
    package(id) {
      for (const path of filesOf(id)) {
        fs.mkdirSync(dirname(`${store}/${id}/${path}`), { recursive: true });
        fs.writeFileSync(`${store}/${id}/${path}`, `${id}\n`, { mode: 0o755 });
      }
    },
  };
}

/** What the journal says, entry for entry: `<action> <generation>`. */
export function journalOf(home: string, profile: string): string[] {
  return readEntries(home, parseProfileName(profile)).map(({ action, generation: number }) => `${action} ${number}`);
}

/** Everything that is wrong with a profile: what it shows, and every generation of it, link for link and byte for byte. */
export function profileProblems(home: string, profile: string): string[] {
  const ref = { home, name: parseProfileName(profile) };
  const problems: string[] = [];
  const attempt = (what: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
    }
  };
  attempt(profile, () => {
    const shown = fs.realpathSync(`${home}/${profile}`);
    if (!existingGenerations(ref).some((number) => shown === generation(fs.realpathSync(home), profile, number))) problems.push(`${profile} leads to ${shown}`);
  });
  for (const number of existingGenerations(ref)) attempt(`${profile} ${number}`, () => problems.push(...treeProblems(generation(home, profile, number))));
  for (const kept of [generations, journal]) attempt(profile, () => problems.push(...emptyFiles(kept(home, profile))));
  return problems;
}

function treeProblems(tree: string): string[] {
  const problems: string[] = [];
  const { packages } = readManifest(tree);
  readFarm(tree);
  for (const { id } of packages) {
    for (const path of filesOf(id)) {
      if (fs.readFileSync(`${tree}/${path}`, 'utf8') !== `${id}\n`) problems.push(`${tree}/${path} is not that of ${id}`);
    }
  }
  const programs = packages.length === 0 ? [] : fs.readdirSync(`${tree}/bin`);
  if (programs.length !== packages.length) problems.push(`${tree} has programs ${programs.join()}, not those of ${packages.map(({ id }) => id).join()}`);
  for (const script of ['activate.sh', 'activate.csh', 'activate.fish', 'deactivate.sh', 'deactivate.csh', 'deactivate.fish']) {
    const text = fs.readFileSync(`${tree}/.nox/${script}`, 'utf8');
    if (!text.endsWith('\n') || text.includes('\0')) problems.push(`${tree}/.nox/${script} is damaged`);
  }
  return problems;
}

/** nox writes no empty file but the notes beside a lock. */
export function emptyFiles(directory: string): string[] {
  return fs.readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && fs.statSync(`${entry.parentPath}/${entry.name}`).size === 0)
    .map((entry) => `${entry.parentPath}/${entry.name} is empty`);
}

/** What commands left behind that are over. */
export function leftovers(home: string, profile: string): string[] {
  return [...fs.readdirSync(staging(home, profile)), ...fs.readdirSync(generations(home, profile)).filter((name) => name.startsWith('.'))];
}
