import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { raw } from '../../src/fs/bytes.js';
import { layout, sandbox } from '../support/sandbox.js';

describe('nox-store list', () => {
  test('shows every package of every store, aliases and shadowed ones so, in aligned columns', () => {
    const box = sandbox();
    const dev = box.store('dev').package('root-6.31.99').package('zlib-1.2.13', { yaml: 'depends: 3' });
    const central = box.store('central').package('root-6.30.02').link('root', 'root-6.30.02').package('zlib-1.2.13').package('tool');
    const { stdout, stderr, status } = box.run('nox-store', ['list', '--store', dev.path, '--store', central.path, '--store', 'none']);
    expect(stdout).toBe(`${dev.path}
  root-6.31.99  root  6.31.99
  zlib-1.2.13   zlib  1.2.13   unusable: nox-package.yaml: depends: it must be a list of texts
${central.path}
  root          root  6.30.02  alias of root-6.30.02
  root-6.30.02  root  6.30.02
  tool          tool  -
  zlib-1.2.13   zlib  1.2.13   shadowed by ${dev.path}
${box.home}/none  (missing)
`);
    expect(stderr).toBe(`nox-store: "${box.home}/none": this store does not exist\n`);
    expect(status).toBe(0);
  });

  test('gives the documented fields with --json, and keeps warnings on standard error', () => {
    const box = sandbox();
    const dev = box.store('dev').package('a-1');
    const central = box.store('central').package('a-1').link('a', 'a-1').link('broken', 'none');
    const fields = { name: 'a', version: '1', problem: null };
    expect(box.json('nox-store', ['list'])).toEqual({
      version: 1,
      stores: [
        { path: dev.path, writable: true, missing: false, packages: [{ ...fields, id: 'a-1', path: `${dev.path}/a-1`, shadowedBy: null, aliasOf: null }] },
        {
          path: central.path,
          writable: true,
          missing: false,
          packages: [
            { ...fields, id: 'a', path: `${central.path}/a`, shadowedBy: null, aliasOf: 'a-1' },
            { ...fields, id: 'a-1', path: `${central.path}/a-1`, shadowedBy: dev.path, aliasOf: null },
          ],
        },
      ],
    });
    expect(box.run('nox-store', ['list', '--json']).stderr).toBe(`nox-store: "${central.path}/broken": this link leads nowhere\n`);
  });

  test('finds its stores in flags, variable, configuration, and at home', () => {
    const box = sandbox();
    const paths = (args: readonly string[], env: Record<string, string>): string[] =>
      box.json('nox-store', ['list', ...args], { env: { HOME: box.home, ...env }, cwd: box.root }).stores.map((store: { path: string }) => store.path);
    expect(paths([], {})).toEqual([`${box.home}/nix/store`]);
    box.write('home/.config/nox/config.yaml', 'stores: [~/one, /two]\n');
    expect(paths([], {})).toEqual([`${box.home}/one`, '/two']);
    expect(paths([], { XDG_CONFIG_HOME: `${box.root}/none` })).toEqual([`${box.home}/nix/store`]);
    expect(paths([], { NOX_STORE_PATH: ':three::/four:' })).toEqual([`${box.root}/three`, '/four']);
    expect(paths(['--store', 'five'], { NOX_STORE_PATH: '/four' })).toEqual([`${box.root}/five`]);
  });

  test('passes a store path of any bytes, and names of any bytes, and lets none of them steer the terminal', () => {
    const box = sandbox();
    const store = box.store('st\udcff\n\u001b[31m').package('evil\u001b]0;x\u0007-1.0').package('b\udc80d-2', { description: 'x' });
    const { stdout, status } = box.run('nox-store', ['list']);
    expect(status).toBe(0);
    expect(stdout).toBe(`${box.root}/st\\xff\\x0a\\x1b[31m
  b\\x80d-2              b\\x80d            2
  evil\\x1b]0;x\\x07-1.0  evil\\x1b]0;x\\x07  1.0
`);
    const [listed] = box.json('nox-store', ['list']).stores;
    expect([listed.path, ...listed.packages.map((pkg: { id: string }) => pkg.id)]).toEqual([store.path, 'b\udc80d-2', 'evil\u001b]0;x\u0007-1.0']);
  });

  test('tells what it may not read as an ordinary user, and goes on', () => {
    const box = sandbox();
    const store = box.store().package('closed-1').package('open-1').package('secret-1', { description: 'x' });
    fs.chmodSync(store.pathOf('closed-1'), 0o700);
    fs.chmodSync(store.pathOf('secret-1/nox-package.yaml'), 0o600);
    fs.mkdirSync(`${box.root}/private`, { mode: 0o700 });
    const { stdout, stderr, status } = box.run('nox-store', ['list', '--store', store.path, '--store', '../private'], { unprivileged: true });
    if (process.getuid?.() !== 0) return;
    expect(status).toBe(0);
    expect(stdout).toContain(`  closed-1  closed  1  unusable: cannot read directory "${store.path}/closed-1": permission denied\n  open-1    open    1\n`);
    expect(stdout).toContain(`  secret-1  secret  1  unusable: nox-package.yaml: cannot read "${store.path}/secret-1/nox-package.yaml": permission denied\n`);
    expect(stdout).toContain(`${box.root}/private  (no packages)\n`);
    expect(stderr).toBe(`nox-store: "${box.root}/private": this store cannot be read: permission denied\n`);
  });

  test('is neither stopped nor held up by hostile metadata, and writes nothing', () => {
    const box = sandbox();
    const store = box.store()
      .package('bomb-1', { yaml: `a: &a [x]\n${'b: *a\n'.repeat(100)}` })
      .package('deep-1', { yaml: '['.repeat(32_000) + ']'.repeat(32_000) })
      .package('proto-1', { yaml: '__proto__: {problem: p}\nconstructor: {prototype: {problem: p}}\n' })
      .package('large-1', { yaml: Buffer.alloc(10 << 20, '- x\n') })
      .package('escape-1', { yaml: 'version: "\\e[2J"\n"\\e[31m": 1\ndepends: ["\\e]0;t\\a@^"]\n' })
      .package('fifo-1').package('loop-1', { links: { 'nox-package.yaml': 'nox-package.yaml', info: 'info' } });
    execFileSync('mkfifo', [store.pathOf('fifo-1/nox-package.yaml')]);
    const before = layout(box.root);
    const { stdout, stderr, status } = box.run('nox-store', ['list'], { timeout: 10_000 });
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/)).slice(1, -1)).toEqual([
      ['bomb-1', 'bomb', '1', 'unusable: nox-package.yaml: it uses an alias ("*"), which is not supported'],
      ['deep-1', 'deep', '1', 'unusable: nox-package.yaml: it is nested deeper than 40 levels'],
      ['escape-1', 'escape', '\\x1b[2J', expect.stringMatching(/^unusable: nox-package\.yaml: "\^" is not a range of versions/)],
      ['fifo-1', 'fifo', '1', 'unusable: nox-package.yaml: it is not a regular file'],
      ['large-1', 'large', '1', 'unusable: nox-package.yaml: it is larger than 65536 bytes'],
      ['loop-1', 'loop', '1', 'unusable: nox-package.yaml: it is not a regular file'],
      ['proto-1', 'proto', '1'],
    ]);
    expect(layout(box.root)).toEqual(before);
  });
});

