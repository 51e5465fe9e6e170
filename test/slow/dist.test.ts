import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type NoxResult, runCommand } from '../support/cli.js';
import { sandbox } from '../support/sandbox.js';
import { SHELLS, isMissing } from '../support/shells.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const lacks = (program: string): boolean => spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status !== 0;
const lacksShell = (name: string): boolean => SHELLS.filter((shell) => shell.name === name).every(isMissing);

function makeTarball(into: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(process.execPath, ['scripts/dist.mjs', into], { cwd: REPOSITORY, encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000', ...env } }).trim();
}

describe('the tarball', () => {
  const box = sandbox();
  let file = '';
  let nox = '';
  /** A PATH with what a demo needs, and no node. */
  const tools = `${box.root}/tools`;

  beforeAll(() => {
    fs.chmodSync(box.root, 0o755);
    file = makeTarball(`${box.root}/first`);
    fs.mkdirSync(`${box.root}/any where`);
    execFileSync('tar', ['-xzf', file, '-C', `${box.root}/any where`]);
    nox = `${box.root}/any where/${path.basename(file, '.tar.gz')}`;
    fs.mkdirSync(tools);
    for (const tool of ['sh', 'cp', 'cat', 'mkdir', 'dirname', 'mktemp', 'chmod', 'rm', 'grep', 'sed', 'readlink', 'env', 'ln', 'ls']) {
      fs.symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), `${tools}/${tool}`);
    }
  });

  /** As an ordinary user with nothing in the environment but a home and that PATH. */
  function asUser(command: readonly string[], env: Readonly<Record<string, string>> = {}): NoxResult {
    const home = `${box.root}/user`;
    fs.mkdirSync(home, { recursive: true });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) fs.chownSync(home, 65534, 65534);
    const variables = Object.entries({ HOME: home, TMPDIR: home, PATH: tools, ...env }).map(([name, value]) => `${name}=${value}`);
    const user = isRoot ? ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : [];
    const [program, ...words] = [...user, '/usr/bin/env', '-i', ...variables, ...command] as [string, ...string[]];
    return runCommand(program, words, { cwd: '/', timeout: 120_000 });
  }

  test('is the same bit by bit when it is made again elsewhere, later', () => {
    const again = makeTarball(`${box.root}/second`, { TMPDIR: fs.mkdtempSync(`${box.root}/elsewhere-with-a-long-name-`), HOME: box.home, LC_ALL: 'C', TZ: 'Asia/Tokyo' });
    const digest = (one: string): string => createHash('sha256').update(fs.readFileSync(one)).digest('hex');
    expect(path.basename(again)).toBe(path.basename(file));
    expect(digest(again)).toBe(digest(file));
  });

  test('holds one directory laid out as a package, sorted, of root, of one date', () => {
    const listing = execFileSync('tar', ['--utc', '-tvzf', file], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/\s+/));
    expect(new Set(listing.map(([mode, owner, , day, time]) => `${mode!.slice(0, 1)} ${owner} ${day} ${time}`))).toEqual(new Set(['d root/root 2023-11-14 22:13', '- root/root 2023-11-14 22:13']));
    expect(fs.readdirSync(nox).sort()).toEqual(['bin', 'libexec', 'nox-package.yaml', 'share']);
    expect(fs.readdirSync(`${nox}/bin`).sort()).toEqual(['nox-profile', 'nox-run', 'nox-store']);
    const compiled = fs.readdirSync(`${nox}/libexec/nox`).filter((name) => name.endsWith('.code'));
    expect(compiled).toHaveLength(5);
    expect(spawnSync('grep', ['-rlaF', '-e', REPOSITORY, '-e', '/nox-dist-', '--', `${nox}/bin`, `${nox}/share`, ...compiled.map((name) => `${nox}/libexec/nox/${name}`)], { encoding: 'utf8' }).stdout).toBe('');
  });

  test.skipIf(lacks('setpriv') && process.getuid?.() === 0)('runs the main job for an ordinary user without any node in PATH', () => {
    expect(asUser(['sh', '-c', 'command -v node'])).toMatchObject({ stdout: '' });
    fs.cpSync(`${REPOSITORY}/scripts/demo.sh`, `${box.root}/demo/scripts/demo.sh`);
    fs.cpSync(`${REPOSITORY}/test/fixtures/stores`, `${box.root}/demo/test/fixtures/stores`, { recursive: true, verbatimSymlinks: true });
    fs.symlinkSync(`${nox}/bin`, `${box.root}/demo/bin`);
    const home = `${box.root}/user`;
    const env = { HOME: `${home}/h`, SITE: `${home}/site`, FIXTURES: `${box.root}/demo/test/fixtures/stores`, PATH: `${nox}/bin:${tools}` };
    asUser(['mkdir', '-p', env.HOME, env.SITE]);
    const done = asUser(['sh', `${box.root}/demo/scripts/demo.sh`, '--clean'], env);
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('"hits": 4');
    expect(done.status).toBe(0);
  });

  test.skipIf(lacks('setpriv') && process.getuid?.() === 0)('is a package: added to a store and a profile, it runs from there', () => {
    const home = `${box.root}/user`;
    expect(asUser(['sh', '-c', `mkdir -p "$HOME/nix/store" && ln -s "$1" "$HOME/nix/store/nox"`, 'sh', nox])).toMatchObject({ status: 0 });
    expect(asUser([`${nox}/bin/nox-profile`, 'new', 'tools'])).toMatchObject({ status: 0, stderr: '' });
    expect(asUser([`${nox}/bin/nox-profile`, '-p', 'tools', 'add', 'nox'])).toMatchObject({ status: 0 });
    const bin = `${home}/nix/profiles/tools/bin`;
    expect(fs.readdirSync(bin).sort()).toEqual(['nox-profile', 'nox-run', 'nox-store']);
    const listed = JSON.parse(asUser([`${bin}/nox-profile`, 'list', 'tools', '--json']).stdout) as { packages: Array<{ name: string; version: string }> };
    expect(listed.packages.map(({ name, version }) => [name, version])).toEqual([['nox', JSON.parse(fs.readFileSync(`${REPOSITORY}/package.json`, 'utf8')).version]]);
    const inside = asUser(['sh', '-c', `eval $("$1" env tools); nox-profile --version; command -v nox-store; command -v node; echo "$MANPATH $XDG_DATA_DIRS"`, 'sh', `${nox}/bin/nox-profile`]);
    expect(inside.stdout).toBe(`nox-profile ${listed.packages[0]!.version}\n${bin}/nox-store\n${home}/nix/profiles/tools/share/man: ${home}/nix/profiles/tools/share:/usr/local/share:/usr/share\n`);
  });

  test.skipIf(lacks('man'))('its manual pages render without a warning, one for each command', () => {
    const pages = fs.readdirSync(`${nox}/share/man/man1`);
    expect(pages).toEqual(expect.arrayContaining(['nox-profile.1', 'nox-store.1', 'nox-profile-env.1', 'nox-store-gc.1']));
    for (const page of pages) {
      const done = spawnSync('man', ['--warnings', '-l', `${nox}/share/man/man1/${page}`], { encoding: 'utf8', env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' } });
      expect({ page, status: done.status, stderr: done.stderr }).toEqual({ page, status: 0, stderr: '' });
      expect(done.stdout).toContain(page.slice(0, -2));
    }
  });

  test.skipIf(lacksShell('bash'))('its completions load in bash', () => {
    const script = `. "$1"; try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nox_profile; echo "\${COMPREPLY[@]}"; }; try nox-profile ro; try nox-profile env --sh; try nox-profile env --shell t; mkdir -p "$HOME/nix/profiles/dev"; try nox-profile env d`;
    const done = spawnSync('bash', ['--norc', '-c', script, 'bash', `${nox}/share/bash-completion/completions/nox-profile`], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: `${box.root}/completing` } });
    expect([done.stdout, done.stderr]).toEqual(['rollback\n--shell\ntcsh\ndev\n', '']);
  });

  test.skipIf(lacksShell('fish'))('its completions load in fish', () => {
    const script = `source ${JSON.stringify(`${nox}/share/fish/vendor_completions.d/nox-profile.fish`)}; complete -C 'nox-profile ro'; complete -C 'nox-profile env --shell tc'`;
    const done = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8', env: { ...process.env, HOME: box.home } });
    expect(done.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['rollback', 'tcsh', '']);
    expect(done.stderr).toBe('');
  });

  test.skipIf(lacksShell('zsh'))('its completions load in zsh', () => {
    const directory = `${nox}/share/zsh/site-functions`;
    const complete = `fpath=("$1" $fpath); autoload -Uz compinit; compinit -u -d "$HOME/dump"; echo $_comps[nox-profile] $_comps[nox-store]; autoload +X _nox-profile && echo loaded`;
    const done = spawnSync('zsh', ['-f', '-c', complete, 'zsh', directory], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: box.home } });
    expect([done.stdout, done.stderr]).toEqual(['_nox-profile _nox-store\nloaded\n', '']);
    for (const one of ['_nox-profile', '_nox-store']) expect(spawnSync('zsh', ['-f', '-n', `${directory}/${one}`]).status).toBe(0);
  });
});
