import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBase, lookUp } from './debian/apt.js';
import { asOrdinaryUser, hostCopies, inSandbox, installNox, type Outcome, programPath, type Sandbox, whatIsAbsent } from './debian/host.js';
import { importStore, type ImportedPackage } from './debian/import-store.js';
import type { StorePackage } from './debian/unpack.js';

/* Programs that look at where they lie, from one profile of Debian packages, by the remedies that nox has for them. */

const WANTED = ['python3-scipy', 'python3-matplotlib', 'g++', 'cmake', 'make', 'libboost-dev'];
const NEEDED = ['apt-get', 'apt-cache', 'dpkg-deb', 'bwrap', 'setpriv', 'ldd'];
/** Programs of the host that the tests use, and those that write and unpack an image. */
const HOST_PROGRAMS = ['sh', 'node', 'env', 'ls', 'sed', 'grep'];
const FOR_IMAGES = ['mksquashfs', 'unsquashfs'];
const MINUTES = 60_000;

/** Why this machine cannot run the tests, in words. */
let absent: string | null = null;
let root = '';
let sandbox: Sandbox;
let profile = '';
const figures: string[] = [];

beforeAll(() => {
  absent = whatIsAbsent(NEEDED) ?? (lookUp('libc6') === null ? 'apt has no lists of packages' : null);
  if (absent === null && !existsSync('/usr/include/features.h')) absent = 'the host has no headers of its C library';
  if (absent !== null) return;
  root = mkdtempSync(join(tmpdir(), 'nox-programs-'));
  chmodSync(root, 0o755);
  const [store, home, cwd] = [join(root, 'store'), join(root, 'home'), join(root, 'work')];
  for (const path of [home, cwd]) mkdirSync(path);
  for (const path of [home, cwd]) chownSync(path, asOrdinaryUser().uid, asOrdinaryUser().uid);
  const imported = importStore(store, WANTED);
  if (typeof imported === 'string') {
    absent = `apt cannot download: ${imported}`;
    return;
  }
  const packages = imported.packages.map((one) => contentsOf(store, one)).filter(({ name }) => !isBase(name));
  const hidden = hostCopies(packages, [...HOST_PROGRAMS, ...FOR_IMAGES.filter((name) => programPath(name) !== null)]);
  figures.push(`${packages.length} packages; hidden of the host: ${hidden.directories.length} directories, ${hidden.files.length} files`);
  sandbox = { hidden, home, cwd, store, bin: installNox(resolve(import.meta.dirname, '../..'), join(root, 'nox')) };
  profile = join(home, 'nix/profiles/real');
  succeed(inSandbox(sandbox, `nox-profile new real && nox-profile -p real add ${WANTED.join(' ')}`));
  const { made, links } = JSON.parse(succeed(inSandbox(sandbox, 'nox-profile status real --json'))) as { made: { path: string }[]; links: number };
  const bytes = made.reduce((sum, { path }) => sum + lstatSync(join(profile, path)).size, 0);
  figures.push(`${links} links, and ${made.length} files instead of links with ${bytes} bytes`);
}, 10 * MINUTES);