describe('what cannot be', () => {
  const box = sandbox();
  box.store('a').package('zlib-1.2');

  test.each([
    [['list', '--wat'], 2, 'usage', 'there is no flag "--wat"', 'nox-store list --help'],
    [['list', 'extra'], 2, 'usage', 'unexpected argument: "extra"', 'nox-store list --help'],
    [['show'], 2, 'usage', 'missing argument: PACKAGE', 'nox-store show --help'],
    [['lost'], 2, 'unknown-command', '"lost" is not a command of nox-store; did you mean "list"?', 'nox-store list --help'],
    [['list', '--store', 'a:b'], 2, 'colon-in-path', `"${box.home}/a:b" cannot be used: a path with ":" does not fit into a path variable`, 'use a directory whose path has no ":"'],
    [['show', 'zlub'], 3, 'no-such-package', `no package matches "zlub" in "${box.root}/a"; did you mean "zlib"?`, 'nox-store list'],
    [['show', '.x'], 2, 'invalid-request', expect.any(String), expect.anything()],
    [['owner', '/etc/passwd'], 3, 'owner-unknown', '"/etc/passwd" belongs to no package of the stores', 'nox-store list'],
    [['owner', 'gone'], 3, 'no-such-file', `there is no "${box.home}/gone"`, null],
    [['init', '--private', '--shared'], 2, 'usage', '--private and --shared exclude each other', 'nox-store init --help'],
    [['init', '--pattern', '{a,b}'], 2, 'usage', 'pattern "{a,b}": of all wildcards, only "*", "**", "?" and "[…]" are supported', 'nox-store init --help'],
  ])('%j is exit %i and %s', (args, exitCode, code, message, hint) => {
    const document = box.json('nox-store', args, { status: exitCode });
    expect(document).toEqual({ version: 1, error: { code, message, hint, data: expect.anything() }, exitCode });
    const { stdout, stderr, status } = box.run('nox-store', args);
    expect([stdout, stderr, status]).toEqual(['', `nox-store: ${document.error.message}\n${document.error.hint === null ? '' : `hint: ${document.error.hint}\n`}`, exitCode]);
  });

  test('a bad configuration is exit 6 and names file and field', () => {
    const own = sandbox();
    const file = own.write('home/.config/nox/config.yaml', 'stores: 3\n');
    expect(own.json('nox-store', ['list'], { status: 6 })).toEqual({
      version: 1,
      error: {
        code: 'invalid-config',
        message: `configuration "${file}": "stores": it must be a list of texts`,
        hint: 'correct the file',
        data: { path: file, field: 'stores', problem: 'it must be a list of texts' },
      },
      exitCode: 6,
    });
  });

  test('bytes that are not UTF-8 are exact in an argument and in the working directory', () => {
    const own = sandbox();
    fs.mkdirSync(raw(`${own.root}/s\udcff/zlib-1.2`), { recursive: true });
    for (const [store, cwd] of [[`${own.root}/s\udcff`, own.home], ['s\udcff', own.root], ['.', `${own.root}/s\udcff`]] as const) {
      expect(own.json('nox-store', ['list', '--store', store], { cwd }).stores).toMatchObject([{ path: `${own.root}/s\udcff`, packages: [{ id: 'zlib-1.2' }] }]);
    }
  });
});
