import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { condemn } from '../../src/collect/io/marks.js';
import { quarantine } from '../../src/collect/io/quarantine.js';
import { type ErrorCode, NoxError } from '../../src/errors.js';
import { parsePackageId } from '../../src/store/identifier.js';
import type { Store } from '../../src/store/package.js';
import { resolve } from '../../src/store/resolve/resolve.js';
import type { Bin, RunOptions } from './cli.js';
import { type PackageTraits, storeOf } from './packages.js';
import { reseal } from './reseal.js';
import { type Sandbox, sandbox } from './sandbox.js';

/** One error as a user meets it. In texts `~` is the home, and `/sw` the sandbox around it with its stores. */
export interface ErrorCase {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** An error provoked by a command line. */
interface ProvokedCase extends ErrorCase {
  readonly bin?: Bin;
  readonly argv: readonly string[];
  /** Makes what it needs; may say how the command is to be run. */
  readonly setup: (box: Sandbox) => unknown;
  /** After the command of the hint, the refused command line works. */
  readonly cured?: true;
  /** With `--json` the same command line succeeds. */
  readonly onlyForPeople?: true;
}

/** An error that no command line brings about whenever it is run. */
interface RenderedCase extends ErrorCase {
  readonly why: string;
  make(): NoxError | Error;
}

const profile = (box: Sandbox, ...argv: string[]): void => void box.json('nox-profile', argv);

/** Packages of a store `/sw/store`, none of which needs another but `root`. */
function software(box: Sandbox): void {
  box.store('store')
    .package('zlib-1.3.1', { files: { 'lib/libz.so': 'z' } })
    .package('root-6.28.00', { files: { 'bin/root': '28', 'share/icons/root.png': '' }, depends: ['zlib@~1.2'] })
    .package('root-6.30.02', { files: { 'bin/root': '30', 'share/icons/root.png': '' }, depends: ['zlib'] })
    .package('hepmc-3.2', { files: { 'bin/convert': 'hepmc' } })
    .package('gdb-14.1', { files: { 'bin/gdb': 'gdb', 'bin/convert': 'gdb' } });
}

/** With a profile `dev` of those packages. */
const dev = (...packages: string[]) => (box: Sandbox): void => {
  software(box);
  profile(box, 'new', 'dev');
  if (packages.length > 0) profile(box, 'add', ...packages, '-p', 'dev');
};

/** With an ad-hoc profile `exp` in `/sw/scratch`. */
function adHoc(box: Sandbox, ...flags: string[]): void {
  fs.mkdirSync(`${box.root}/scratch`);
  profile(box, 'new', 'exp', '--path', `${box.root}/scratch/exp`, ...flags);
}

const stateOf = (box: Sandbox): string => `${box.profiles}/.nox/profiles/dev`;

export const provoked: readonly ProvokedCase[] = [
  {
    code: 'usage', argv: ['list', '--wat'], setup: software,
    message: 'there is no flag "--wat"', hint: 'nox-profile list --help',
  },
  {
    code: 'unknown-command', argv: ['ad', 'root'], setup: software,
    message: '"ad" is not a command of nox-profile; did you mean "add"?', hint: 'nox-profile add --help',
  },
  {
    code: 'file-system', bin: 'nox-store', argv: ['init', 'notes/store'],
    setup: (box) => void box.write('home/notes', ''),
    message: 'cannot create directory "~/notes/store": not a directory', hint: null,
  },
  {
    code: 'not-permitted', argv: ['new', 'dev'],
    setup: (box) => {
      fs.chmodSync(box.home, 0o555);
      return { unprivileged: true };
    },
    message: 'cannot create directory "~/nix": permission denied; nothing was changed', hint: null,
  },
  {
    code: 'damaged', argv: ['list', 'dev'],
    setup: (box) => {
      dev()(box);
      fs.truncateSync(`${stateOf(box)}/journal/0/entry.json`, 200);
    },
    message: '"~/nix/profiles/.nox/profiles/dev/journal/0/entry.json" is damaged: its checksum does not match',
    hint: 'bring the file back from a backup; packages are not affected',
  },
  {
    code: 'newer-format', argv: ['list', 'dev'],
    setup: (box) => {
      dev()(box);
      reseal(`${stateOf(box)}/generations/0/.nox/manifest.json`, {}, { version: 9 });
    },
    message: '"~/nix/profiles/.nox/profiles/dev/generations/0/.nox/manifest.json" is a manifest of format 9, and this nox reads up to 2',
    hint: 'use a newer nox',
  },
  {
    code: 'links-outside', argv: ['pack', 'dev', '-o', 'dev.tar'],
    setup: (box) => {
      box.store('store').package('odd-1', { links: { 'share/words': '/etc/passwd' } });
      profile(box, 'new', 'dev');
      profile(box, 'add', 'odd', '-p', 'dev');
      profile(box, 'pack', 'dev', '-o', 'other.tar', '--outside', 'keep');
    },
    message: 'the profile "dev" holds links that lead out of its packages, so it is not packed:\n  /sw/store/odd-1/share/words -> /etc/passwd',
    hint: 'nox-profile pack dev -o dev.tar --outside keep',
  },
  {
    code: 'invalid-request', argv: ['add', 'root@', '-p', 'dev'], setup: dev(),
    message: '"root@" is not a request for a package: nothing follows the "@"',
    hint: 'ask for an identifier (root-6.30.02), a name (root), or a name with a range ("root@^6.28")',
  },
  {
    code: 'invalid-range', argv: ['add', 'root@>>6', '-p', 'dev'], setup: dev(),
    message: '">>6" is not a range of versions: it cannot be read from ">>6" on', hint: 'ranges are written as 6.30, ^6.28, "~6.30.02", ">=6.28 <7" or "6.28 || 6.30"',
  },
  {
    code: 'no-such-package', argv: ['add', 'rot', '-p', 'dev'], setup: dev(),
    message: 'no package matches "rot" in "/sw/store"; did you mean "root"?', hint: 'nox-store list',
  },
  {
    code: 'package-unusable', argv: ['add', 'broken', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('broken-1', { yaml: 'depends: 7\n' });
    },
    message: 'the package "broken-1" of "/sw/store" cannot be used: nox-package.yaml: depends: it must be a list of texts',
    hint: 'have it corrected by the owner of the store, or ask for another package',
  },
  {
    code: 'unsatisfiable', argv: ['add', 'root@6.28', 'fits', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('fits-4', { depends: ['zlib@>=1.3'] }).package('zlib-1.2.13');
    },
    message: [
      'no choice of packages satisfies every demand:',
      '  root@6.28 (requested) -> root-6.28.00 -> zlib@~1.2',
      '  against fits (requested) -> fits-4 -> zlib@>=1.3',
      'candidates for "zlib":',
      '  zlib-1.3.1 in /sw/store',
      '  zlib-1.2.13 in /sw/store',
    ].join('\n'),
    hint: 'ask for other versions, or delete a package that stands against them',
  },
  {
    code: 'two-of-one-name', argv: ['add', 'root-6.28.00', 'root-6.30.02', '-p', 'dev'], setup: dev(),
    message: 'a profile holds one package of a name, and "root-6.28.00" and "root-6.30.02" are both "root"',
    hint: 'ask for one of them; packages that are to stand side by side need different names',
  },
  {
    code: 'still-needed', argv: ['del', 'zlib', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('fit 2-1.0', { depends: ['root'] });
      profile(box, 'add', 'fit 2', '-p', 'dev');
    },
    message: '"zlib-1.3.1" is still needed by "root-6.30.02"', hint: "nox-profile del 'fit 2-1.0' root-6.30.02 zlib-1.3.1 -p dev",
  },
  {
    code: 'invalid-profile-name', argv: ['new', 'my dev'], setup: software,
    message: '"my dev" is not a name for a profile: it starts with a letter, digit or _, and goes on with those and . + -', hint: null,
  },
  {
    code: 'no-such-profile', argv: ['list', 'dve'], setup: dev(),
    message: 'there is no profile "dve" in "~/nix/profiles"; did you mean "dev"?', hint: 'nox-profile list dev',
  },
  {
    code: 'link-gone', argv: ['add', 'gdb', '-p', 'mine'], cured: true,
    setup: (box) => {
      dev('root')(box);
      profile(box, 'new', 'mine', '--link', 'dev');
      profile(box, 'remove', 'dev', '--ignore-links');
    },
    message: 'the profile "mine" links to "~/nix/profiles/dev", which is gone', hint: 'nox-profile switch 0 -p mine',
  },
  {
    code: 'still-linked', argv: ['remove', 'dev'],
    setup: (box) => {
      dev('root')(box);
      profile(box, 'new', 'mine', '--link', 'dev');
      profile(box, 'new', 'other', '--link', 'dev');
    },
    message: 'the profile "dev" is shown by "mine", "other", which link to it, so it stays', hint: 'have them show something else first, or remove it all the same with --ignore-links',
  },
  {
    code: 'profile-exists', argv: ['new', 'dev'], setup: dev(),
    message: '"dev" exists already at "~/nix/profiles/dev"', hint: 'nox-profile status ~/nix/profiles/dev',
  },
  {
    code: 'not-a-profile', argv: ['new', 'dev'], setup: (box) => void box.write('home/nix/profiles/dev/notes', ''),
    message: '"~/nix/profiles/dev" is not a profile of nox: something else has its name', hint: 'move it out of the way, or take another name',
  },
  {
    code: 'is-a-pack', argv: ['status'],
    setup(box) {
      dev('root')(box);
      profile(box, 'pack', 'dev', '-o', 'dev.tar');
      execFileSync('tar', ['-C', box.home, '-xf', `${box.home}/dev.tar`]);
      return { env: { NOX_PROFILE: `${box.home}/dev-1` } };
    },
    message: 'the pack "~/dev-1" is active, and a pack is no profile: name one with -p', hint: 'nox-profile list',
  },
  {
    code: 'no-such-generation', argv: ['switch', '7', '-p', 'dev'], setup: dev('root'),
    message: 'the profile "dev" has no generation 7; it has 0, 1', hint: 'nox-profile history dev',
  },
  {
    code: 'journal-lost', argv: ['list', 'dev'],
    setup: (box) => {
      dev('root')(box);
      fs.rmSync(`${stateOf(box)}/journal`, { recursive: true });
    },
    message: 'the journal of the profile "dev" is damaged: all of its entries are lost, and there are generations (0, 1), which may hold files of yours',
    hint: 'bring "~/nix/profiles/.nox/profiles/dev/journal" back from a backup, or have it made anew: nox-profile doctor dev --repair',
  },
  {
    code: 'generation-damaged', argv: ['list', 'dev'],
    setup: (box) => {
      dev('root')(box);
      fs.truncateSync(`${stateOf(box)}/generations/1/.nox/manifest.json`, 300);
    },
    message: 'generation 1 of the profile "dev" is damaged: "~/nix/profiles/.nox/profiles/dev/generations/1/.nox/manifest.json": its checksum does not match',
    hint: 'show another one: nox-profile switch 0 -p dev; or bring the file back from a backup; packages are not affected',
  },
  {
    code: 'unmanaged-unknown', argv: ['remove', 'dev'],
    setup: (box) => {
      dev('root')(box);
      fs.rmSync(`${stateOf(box)}/generations/1/.nox/farm.json`);
    },
    message: 'whether files of your own are in generation 1 of the profile "dev" cannot be told: "~/nix/profiles/.nox/profiles/dev/generations/1/.nox/farm.json" is damaged: the record of the farm is missing',
    hint: 'look at ~/nix/profiles/.nox/profiles/dev/generations/1, save what is yours, and say --discard-unmanaged',
  },
  {
    code: 'no-earlier-generation', argv: ['rollback', 'dev'],
    setup: (box) => {
      dev('root')(box);
      profile(box, 'rollback', 'dev');
    },
    message: 'the profile "dev" has nothing earlier to go back to', hint: 'nox-profile switch 1 -p dev',
  },
  {
    code: 'not-installed', argv: ['why', 'zlip', '-p', 'dev'], setup: dev('root'),
    message: 'the profile "dev" has no package "zlip"; did you mean "zlib"?', hint: 'nox-profile list dev',
  },
  {
    code: 'package-gone', argv: ['add', 'root', '-p', 'dev'], cured: true,
    setup: (box) => {
      dev('gdb')(box);
      fs.rmSync(box.store('store').pathOf('gdb-14.1'), { recursive: true });
    },
    message: 'the package "gdb-14.1" is gone from the store "/sw/store"', hint: 'nox-profile del gdb-14.1 -p dev',
  },
  {
    code: 'unreadable-package', argv: ['add', 'gdb', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      for (const directory of ['bin', 'share']) box.write(`store/gdb-14.1/${directory}/private/x`, '');
      for (const directory of ['bin', 'share']) fs.chmodSync(box.store('store').pathOf(`gdb-14.1/${directory}/private`), 0);
      giveHomeAway(box);
      return { unprivileged: true };
    },
    message: 'the package "gdb-14.1" has directories that cannot be read, so it cannot be linked whole:\n  /sw/store/gdb-14.1/bin/private\n  /sw/store/gdb-14.1/share/private',
    hint: 'ask the owner of the store for read permission on them',
  },
  {
    code: 'collision', argv: ['add', 'gdb', '-p', 'dev'], setup: dev('hepmc'),
    message: 'one path is brought more than once, so the profile "dev" stays as it is:\n  bin/convert: gdb-14.1 (/sw/store), hepmc-3.2 (/sw/store)',
    hint: 'nox-profile add gdb -p dev --prefer gdb',
  },
  {
    code: 'condemned', argv: ['add', 'gdb', '-p', 'dev', '--wait', '0'],
    setup: (box) => {
      dev()(box);
      condemn(box.store('store').path, 'gdb-14.1', new Date(Date.now() + 600_000), new Date());
    },
    message: 'the package "gdb-14.1" of "/sw/store" is being collected as unused, so the profile stays as it is',
    hint: 'run it again, or give it longer with --wait SECONDS; out of quarantine it comes by: nox-store gc --restore gdb-14.1',
  },
  {
    code: 'record-not-writable', argv: ['add', 'gdb', '-p', 'dev'],
    setup: (box) => {
      software(box);
      fs.mkdirSync(`${box.store('store').path}/.nox/roots`, { recursive: true });
      profile(box, 'new', 'dev');
      profile(box, 'add', 'zlib', '-p', 'dev');
      fs.chmodSync(`${box.store('store').path}/.nox/roots`, 0o555);
      giveHomeAway(box);
      return { unprivileged: true };
    },
    message: 'an older record of your profiles stands beside "/sw/store" and can be neither replaced nor removed, so collection would trust it; nothing was changed',
    hint: 'ask the owner of the store to let you write your record again',
  },
  {
    code: 'not-in-quarantine', bin: 'nox-store', argv: ['gc', '--restore', 'gdb-14.1'], setup: software,
    message: 'not in quarantine in "/sw/store": "gdb-14.1"; nothing is', hint: 'nox-store doctor',
  },
  {
    code: 'not-restored', bin: 'nox-store', argv: ['gc', '--restore', 'gdb-14.1'],
    setup: (box) => {
      software(box);
      quarantine(box.store('store').path, 'gdb-14.1', new Date());
      box.write('store/gdb-14.1/bin/gdb', 'another');
    },
    message: 'the package "gdb-14.1" cannot come back to "/sw/store": something else has its name', hint: 'move what has its name now out of the way',
  },
  {
    code: 'release-is-immutable', argv: ['add', 'gdb', '-p', '2024.1'],
    setup: (box) => {
      dev('root')(box);
      profile(box, 'publish', 'dev', '--as', '2024.1', '--releases', `${box.root}/releases`);
      return { env: { NOX_RELEASES: `${box.root}/releases` } };
    },
    message: '"2024.1" is a release at "/sw/releases/2024.1" and never changes', hint: 'nox-profile new my-2024.1 --from 2024.1',
  },
  {
    code: 'unmanaged-files', argv: ['remove', 'dev'],
    setup: (box) => {
      dev('root')(box);
      box.write(`${box.profiles}/dev/share/notes`, 'mine');
    },
    message: 'the profile "dev" holds the only copy of files that nox did not install, so it stays:\n  1: share/notes',
    hint: 'move them away, or have them deleted too with --discard-unmanaged',
  },
  {
    code: 'no-release-home', argv: ['publish', 'dev'], setup: dev('root'),
    message: 'no directory for releases is known, so "dev" cannot be published', hint: 'give one with --releases DIR, NOX_RELEASES or releases: in the configuration',
  },
  {
    code: 'name-registered', argv: ['register', '../scratch/exp', '--name', 'dev'],
    setup: (box) => {
      dev()(box);
      adHoc(box, '--no-register');
    },
    message: 'the name "dev" is that of "~/nix/profiles/dev" already', hint: 'nox-profile register /sw/scratch/exp --name dev-2',
  },
  {
    code: 'not-registered', argv: ['register', '--forget', 'epx'], setup: (box) => adHoc(box),
    message: 'no ad-hoc profile is registered as "epx" in "~/nix/profiles"; did you mean "exp"?', hint: 'nox-profile list',
  },
  {
    code: 'still-registered', argv: ['register', '--forget', 'exp'], setup: (box) => adHoc(box),
    message: 'the ad-hoc profile "exp" is still at "/sw/scratch/exp"; forgotten, it would keep nothing from being collected', hint: 'nox-profile register --forget exp --force',
  },
  {
    code: 'not-a-directory-of-profile', argv: ['unfold', 'share/icnos', '-p', 'dev'], setup: dev('root'),
    message: '"share/icnos" is not a directory of the profile "dev"', hint: 'nox-profile status dev',
  },
  {
    code: 'no-owner', argv: ['owner', 'rot', '-p', 'dev'], setup: dev('root'),
    message: 'no package of the profile "dev" brings "rot"', hint: 'nox-profile list dev',
  },
  {
    code: 'invalid-config', bin: 'nox-store', argv: ['list'],
    setup: (box) => void box.write('home/.config/nox/config.yaml', 'stores: /sw/store\n'),
    message: 'configuration "~/.config/nox/config.yaml": "stores": it must be a list of texts', hint: 'correct the file',
  },
  {
    code: 'colon-in-path', bin: 'nox-store', argv: ['list', '--store', 'a:b'], setup: software,
    message: '"~/a:b" cannot be used: a path with ":" does not fit into a path variable', hint: 'use a directory whose path has no ":"',
  },
  {
    code: 'special-file', bin: 'nox-store', argv: ['export', 'gdb-14.1', '-o', 'gdb.tar'],
    setup: (box) => {
      software(box);
      execFileSync('mkfifo', [`${box.root}/store/gdb-14.1/bin/pipe`]);
    },
    message: 'the package "gdb-14.1" holds "bin/pipe", which is a device, a FIFO or a socket', hint: 'remove it: a package consists of files, directories and symlinks',
  },
  {
    code: 'not-importable', bin: 'nox-store', argv: ['import', 'tool-1.0'],
    setup: (box) => {
      software(box);
      box.write('home/tool-1.0/.nox/of-a-package', '');
      box.write('home/tool-1.0/bin/x', '', 0o4755);
    },
    message: 'cannot import "~/tool-1.0": "bin/x": it has set-user-id, set-group-id or sticky bits (4755)', hint: null,
  },
  {
    code: 'not-exportable', bin: 'nox-store', argv: ['export', 'gdb-14.1', '-o', 'gdb.tar'],
    setup: (box) => {
      software(box);
      box.write('store/gdb-14.1/share/a\nb', '');
    },
    message: 'cannot export "/sw/store/gdb-14.1": "share/a\\x0ab": its name holds control characters', hint: null,
  },
  {
    code: 'package-exists', bin: 'nox-store', argv: ['import', 'gdb-14.1'],
    setup: (box) => {
      software(box);
      box.write('home/gdb-14.1/bin/gdb', 'another');
    },
    message: '"/sw/store" has a package "gdb-14.1" already, and "~/gdb-14.1" has other content', hint: 'give it another identifier with --as ID',
  },
  {
    code: 'program-missing', bin: 'nox-store', argv: ['import', 'tool-1.0.tar.xz'],
    setup: (box) => {
      software(box);
      box.write('home/tool-1.0.tar.xz', Buffer.from('fd377a585a000004', 'hex'));
      return { env: { PATH: '/nowhere' } };
    },
    message: 'reading xz data needs the program "xz", which is not installed', hint: 'ask for it, or load a module that has it; on Debian it is in the package xz-utils',
  },
  {
    code: 'owner-unknown', bin: 'nox-store', argv: ['owner', 'notes'],
    setup: (box) => {
      software(box);
      box.write('home/notes', '');
    },
    message: '"~/notes" belongs to no package of the stores', hint: 'nox-store list',
  },
  {
    code: 'no-such-file', bin: 'nox-store', argv: ['owner', 'notes'], setup: software,
    message: 'there is no "~/notes"', hint: null,
  },
  {
    code: 'invalid-profile-file', argv: ['apply', 'dev.yaml'],
    setup: (box) => void box.write('home/dev.yaml', 'nox-profile: 1\npackges: [root]\n'),
    message: 'profile file "~/dev.yaml": "packges": there is no such field', hint: 'correct the file; one that nox wrote comes from: nox-profile export',
  },
  {
    code: 'lock-drift', argv: ['apply', 'dev.yaml', '--locked'],
    setup: (box) => {
      dev('gdb')(box);
      const text = box.run('nox-profile', ['export', 'dev']).stdout;
      box.write('home/dev.yaml', text.replace('layout: full', 'layout: folded'));
      box.write('home/dev.lock.yaml', box.run('nox-profile', ['export', 'dev', '--lock']).stdout);
    },
    message: 'what there is now is not what "~/dev.lock.yaml" says, so nothing is changed:\n  "layout" of the file: full in the lock, now folded',
    hint: 'bring back what was locked; or go without --locked, and lock anew with: nox-profile export dev --lock > ~/dev.lock.yaml',
  },
  {
    code: 'no-known-tree', bin: 'nox-store', argv: ['init', '--adopt', '../store'], setup: software,
    message: '"/sw/store" is not a tree of Spack, EasyBuild, conda or Nix', hint: 'nox-store init /sw/store --dry-run',
  },
  {
    code: 'adopt-elsewhere', bin: 'nox-store', argv: ['init', '--adopt', '../store'],
    setup: (box) => void box.store('store').package('aw908cv4xc1rmby8y25izzkx0ki6ampb-hello-2.12.1', {}),
    message: 'the Nix tree "/sw/store" cannot hold a nox-store.yaml, which its own collector would delete',
    hint: 'nox-store init ~/nix/adopted/nix --adopt /sw/store',
  },
  {
    code: 'adopted-store', bin: 'nox-store', argv: ['import', 'gdb-14.1', '--as', 'gdb/14.1'],
    setup: (box) => {
      box.store('store').config("adopted: easybuild\npatterns: ['*/*']\n");
      box.write('home/gdb-14.1/bin/gdb', '');
    },
    message: 'the store "/sw/store" is a tree of EasyBuild, which nox only reads, so nothing is imported into it',
    hint: 'nox-store import gdb-14.1 --store ~/nix/store',
  },
  {
    code: 'store-configured', bin: 'nox-store', argv: ['init', '../store', '--private'],
    setup: (box) => void box.store('store').config('scope: shared\n'),
    message: '"/sw/store/nox-store.yaml" exists and says otherwise: its scope is shared', hint: 'edit the file: docs/stores.md tells its keys',
  },
  {
    code: 'env-conflict', argv: ['add', 'g4', 'data', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('g4-11', { env: { set: { G4DATA: '/sw/a' } } }).package('data-2', { env: { set: { G4DATA: '${package}/data' } } });
    },
    message: 'packages set one variable to different values, so the profile stays as it is:\n  G4DATA: "/sw/store/data-2/data" by "data-2", "/sw/a" by "g4-11"',
    hint: 'leave one of the packages out',
  },
  {
    code: 'invalid-env', argv: ['add', 'odd', '-p', 'dev'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('odd-1', { env: { set: { PS1: '>' } } });
    },
    message: '"odd-1" may not declare the variable "PS1": it belongs to the shell, the session or nox', hint: 'correct "env" in the metadata of the package',
  },
  {
    code: 'csh-newline', onlyForPeople: true, argv: ['env', 'dev', '--shell', 'csh'],
    setup: (box) => {
      dev()(box);
      box.store('store').package('odd-1', { env: { set: { BANNER: 'one\ntwo' } } });
      profile(box, 'add', 'odd', '-p', 'dev');
    },
    message: '"BANNER" holds a newline, which csh cannot take over from a command', hint: 'use another shell, or leave the variable alone with --omit BANNER',
  },
  {
    code: 'not-active', argv: ['env', 'dev', '--deactivate'], setup: dev('root'),
    message: '"dev" is not the profile activated last: none is active', hint: null,
  },
  {
    code: 'no-command', argv: ['run', 'dev', '--'], setup: dev('root'),
    message: 'no command is given; it goes after "--"', hint: 'nox-profile run --help',
  },
  {
    code: 'command-not-found', argv: ['run', 'dev', '--', 'rot'], setup: dev('root'),
    message: 'there is no command "rot" in the environment of the profile "dev"; did you mean "root"?', hint: null,
  },
  {
    code: 'command-not-executable', argv: ['run', 'dev', '--', './notes'],
    setup: (box) => {
      dev('root')(box);
      box.write('home/notes', '');
    },
    message: 'cannot execute "./notes": permission denied', hint: null,
  },
  {
    code: 'run-failed', argv: ['run', 'dev', '--', './busy'],
    setup: (box) => {
      dev('root')(box);
      fs.copyFileSync('/bin/true', `${box.home}/busy`);
      // The kernel starts nothing that somebody has open for writing.
      fs.openSync(`${box.home}/busy`, 'r+');
    },
    message: 'cannot start "./busy": it is open for writing', hint: null,
  },
];

/** So that an ordinary user can write there. */
function giveHomeAway(box: Sandbox): void {
  if (process.getuid?.() !== 0) return;
  for (const entry of ['', ...fs.readdirSync(box.home, { recursive: true, encoding: 'utf8' })]) fs.lchownSync(`${box.home}/${entry}`, 65_534, 65_534);
}

export const rendered: readonly RenderedCase[] = [
  {
    code: 'pack-failed', why: 'a file changes while it is packed', make: () => new NoxError('pack-failed', { problem: '"/sw/store/root-6.30.02/bin/root" changed while it was packed', hint: 'run it again' }),
    message: '"/sw/store/root-6.30.02/bin/root" changed while it was packed', hint: 'run it again',
  },
  {
    code: 'unexpected', why: 'it stands for defects that are not known', make: () => new TypeError('x is not a function'),
    message: 'x is not a function', hint: 'this is a defect of nox: run again with NOX_DEBUG=1 and report what it prints',
  },
  {
    code: 'invalid-identifier', why: 'commands see it only as the problem of an unusable package', make: () => thrown(() => parsePackageId('/root')),
    message: '"/root" is not the identifier of a package: it is an absolute path', hint: null,
  },
  {
    code: 'resolution-too-hard', why: 'some ten seconds of searching come before it',
    make: () => thrown(() => resolve([pigeonholes(8)], { profile: 'dev', installed: [], add: ['all'], del: [], upgrade: [], budget: 1000 })),
    message: 'no choice of packages was found within 1000 steps: the constraints of its packages are too entangled', hint: 'ask for fewer packages at once, or for exact identifiers',
  },
  {
    code: 'interrupted', why: 'it takes a signal, and sets 128 + its number; see test/faults/signals.test.ts', make: () => new NoxError('interrupted', { signal: 'SIGINT' }),
    message: 'interrupted by SIGINT; nothing was changed', hint: null,
  },
  {
    code: 'profile-in-use', why: 'it names the user; see test/cli/lease.test.ts', make: () => new NoxError('profile-in-use', { profile: 'dev', claims: [{ generation: 1, user: 'ada', host: 'node7', job: 'slurm--77', pinnedFor: null }] }),
    message: 'the profile "dev" is in use and stays:\n  generation 1 by ada, job slurm--77', hint: 'wait until that has ended, or remove it all the same with --ignore-leases',
  },
  {
    code: 'profile-removed', why: 'it takes a removal between two steps of another command', make: () => new NoxError('profile-removed', { name: 'dev' }),
    message: 'the profile "dev" was removed while this command ran', hint: 'nox-profile new dev',
  },
  {
    code: 'busy', why: 'it takes others that win every race for as long as one waits', make: () => new NoxError('busy', { profile: 'dev', seconds: 10 }),
    message: 'other commands kept changing the profile "dev" for 10 seconds, so this one gave up and changed nothing', hint: 'run it again, or give it longer with --wait SECONDS',
  },
];

/** So many pigeons for one hole fewer: no search without counting is quick to see that it cannot be. */
function pigeonholes(pigeons: number): Store {
  const packages: Record<string, PackageTraits> = { 'all-1': { depends: Array.from({ length: pigeons }, (_, p) => `pigeon${p}`) } };
  for (let p = 0; p < pigeons; p += 1) {
    for (let hole = 1; hole < pigeons; hole += 1) {
      const conflicts = Array.from({ length: p }, (_, other) => `p${other}in${hole}`);
      packages[`p${p}in${hole}-1`] = { provides: [`pigeon${p}`], conflicts };
    }
  }
  return storeOf('/sw/store', packages);
}

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** A fresh sandbox with what a case needs, and how its command is to be run. */
export function arrange({ setup }: ProvokedCase): { readonly box: Sandbox; readonly options: RunOptions } {
  const box = sandbox();
  return { box, options: setup(box) ?? {} };
}

/** A text with the sandbox's paths replaced by the fixed words of the cases. */
export function withFixedPaths(text: string, { home, root }: Sandbox): string {
  return text.replaceAll(home, '~').replaceAll(root, '/sw');
}