afterAll(() => {
  if (absent !== null) process.stdout.write(`\nprograms of Debian: not tried: ${absent}\n`);
  if (figures.length > 0) process.stdout.write(`\nprograms of Debian:\n${figures.map((line) => `  ${line}\n`).join('')}`);
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

/** What a package holds, by the list that its import left. The C library and its headers count as the host's. */
function contentsOf(store: string, { id }: ImportedPackage): StorePackage {
  const [, document = ''] = readFileSync(join(store, id, '.nox/contents.json'), 'utf8').split('\n');
  const { entries } = JSON.parse(document) as { entries: { type: string; path: string }[] };
  const pathsOf = (isMeant: (type: string) => boolean): string[] => entries.filter(({ type }) => isMeant(type)).map(({ path }) => path);
  return { id, name: id.replace(/-[0-9][^-]*(?:-[^-]*)?$/, ''), files: pathsOf((type) => type !== 'directory'), directories: pathsOf((type) => type === 'directory') };
}

/** A test that is skipped by name where the machine lacks what it needs, and fails for that in continuous integration. */
function real(name: string, test: () => void, lacks: () => string | null = () => null): void {
  it(name, ({ skip }) => {
    const reason = absent ?? lacks();
    if (reason !== null && process.env['CI']) throw new Error(reason);
    if (reason !== null) skip(reason);
    test();
  }, 5 * MINUTES);
}

function succeed({ status, stdout, stderr }: Outcome): string {
  expect({ status, stderr: status === 0 ? '' : `${stderr}${stdout}` }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const run = (script: string): string => succeed(inSandbox(sandbox, `set -eu; eval $(nox-profile env real); ${script}`));

function write(name: string, text: string): void {
  const path = join(sandbox.cwd, name);
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(path, text);
  for (const own of [resolve(path, '..'), path]) chownSync(own, asOrdinaryUser().uid, asOrdinaryUser().uid);
}

const isOurs = (path: string): boolean => [profile, sandbox.store, join(sandbox.home, 'nix/profiles')].some((own) => path.startsWith(`${own}/`));
const PROGRAM = `
#include <boost/algorithm/string.hpp>
#include <iostream>
#include <vector>
int main() {
  std::vector<std::string> parts;
  boost::split(parts, std::string("pixel,strip"), boost::is_any_of(","));
  std::cout << parts.at(1) << std::endl;
}
`;

describe('without the profile, the sandbox has no', () => {
  const controls = { Python: 'python3 -c 0', 'C++ compiler': 'g++ --version', CMake: 'cmake --version', 'header of Boost': 'test -e /usr/include/boost/version.hpp' };
  for (const [name, script] of Object.entries(controls)) real(name, () => expect(inSandbox(sandbox, script).status).not.toBe(0));
});

describe('from a profile of Debian packages, the copies of the host hidden,', () => {
  real('python3 finds its library by its own place, and its prefix is the profile', () => {
    const answer = JSON.parse(run(`python3 -c "import json, os, sys; print(json.dumps([sys.prefix, os.__file__, os.environ.get('PYTHONHOME')]))"`)) as [string, string, string | null];
    expect(realpathSync(answer[0])).toBe(realpathSync(profile));
    expect(answer[1]).toSatisfy(isOurs);
    expect(answer[2]).toBeNull();
  });

  real('python3 does so without any variable but the one for its libraries', () => {
    const out = run(`env -i LD_LIBRARY_PATH="$LD_LIBRARY_PATH" '${profile}/bin/python3' -c 'import sys, json; print(sys.prefix)'`);
    expect(realpathSync(out.trim())).toBe(realpathSync(profile));
  });

  real('python3 and CMake do not work through links (control)', () => {
    for (const words of ["python3.11-minimal-*/bin/python3.11 -c 'import json'", 'cmake-[0-9]*/bin/cmake -P /dev/null']) {
      expect(inSandbox(sandbox, `eval $(nox-profile env real); '${sandbox.store}'/${words}`).status).not.toBe(0);
    }
  });

  real('doctor names python3 where its package declares nothing, and the flag that it tells settles it', () => {
    const config = join(sandbox.store, 'nox-store.yaml');
    const ids = readdirSync(sandbox.store).filter((id) => /^python3(\.\d+)?-minimal-/.test(id));
    writeFileSync(config, JSON.stringify({ patterns: ['*'], packages: Object.fromEntries(ids.map((id) => [id, { remedies: {} }])) }));
    try {
      succeed(inSandbox(sandbox, 'nox-profile new bare && nox-profile -p bare add python3'));
      const { findings } = JSON.parse(succeed(inSandbox(sandbox, 'nox-profile doctor bare --json'))) as { findings: { code: string; hint: string }[] };
      expect(findings.map(({ code }) => code)).toEqual(ids.map(() => 'python-elsewhere'));
      for (const { hint } of findings) succeed(inSandbox(sandbox, hint.slice(hint.indexOf(': ') + 2, hint.indexOf(';'))));
      expect(succeed(inSandbox(sandbox, 'nox-profile doctor bare'))).toContain('nothing amiss');
      expect(succeed(inSandbox(sandbox, `eval $(nox-profile env bare); python3 -c 'import json, sys; print(sys.prefix)'`)).trim()).toBe(join(sandbox.home, 'nix/profiles/bare'));
    } finally {
      rmSync(config);
    }
  });

  real('scipy computes and matplotlib draws', () => {
    write('draw.py', `
import matplotlib, scipy.integrate
matplotlib.use('Agg')
from matplotlib import pyplot
area, _ = scipy.integrate.quad(lambda x: 3 * x * x, 0, 2)
pyplot.plot([1, 2], [3, 4])
pyplot.title('events')
pyplot.savefig('plot.png')
print(round(area, 9), scipy.__file__, matplotlib.get_data_path())
`);
    const [area, ...paths] = run('python3 draw.py').trim().split(' ');
    expect(area).toBe('8.0');
    for (const path of paths) expect(path).toSatisfy(isOurs);
    const png = readFileSync(join(sandbox.cwd, 'plot.png'));
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect(png.readUInt32BE(16)).toBe(640);
    expect(png.length).toBeGreaterThan(5000);
  });

  real('g++ compiles and links a program with a header of Boost, and it runs', () => {
    write('cpp/main.cpp', PROGRAM);
    expect(run('cd cpp; g++ -O1 main.cpp -o main; ./main')).toBe('strip\n');
    const used = run('cd cpp; g++ -print-prog-name=cc1plus; g++ -H -fsyntax-only main.cpp 2>&1 | sed -n "s/^[.]* //p" | grep -E "boost/algorithm/string.hpp|/iostream$"').trim().split('\n');
    expect(used).toHaveLength(3);
    for (const path of used) expect(path).toSatisfy(isOurs);
  });

  real('CMake configures a project, make builds it, and it runs', () => {
    write('project/CMakeLists.txt', `
cmake_minimum_required(VERSION 3.10)
project(splits LANGUAGES CXX)
message(STATUS "with: \${CMAKE_CXX_COMPILER}")
message(STATUS "with: \${CMAKE_ROOT}")
add_executable(splits main.cpp)
`);
    write('project/main.cpp', PROGRAM);
    const output = run('cd project; cmake -S . -B build; cmake --build build; ./build/splits');
    const found = [...output.matchAll(/with: (\S+)/g)].map((match) => match[1]!);
    expect(found).toEqual([expect.toSatisfy(isOurs), expect.toSatisfy(isOurs)]);
    expect(output).toMatch(/^strip$/m);
  });
});

describe('from the packed image, where store, profile and the copies of the host are hidden,', () => {
  const lacks = (): string | null => FOR_IMAGES.find((name) => programPath(name) === null) ?? null;
  const nowhere = (): Sandbox => ({ ...sandbox, hidden: { ...sandbox.hidden, directories: [...sandbox.hidden.directories, sandbox.store, join(sandbox.home, 'nix')] } });
  const inImage = (script: string): string => succeed(inSandbox(nowhere(), `TMPDIR='${sandbox.home}' nox-run image.squashfs -- sh -euc '${script}'`));

  real('python3 computes and matplotlib draws', () => {
    const { bytes } = JSON.parse(succeed(inSandbox(sandbox, 'nox-profile pack real -o image.squashfs --json'))) as { bytes: number };
    figures.push(`the image has ${bytes} bytes`);
    expect(inSandbox(nowhere(), `ls '${profile}' || ls '${sandbox.store}'/*`).status).not.toBe(0);
    rmSync(join(sandbox.cwd, 'plot.png'), { force: true });
    const [area, ...paths] = inImage('python3 draw.py; echo "$NOX_PROFILE"').trim().split(/\s+/);
    expect(area).toBe('8.0');
    for (const path of paths.slice(0, 2)) expect(path.startsWith(`${paths[2]}/`)).toBe(true);
    expect(readFileSync(join(sandbox.cwd, 'plot.png')).readUInt32BE(16)).toBe(640);
  }, lacks);

  real('g++ compiles and links a program with a header of Boost, and it runs', () => {
    expect(inImage('cd cpp; rm -f main; g++ -O1 main.cpp -o main; ./main')).toBe('strip\n');
    const used = inImage('cd cpp; g++ -print-prog-name=cc1plus; g++ -H -fsyntax-only main.cpp 2>&1 | sed -n "s/^[.]* //p" | grep -E "boost/algorithm/string.hpp|/iostream$"; cd "$NOX_PROFILE"; pwd -P').trim().split('\n');
    expect(used).toHaveLength(4);
    for (const path of used.slice(0, 3)) expect(resolve(path)).toSatisfy((own: string) => own.startsWith(`${used[3]}/`), `lies in ${used[3]}`);
  }, lacks);
});

describe('for another user, with an empty store of their own,', () => {
  const other = 64_124;
  const as = (words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('setpriv', [`--reuid=${other}`, `--regid=${other}`, '--clear-groups', '--', ...words], {
      encoding: 'utf8', maxBuffer: 64 << 20, cwd: otherHome(), env: { HOME: otherHome(), PATH: `${sandbox.bin}:/usr/bin:/bin`, NOX_NODE: process.execPath },
    });
    return succeed({ status, stdout, stderr });
  };
  const otherHome = (): string => join(root, 'other');
  const packagesOf = (lock: string): string[] => lock.split('\n').filter((line) => /^ *(- name|id|version|digest|dependsOn|requested):/.test(line));
  const lacks = (): string | null => (process.getuid!() === 0 ? null : 'only root can act as two users');

  real('an export of the closure gives the same digests, and the profile of the lock is the same link for link', () => {
    succeed(inSandbox(sandbox, `nox-profile export real > real.yaml; nox-profile export real --lock > real.lock.yaml; nox-store export --closure -o closure.tar -- ${WANTED.join(' ')}`));
    mkdirSync(otherHome());
    chownSync(otherHome(), other, other);
    for (const file of ['real.yaml', 'real.lock.yaml']) cpSync(join(sandbox.cwd, file), join(otherHome(), file));

    as(['nox-store', 'import', '--store', join(otherHome(), 'store'), join(sandbox.cwd, 'closure.tar')]);
    as(['sh', '-c', 'NOX_STORE_PATH=$HOME/store nox-profile apply real.yaml --locked']);

    const lock = as(['nox-profile', 'export', 'real', '--lock']);
    expect(packagesOf(lock)).toEqual(packagesOf(readFileSync(join(otherHome(), 'real.lock.yaml'), 'utf8')));
    expect(packagesOf(lock).filter((line) => line.includes('digest:')).length).toBeGreaterThan(50);
    const mine = linksOf(profile, [[sandbox.store, '/STORE'], [join(sandbox.home, 'nix'), '/NIX']]);
    expect(linksOf(join(otherHome(), 'nix/profiles/real'), [[join(otherHome(), 'store'), '/STORE'], [join(otherHome(), 'nix'), '/NIX']])).toEqual(mine);
    expect(mine.size).toBeGreaterThan(5000);
    figures.push(`${mine.size} entries of the profile are the same for another user; the export has ${lstatSync(join(sandbox.cwd, 'closure.tar')).size} bytes`);
  }, lacks);
});

/** Every entry of a farm: a link's text, a file's content, with these places called by other names. */
function linksOf(farm: string, places: ReadonlyArray<readonly [path: string, name: string]>): Map<string, string> {
  const named = (text: string): string => places.reduce((result, [path, name]) => result.replaceAll(path, name), text);
  const top = realpathSync(farm);
  return new Map(readdirSync(top, { withFileTypes: true, recursive: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(top.length + 1), entry.isSymbolicLink() ? `-> ${named(readlinkSync(path))}` : entry.isFile() ? named(readFileSync(path, 'latin1')) : 'directory'] as const;
  }).filter(([path, is]) => !/^\.nox(\/[^/]+)?$/.test(path) && (is.startsWith('-> ') || !/\/__pycache__(\/|$)/.test(path))).sort(([a], [b]) => (a < b ? -1 : 1)));
}
