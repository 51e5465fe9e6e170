import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, lookUp, resolveClosure } from './debian/apt.js';
import { asOrdinaryUser, hostCopies, inSandbox, installNox, type Outcome, programPath, type Sandbox, whatIsAbsent } from './debian/host.js';
import { TRIPLET } from './debian/maintainer.js';
import { unpackStore } from './debian/unpack.js';

const WANTED = ['python3', 'python3-numpy', 'libjson-c-dev', 'libyaml-cpp-dev', 'jq', 'xz-utils'];
const NEEDED = ['apt-get', 'apt-cache', 'dpkg-deb', 'bwrap', 'setpriv', 'ldd', 'gcc', 'g++', 'pkg-config', 'cmake', 'make', 'man'];
/** Programs of the host that run in the sandbox: what they link to stays visible. */
const HOST_PROGRAMS = ['sh', 'bash', 'node', 'env', 'gcc', 'g++', 'cc1', 'cc1plus', 'as', 'ld', 'collect2', 'pkg-config', 'cmake', 'make', 'man', 'zsh', 'ksh', 'mksh', 'tcsh', 'fish'];
const MINUTES = 60_000;

/** Why this machine cannot run the tests, in words. */
let absent: string | null = null;
let root = '';
let sandbox: Sandbox;
let profile = '';
const figures: string[] = [];

beforeAll(() => {
  absent = whatIsAbsent(NEEDED) ?? (lookUp('libc6') === null ? 'apt has no lists of packages' : null);
  if (absent !== null) return;
  const closure = resolveClosure(WANTED);
  const archives = download([...closure, lookUp('libc6')!]);
  if (typeof archives === 'string') {
    absent = `apt cannot download: ${archives}`;
    return;
  }
  root = mkdtempSync(join(tmpdir(), 'nox-real-'));
  chmodSync(root, 0o755);
  const [store, foreign] = [join(root, 'store'), join(root, 'foreign')];
  for (const path of [store, foreign]) mkdirSync(path);
  const started = performance.now();
  const unpacked = unpackStore(store, archives.filter((archive) => archive.package.name !== 'libc6'));
  figures.push(`${unpacked.packages.length} packages with ${countEntries(store)} files unpacked in ${seconds(started)}; ${unpacked.dropped.length} links lead to nothing and are left out`);
  unpackStore(foreign, archives.filter((archive) => archive.package.name === 'libc6'));
  const [home, cwd] = [join(root, 'home'), join(root, 'work')];
  for (const path of [home, cwd]) {
    mkdirSync(path);
    chownSync(path, asOrdinaryUser().uid, asOrdinaryUser().uid);
  }
  const hidden = hostCopies(unpacked.packages, HOST_PROGRAMS.filter((name) => programPath(name) !== null || /^(cc1|collect2)/.test(name)));
  figures.push(`hidden of the host: ${hidden.directories.length} directories, ${hidden.files.length} files; ${hidden.kept.length} libraries stay for the host's own programs`);
  sandbox = { hidden, home, cwd, store, bin: installNox(resolve(import.meta.dirname, '../..'), join(root, 'nox')) };
  profile = join(home, 'nix/profiles/real');
  succeed(run('nox-profile new real'));
  const adding = performance.now();
  const added = JSON.parse(succeed(run(`nox-profile -p real add --json ${WANTED.join(' ')}`))) as { changes: unknown[] };
  figures.push(`one "nox-profile add" of ${WANTED.length} requests: ${added.changes.length} packages, ${countLinks(profile)} links in ${seconds(adding)}`);
}, 10 * MINUTES);

afterAll(() => {
  if (absent !== null) process.stdout.write(`\nreal input: not tried: ${absent}\n`);
  if (figures.length > 0) process.stdout.write(`\nreal input:\n${figures.map((line) => `  ${line}\n`).join('')}`);
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

/** A test that is skipped by name where the machine lacks what it needs, and fails for that in continuous integration. */
function real(name: string, test: () => void, lacks: () => string | null = () => null): void {
  it(name, ({ skip }) => {
    const reason = absent ?? lacks();
    if (reason !== null && process.env['CI']) throw new Error(reason);
    if (reason !== null) skip(reason);
    test();
  }, 5 * MINUTES);
}

const run = (script: string, shell?: readonly string[]): Outcome => inSandbox(sandbox, script, shell);

function succeed({ status, stdout, stderr }: Outcome): string {
  expect({ status, stderr: status === 0 ? '' : `${stderr}${stdout}` }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const activated = (script: string): string => `set -eu; eval $(nox-profile env real); ${script}`;
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const isOurs = (path: string): boolean => path.startsWith(`${profile}/`) || path.startsWith(`${sandbox.store}/`) || path.startsWith(`${sandbox.home}/nix/profiles/`);

function countEntries(directory: string): number {
  return Number(execFileSync('sh', ['-c', 'find "$1" ! -type d | wc -l', 'sh', directory], { encoding: 'utf8' }));
}

function countLinks(directory: string): number {
  return Number(execFileSync('sh', ['-c', 'find "$1/" -type l | wc -l', 'sh', directory], { encoding: 'utf8' }));
}

function write(name: string, text: string): void {
  const path = join(sandbox.cwd, name);
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(path, text);
  for (const own of [resolve(path, '..'), path]) chownSync(own, asOrdinaryUser().uid, asOrdinaryUser().uid);
}

/** The paths that ldd finds for libraries whose names match. */
function lddPaths(listing: string, name: RegExp): string[] {
  return listing.split('\n').flatMap((line) => {
    const match = /^\s*(\S+) => (\S+) \(/.exec(line);
    return match !== null && name.test(match[1]!) ? [match[2]!] : [];
  });
}

describe('without the profile, the sandbox', () => {
  const controls = {
    'has no Python': 'python3 -c 0',
    'has no json-c for pkg-config': 'pkg-config --exists json-c',
    'has no header of json-c': 'echo "#include <json-c/json.h>" | gcc -fsyntax-only -x c -',
    'has no yaml-cpp for CMake': 'cmake --find-package -DNAME=yaml-cpp -DCOMPILER_ID=GNU -DLANGUAGE=CXX -DMODE=EXIST',
    'has no man page of jq': 'man -w jq',
    'has no jq': 'jq --version',
  };
  for (const [name, script] of Object.entries(controls)) {
    real(name, () => expect(run(script).status).not.toBe(0));
  }
});

describe('a profile of Debian packages, the copies of the host hidden,', () => {
  real('imports numpy and computes', () => {
    write('solve.py', `
import json, os, ssl, sqlite3, sys, numpy
a = numpy.array([[2.0, 1.0], [1.0, 3.0]])
maps = sorted({line.split()[-1] for line in open('/proc/self/maps') if '.so' in line})
print(json.dumps({'x': numpy.linalg.solve(a, [3.0, 5.0]).round(9).tolist(), 'file': numpy.__file__, 'os': sys.modules['os'].__file__, 'prefix': sys.prefix, 'home': os.environ.get('PYTHONHOME'),
  'python': sys.executable, 'eigen': numpy.linalg.eigvalsh(a).sum().round(9), 'maps': maps}))
`);
    const answer = JSON.parse(succeed(run(activated('python3 solve.py')))) as { x: number[]; file: string; os: string; python: string; prefix: string; home: string | null; eigen: number; maps: string[] };
    expect(answer.x).toEqual([0.8, 1.4]);
    expect(answer.eigen).toBe(5);
    for (const path of [answer.file, answer.os, answer.python]) expect(path).toSatisfy(isOurs);
    expect(realpathSync(answer.prefix)).toBe(realpathSync(profile));
    expect(answer.home).toBeNull();
    const foreign = answer.maps.filter((path) => !isOurs(path));
    expect(foreign.filter((path) => !/\/(ld-linux[^/]*|lib(c|m|dl|pthread|rt|resolv|gcc_s|stdc\+\+))\.so[.0-9]*$/.test(path))).toEqual([]);
    expect(answer.maps.some((path) => /liblapack\.so/.test(path))).toBe(true);
  });

  real('builds a C program by pkg-config, and runs it', () => {
    write('c/main.c', `
#include <json-c/json.h>
#include <stdio.h>
int main(void) {
  struct json_object *event = json_tokener_parse("{\\"hits\\": [3, 4]}"), *hits;
  json_object_object_get_ex(event, "hits", &hits);
  printf("%zu hits\\n", json_object_array_length(hits));
  return 0;
}
`);
    const output = succeed(run(activated('cd c; gcc main.c $(pkg-config --cflags --libs json-c) -o main; ./main; ldd ./main')));
    expect(output).toMatch(/^2 hits\n/);
    expect(lddPaths(output, /^libjson-c\.so/)).toEqual([expect.toSatisfy(isOurs)]);
  });

  real('gives pkg-config paths inside of itself', () => {
    const [flags] = [succeed(run(activated('pkg-config --cflags --libs-only-L --keep-system-cflags --keep-system-libs json-c')))];
    const paths = [...flags.matchAll(/-[IL](\S+)/g)].map((match) => match[1]!);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(path).toSatisfy(isOurs);
  });

  real('is found by find_package of CMake, and the program runs', () => {
    write('cmake/CMakeLists.txt', `
cmake_minimum_required(VERSION 3.10)
project(reads LANGUAGES C CXX)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(json-c CONFIG REQUIRED)
message(STATUS "found: \${yaml-cpp_DIR}")
message(STATUS "found: \${json-c_DIR}")
add_executable(reads main.cpp)
target_include_directories(reads PRIVATE \${YAML_CPP_INCLUDE_DIR})
target_link_libraries(reads yaml-cpp)
`);
    write('cmake/main.cpp', `
#include <yaml-cpp/yaml.h>
#include <iostream>
int main() { std::cout << YAML::Load("{layers: [pixel, strip]}")["layers"][1].as<std::string>() << std::endl; }
`);
    const output = succeed(run(activated('cd cmake; cmake -S . -B build; cmake --build build; ./build/reads; ldd build/reads')));
    const found = [...output.matchAll(/found: (\S+)/g)].map((match) => match[1]!);
    expect(found).toEqual([expect.toSatisfy(isOurs), expect.toSatisfy(isOurs)]);
    expect(output).toMatch(/^strip$/m);
    expect(lddPaths(output, /^libyaml-cpp\.so/)).toEqual([expect.toSatisfy(isOurs)]);
  });

  real('has the man pages of its tools', () => {
    const paths = succeed(run(activated('man -w jq; man -w xz; man -w lzma'))).trim().split('\n');
    expect(paths).toHaveLength(3);
    for (const path of paths) expect(path).toSatisfy(isOurs);
    expect(succeed(run(activated('MANPAGER=cat man jq')))).toContain('Command-line JSON processor');
  });

  real('runs its tools, those of the alternatives too', () => {
    expect(succeed(run(activated(`echo '{"a": [1, 2]}' | jq -c .a; echo packed | lzma | unlzma`)))).toBe('[1,2]\npacked\n');
  });

  real('has no link that leads to nothing', () => {
    expect(execFileSync('find', [`${profile}/`, '-xtype', 'l'], { encoding: 'utf8' })).toBe('');
  });
});

describe('the profile is activated by an unquoted eval in', () => {
  const posix = 'eval $(nox-profile env real); python3 -c "import numpy; print(numpy.__file__)"';
  const shells: Record<string, readonly [words: readonly string[], script: string]> = {
    sh: [['sh', '-c'], posix],
    dash: [['dash', '-c'], posix],
    bash: [['bash', '-c'], posix],
    zsh: [['zsh', '-fc'], posix],
    ksh: [['ksh', '-c'], posix],
    mksh: [['mksh', '-c'], posix],
    busybox: [['busybox', 'sh', '-c'], posix],
    tcsh: [['tcsh', '-fc'], 'eval `nox-profile env real --shell csh`; python3 -c "import numpy; print(numpy.__file__)"'],
    fish: [['fish', '--no-config', '-c'], 'nox-profile env real --shell fish | source; python3 -c "import numpy; print(numpy.__file__)"'],
  };
  for (const [name, [words, script]] of Object.entries(shells)) {
    real(name, () => expect(succeed(run(script, words)).trim()).toSatisfy(isOurs), () => (programPath(name) === null ? `not installed: ${name}` : null));
  }

  real('sh, and deactivation gives back the environment to the byte', () => {
    const script = 'env -0 | sort -z >before; eval $(nox-profile env real); env -0 | sort -z >during; eval $(nox-profile env --deactivate); env -0 | sort -z >after';
    succeed(run(script));
    const [before, during, after] = ['before', 'during', 'after'].map((name) => readFileSync(join(sandbox.cwd, name), 'utf8'));
    expect(after).toBe(before);
    expect(during).not.toBe(before);
  });
});

describe('a profile with a foreign C library', () => {
  let library = '';
  const inForeign = (script: string): Outcome => run(`export NOX_STORE_PATH='${join(root, 'foreign')}'; ${script}`);

  real('is made, and says that the files of the C library are left out', () => {
    library = makeForeign(join(root, 'foreign'));
    const added = inForeign('nox-profile new foreign && nox-profile -p foreign add libc6');
    succeed(added);
    expect(`${added.stdout}${added.stderr}`).toMatch(/libc\.so\.6|C library/);
    const farm = execFileSync('find', [`${sandbox.home}/nix/profiles/foreign/`, '-type', 'l', '-printf', '%f\\n'], { encoding: 'utf8' }).trim().split('\n');
    expect(farm.filter((name) => /^lib.*\.so/.test(name))).not.toEqual([]);
    expect(farm.filter((name) => /^(ld-linux|libc\.so|libm\.so|libpthread\.so|libdl\.so|librt\.so|libresolv\.so|libnss_)/.test(name))).toEqual([]);
  });

  real('would crash the programs of the host if it had them (control)', () => {
    expect(inForeign(`LD_LIBRARY_PATH='${library}' /bin/ls /`).status).not.toBe(0);
  });

  real('leaves /bin/ls and deactivation working', () => {
    const output = succeed(inForeign('set -e; eval $(nox-profile env foreign); test -n "$NOX_PROFILE"; /bin/ls -d /usr; nox-profile env --deactivate >out; eval $(nox-profile env --deactivate); echo "${NOX_PROFILE-none}"'));
    expect(output).toBe('/usr\nnone\n');
  });

  real('keeps them with --with-libc', () => {
    succeed(inForeign('nox-profile new whole && nox-profile -p whole add --with-libc libc6'));
    expect(existsSync(join(sandbox.home, 'nix/profiles/whole/lib', TRIPLET, 'libc.so.6'))).toBe(true);
  });
});

/**
 * Makes the unpacked libc6 foreign to the host's loader, as the C library of another release is: its private symbols get
 * a version that this loader does not have.
 * @returns the directory of its libraries.
 */
function makeForeign(store: string): string {
  const directory = join(store, readdirSync(store).find((name) => name.startsWith('libc6-'))!, 'lib', TRIPLET);
  const file = join(directory, 'libc.so.6');
  const bytes = readFileSync(file);
  const [own, other] = [Buffer.from('GLIBC_PRIVATE\0'), Buffer.from('GLIBC_PRIVATF\0')];
  for (let at = bytes.indexOf(own); at >= 0; at = bytes.indexOf(own, at)) other.copy(bytes, at);
  rmSync(file);
  writeFileSync(file, bytes, { mode: 0o755 });
  return directory;
}
