import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { layout, makePackage, type Sandbox, sandbox } from '../support/sandbox.js';

/** A store of packages that need each other, with a collision in it and something to choose. */
function software(): Sandbox {
  const box = sandbox();
  fill(box, 'store');
  return box;
}

function fill(box: Sandbox, store: string): void {
  box.store(store)
    .package('zlib-1.2.13', { files: { 'lib/libz.so.1': '12', 'share/zlib/notes': 'n' } }).package('zlib-1.3.1', { files: { 'lib/libz.so.1': '13' } })
    .package('root-6.28.00', { files: { 'bin/root': '28', 'share/man/man1/root.1': 'm' }, depends: ['zlib'] })
    .package('root-6.30.02', { files: { 'bin/root': '30', 'share/man/man1/root.1': 'm' }, depends: ['zlib'] })
    .package('hepmc-3.2', { files: { 'bin/convert': 'hepmc' } }).package('gdb-14.1', { files: { 'bin/gdb': 'gdb', 'bin/convert': 'gdb' } });
}

/** With a profile `dev` that has choices of every kind, written to `dev.yaml` and `dev.lock.yaml`. */
function written(box: Sandbox): { readonly file: string; readonly lock: string } {
  box.json('nox-profile', ['new', 'dev', '--layout', 'folded', '--omit', 'MANPATH']);
  box.json('nox-profile', ['add', 'root@^6', 'zlib@1.2', 'gdb', 'hepmc', '--prefer', 'gdb', '--hide', 'share/man', '--with-libc', '-p', 'dev']);
  box.json('nox-profile', ['pin', 'zlib', '-p', 'dev']);
  return {
    file: box.write('home/dev.yaml', box.run('nox-profile', ['export', 'dev']).stdout),
    lock: box.write('home/dev.lock.yaml', box.run('nox-profile', ['export', 'dev', '--lock']).stdout),
  };
}

/** The profile's tree, what nox keeps in it left out, with the store's path as `/sw`. */
function treeOf(box: Sandbox, name: string): Record<string, string> {
  const entries = Object.entries(layout(`${box.profiles}/${name}/`)).filter(([path]) => !path.startsWith('.nox/'));
  return Object.fromEntries(entries.map(([path, what]) => [path, what.replace(/^-> .*?(?=\/[a-z]+-[0-9])/, '-> /sw')]));
}

test('a profile comes by a pipe, which is read to its end', () => {
  const box = software();
  const { file } = written(box);
  expect(box.json('nox-profile', ['apply', '-', '-p', 'piped'], { input: fs.readFileSync(file, 'utf8') }).changes).toHaveLength(4);
  expect(treeOf(box, 'piped')).toEqual(treeOf(box, 'dev'));
  const slow = runCommand('/bin/sh', ['-c', `(head -c 40 '${file}'; sleep 0.3; tail -c +41 '${file}') | ${binPath('nox-profile')} apply - -p piped`], { env: box.environment(), cwd: box.home });
  expect(slow).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to change') });
  expect(box.json('nox-profile', ['apply', '-'], { input: 'x', status: 6 }).error.code).toBe('invalid-profile-file');
  expect(box.json('nox-profile', ['apply', '-', '--locked'], { input: '', status: 2 }).error.message).toContain('--locked');
  const endless = runCommand('/bin/sh', ['-c', `yes '#' | ${binPath('nox-profile')} apply -`], { env: box.environment(), cwd: box.home });
  expect(endless).toMatchObject({ status: 6, stderr: expect.stringContaining('larger than') });
});

const EXPORTED = `# A profile of nox; to make it: nox-profile apply FILE
nox-profile: 1
name: dev
packages:
  - gdb
  - hepmc
  - root@^6
  - zlib@1.2
pins:
  - zlib-1.2.13
layout: folded
with-libc: true
omit:
  - MANPATH
prefer:
  - gdb
hide:
  - share/man
copy: []
unfold: []
`;

describe('export and apply', () => {
  test('write a profile down, and make it again, in the same place and in others', () => {
    const box = software();
    const { file } = written(box);
    expect(fs.readFileSync(file, 'utf8')).toBe(EXPORTED);
    expect(box.json('nox-profile', ['export', 'dev'])).toEqual({
      version: 1, name: 'dev', packages: ['gdb', 'hepmc', 'root@^6', 'zlib@1.2'], pins: ['zlib-1.2.13'], layout: 'folded', withLibc: true, omit: ['MANPATH'], prefer: ['gdb'], hide: ['share/man'], copy: [], unfold: [],
    });

    expect(box.json('nox-profile', ['apply', file])).toEqual({ version: 1, profile: 'dev', generation: 2, previous: 2, changes: [], choices: [], outOfView: [], dryRun: false });
    const planned = box.json('nox-profile', ['apply', file, '-p', 'copy', '--dry-run']);
    expect(fs.existsSync(`${box.profiles}/copy`)).toBe(false);
    const copied = box.json('nox-profile', ['apply', file, '-p', 'copy']);
    expect(copied).toMatchObject({ profile: 'copy', generation: 1, previous: 0, changes: [{ change: 'added', id: 'gdb-14.1', from: null }, { id: 'hepmc-3.2' }, { id: 'root-6.30.02' }, { id: 'zlib-1.2.13' }] });
    expect({ ...planned, dryRun: false }).toEqual(copied);
    expect(treeOf(box, 'copy')).toEqual(treeOf(box, 'dev'));
    expect(box.run('nox-profile', ['apply', file, '-p', 'copy'])).toEqual({ stdout: 'copy: nothing to change, at generation 1\n', stderr: '', status: 0 });
    expect(box.run('nox-profile', ['export', 'copy']).stdout).toBe(EXPORTED.replace('name: dev', 'name: copy'));
  });

  test('change a profile to exactly what an edited file says, and back by a rollback', () => {
    const box = software();
    const { file } = written(box);
    const edited = 'nox-profile: 1\nname: dev\n# the older one\npackages: [root@6.28]   # and what it needs\n';
    fs.writeFileSync(file, edited);
    expect(box.json('nox-profile', ['apply', file])).toMatchObject({
      profile: 'dev', generation: 3, previous: 2,
      changes: [{ change: 'removed', id: 'gdb-14.1' }, { change: 'removed', id: 'hepmc-3.2' }, { change: 'downgraded', id: 'root-6.28.00', from: 'root-6.30.02' }, { change: 'requested', id: 'zlib-1.2.13' }],
    });
    // The zlib that is there still fits, so it stays, and is no longer asked for.
    expect(box.json('nox-profile', ['export', 'dev'])).toMatchObject({ packages: ['root@6.28'], pins: [], layout: 'full', withLibc: false, omit: [], prefer: [], hide: [] });
    expect(treeOf(box, 'dev')).toMatchObject({ 'bin/root': '-> /sw/root-6.28.00/bin/root', 'share/man/man1/root.1': '-> /sw/root-6.28.00/share/man/man1/root.1' });
    box.json('nox-profile', ['rollback', 'dev']);
    expect(box.run('nox-profile', ['export', 'dev']).stdout).toBe(EXPORTED);
  });

  test('carry the files of the user, and make a profile that is to be empty', () => {
    const box = software();
    box.json('nox-profile', ['add', 'gdb']);
    fs.writeFileSync(`${box.profiles}/default/bin/mine`, 'mine');
    const file = box.write('home/p.yaml', 'nox-profile: 1\npackages: [hepmc]\n');
    // A file without a name means what every command means.
    expect(box.json('nox-profile', ['apply', file])).toMatchObject({ profile: 'default', generation: 2 });
    expect(Object.keys(treeOf(box, 'default'))).toEqual(['bin/', 'bin/convert', 'bin/mine']);
    const empty = box.write('home/empty.yaml', 'nox-profile: 1\nname: none\nlayout: folded\n');
    expect(box.json('nox-profile', ['apply', empty])).toMatchObject({ profile: 'none', generation: 0, previous: 0 });
    expect(box.json('nox-profile', ['export', 'none'])).toMatchObject({ name: 'none', layout: 'folded', packages: [] });
  });

  test('are refused as a whole where the file cannot be met, with what to do about it', () => {
    const box = software();
    box.json('nox-profile', ['add', 'zlib']);
    const apply = (text: string): string[] => {
      const before = layout(box.profiles);
      const result = box.run('nox-profile', ['apply', box.write('home/p.yaml', text)]);
      expect(layout(box.profiles)).toEqual(before);
      return [result.status, ...result.stderr.replaceAll(box.root, '').trimEnd().split('\n')].map(String);
    };
    expect(apply('nox-profile: 1\npackages: [gdb, hepmc]')).toEqual(['4', expect.any(String), '  bin/convert: gdb-14.1 (/store), hepmc-3.2 (/store)', 'hint: name the packages that are to win in "prefer:" of "/home/p.yaml", as "hepmc"']);
    expect(apply('nox-profile: 1\npackages: ["root@>>6"]')).toEqual(['6', 'nox-profile: profile file "/home/p.yaml": "packages": ">>6" is not a range of versions: it cannot be read from ">>6" on', expect.any(String)]);
    expect(apply('nox-profile: 1\npackages: [root@6.28, root@6.30]')[1]).toBe('nox-profile: profile file "/home/p.yaml": "packages": a profile holds one package of a name, and "root@6.28" and "root@6.30" are both "root"');
    const pinned = apply('nox-profile: 1\npackages: [root@6.28]\npins: [root-6.30.02]');
    expect([pinned[0], pinned.at(-1)]).toEqual(['4', 'hint: ask for other versions, or delete a package that stands against them']);
    expect(apply('nox-profile: 1\npins: [root-7]')[1]).toBe('nox-profile: no package matches "root-7" in "/store"');
    expect(apply('name: dev\npackages: []')).toEqual(['6', 'nox-profile: profile file "/home/p.yaml": "nox-profile": it must be the version of the format: 1', expect.any(String)]);
    expect(apply('nox-profile: 2\nfuture: x')).toEqual(['6', 'nox-profile: "/home/p.yaml" is a nox-profile of format 2, and this nox reads up to 1', 'hint: use a newer nox']);
    expect(apply('nox-profile: 1\nname: &a dev\npackages: [*a]')[1]).toBe('nox-profile: profile file "/home/p.yaml": it uses an alias ("*"), which is not supported');
    expect(apply(`nox-profile: 1\npackages: ${'['.repeat(5000)}`)[1]).toContain('nested deeper than 40 levels');
    expect(apply('nox-profile: 1\npackages: !!js/function "x"')[0]).toBe('6');
    expect(box.json('nox-profile', ['apply', 'absent.yaml'], { status: 3 }).error.code).toBe('no-such-file');
    expect(box.json('nox-profile', ['apply', box.write('home/p.yaml', 'nox-profile: 1'), '-p', `${box.root}/elsewhere/p`], { status: 3 }).error.code).toBe('no-such-profile');
  });

  test('say what a choice does not apply to', () => {
    const box = software();
    const file = box.write('home/p.yaml', 'nox-profile: 1\npackages: [zlib]\nprefer: [gbd]\npins: [root-6.28.00]\n');
    expect(box.run('nox-profile', ['apply', file]).stderr).toBe('nox-profile: "prefer:" names "gbd", which the profile does not have\nnox-profile: "pins:" names "root-6.28.00", which nothing in the profile needs\n');
  });
});

describe('apply --locked', () => {
  test('makes the same profile link for link from another store of the same contents, for another user', () => {
    const [box, other] = [software(), sandbox()];
    const { file, lock } = written(box);
    fill(other, 'elsewhere');
    // Another first store that has the same identifiers and other contents, and a newer root than there was.
    const first = other.store('elsewhere').package('root-6.32.00', { files: { 'bin/root': '32' } });
    const misleading = `${other.root}/mine`;
    fs.mkdirSync(`${misleading}/gdb-14.1/bin`, { recursive: true });
    fs.writeFileSync(`${misleading}/gdb-14.1/bin/gdb`, 'my own');
    const env = { NOX_STORE_PATH: `${misleading}:${first.path}` };
    for (const source of [file, lock]) fs.copyFileSync(source, `${other.home}/${source.slice(source.lastIndexOf('/') + 1)}`);

    expect(other.json('nox-profile', ['apply', 'dev.yaml', '--locked'], { env })).toMatchObject({ profile: 'dev', generation: 1 });
    expect(treeOf(other, 'dev')).toEqual(treeOf(box, 'dev'));
    expect(other.json('nox-profile', ['apply', 'dev.yaml', '--locked'], { env })).toMatchObject({ generation: 1, previous: 1, changes: [] });
    const digests = (text: string): string[] => text.match(/sha256:[0-9a-f]{64}/g) ?? [];
    expect(digests(other.run('nox-profile', ['export', 'dev', '--lock'], { env }).stdout)).toEqual(digests(fs.readFileSync(lock, 'utf8')));
    expect(digests(fs.readFileSync(lock, 'utf8'))).toHaveLength(4);
    // Without the lock the other store's newer package would do as well.
    expect(other.json('nox-profile', ['apply', 'dev.yaml', '-p', 'free', '--dry-run'], { env }).changes).toContainEqual({ change: 'added', id: 'root-6.32.00', from: null });
  });

  test.each([
    ['a pattern as nox does not record it', 'packages: [hepmc]\nhide: ["share/man/"]\ncopy: ["./bin/convert"]'],
    ['a preference for what is not there', 'packages: [hepmc]\nprefer: [gdb]'],
    ['a pin that nothing needs', 'packages: [hepmc]\npins: [zlib-1.3.1]'],
    ['a package by two requests', 'packages: [zlib-1.2.13, zlib]'],
  ])('takes a lock of nox\'s own beside a file with %s', (_, fields) => {
    const box = software();
    const file = box.write('home/f.yaml', `nox-profile: 1\n${fields}\n`);
    box.json('nox-profile', ['apply', file]);
    box.write('home/f.lock.yaml', box.run('nox-profile', ['export', '--lock']).stdout);
    expect(box.json('nox-profile', ['apply', file, '--locked'])).toMatchObject({ generation: 1, previous: 1, changes: [] });
    expect(box.json('nox-profile', ['apply', file, '--locked', '-p', 'again']).generation).toBe(1);
  });

  test('takes from the store of the lock what the store path does not have, with the contents of the lock only, and says so', () => {
    const box = software();
    const other = `${box.root}/other`;
    makePackage(`${other}/tool-2`, { files: { 'bin/tool': '2' } });
    box.json('nox-profile', ['add', 'tool', '-p', 'default', '--store', other]);
    const file = box.write('home/t.yaml', box.run('nox-profile', ['export']).stdout);
    const lock = box.write('home/t.lock.yaml', box.run('nox-profile', ['export', '--lock']).stdout);
    expect(box.run('nox-profile', ['apply', file, '--locked', '-p', 'again'])).toEqual({
      stdout: '+ tool-2\nagain: now at generation 1, was at generation 0\n', stderr: `nox-profile: "tool-2" is taken from "${other}", which the lock names and the store path does not\n`, status: 0,
    });
    box.store('store').package('tool-2', { files: { 'bin/tool': '2' } });
    expect(box.run('nox-profile', ['apply', file, '--locked', '-p', 'third']).stderr).toBe('');
    expect(box.json('nox-profile', ['list', 'third']).packages).toMatchObject([{ store: box.store('store').path }]);
    for (const at of [other, box.store('store').path]) fs.writeFileSync(`${at}/tool-2/bin/tool`, '3');
    const { error } = box.json('nox-profile', ['apply', file, '--locked', '-p', 'fourth'], { status: 4 });
    expect(error).toMatchObject({ code: 'lock-drift', data: { path: lock, differences: [{ subject: 'tool-2', found: expect.stringMatching(new RegExp(`in ${box.store('store').path}, sha256:.* in ${other}$`)) }] } });
  });

  test('refuses everything that differs at once, and changes nothing', () => {
    const box = software();
    const { file, lock } = written(box);
    const store = box.store('store');
    fs.appendFileSync(`${store.pathOf('root-6.30.02')}/bin/root`, 'patched');
    fs.rmSync(store.pathOf('gdb-14.1'), { recursive: true });
    fs.writeFileSync(file, EXPORTED.replace('layout: folded', 'layout: full').replace('  - hepmc\n', ''));
    const before = layout(box.root);
    const { error } = box.json('nox-profile', ['apply', file, '--locked', '-p', 'copy'], { status: 4 });
    expect(error.code).toBe('lock-drift');
    expect(error.data.path).toBe(lock);
    const sha = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(error.data.differences).toEqual([
      { subject: '"packages" of the file', locked: 'gdb, hepmc, root@^6, zlib@1.2', found: 'gdb, root@^6, zlib@1.2' },
      { subject: '"layout" of the file', locked: 'folded', found: 'full' },
      { subject: 'gdb-14.1', locked: sha, found: 'in no store' },
      { subject: 'root-6.30.02', locked: sha, found: expect.stringMatching(/^sha256:[0-9a-f]{64} in \/.*\/store$/) },
    ]);
    expect(layout(box.root)).toEqual(before);
  });

  test('refuses packages whose metadata asks for others now', () => {
    const box = software();
    const { file } = written(box);
    // Said by the store and not by the package, so that its contents are the same.
    box.store('store').config('packages: {root-6.30.02: {depends: [zlib, qt]}, gdb-14.1: {version: "15"}}\npatterns: ["*"]\n').package('qt-6', {});
    expect(box.json('nox-profile', ['apply', file, '--locked'], { status: 4 }).error.data.differences).toEqual([{ subject: 'gdb-14.1', locked: 'version 14.1', found: expect.stringMatching(/^version 15 in /) }]);
    box.store('store').config('packages: {root-6.30.02: {depends: [zlib, qt]}}\npatterns: ["*"]\n');
    expect(box.json('nox-profile', ['apply', file, '--locked'], { status: 4 }).error.data.differences).toEqual([
      { subject: 'qt', locked: 'nothing', found: 'qt-6' },
      { subject: 'what root-6.30.02 depends on', locked: 'zlib', found: 'qt, zlib' },
    ]);
  });

  test('refuses a lock that is missing or was edited', () => {
    const box = software();
    const { file, lock } = written(box);
    fs.writeFileSync(lock, fs.readFileSync(lock, 'utf8').replace('pinned: false', 'pinned: true'));
    expect(box.json('nox-profile', ['apply', file, '--locked'], { status: 6 }).error).toMatchObject({ code: 'invalid-profile-file', data: { path: lock, field: 'sha256', problem: 'the checksum does not match what the lock says' } });
    fs.rmSync(lock);
    expect(box.json('nox-profile', ['apply', file, '--locked'], { status: 3 }).error).toMatchObject({ code: 'no-such-file', data: { path: lock }, hint: `write it, once the profile is as the file says: nox-profile export dev --lock > ${lock}` });
  });
});

test('outdated shows what is newer, what upgrade would choose of it, and where it is', () => {
  const box = software();
  box.json('nox-profile', ['add', 'root-6.28.00', 'zlib@1.2', 'gdb']);
  box.store('store').package('zlib-1.2.14', {}).package('gdb-15.1', {}).package('gdb-16.0-rc1', {});
  box.json('nox-profile', ['pin', 'gdb']);
  const result = box.run('nox-profile', ['outdated']);
  expect({ ...result, stdout: result.stdout.replaceAll(box.root, '') }).toEqual({
    stdout: 'gdb-14.1      14.1     14.1     15.1     /store  pinned\nroot-6.28.00  6.28.00  6.28.00  6.30.02  /store\nzlib-1.2.13   1.2.13   1.2.14   1.3.1    /store\n', stderr: '', status: 0,
  });
  const store = box.store('store').path;
  expect(box.json('nox-profile', ['outdated', 'default']).packages[2]).toEqual({
    id: 'zlib-1.2.13', name: 'zlib', pinned: false, current: { id: 'zlib-1.2.13', version: '1.2.13', store }, wanted: { id: 'zlib-1.2.14', version: '1.2.14', store }, newest: { id: 'zlib-1.3.1', version: '1.3.1', store },
  });
  expect(box.json('nox-profile', ['upgrade', '--dry-run']).changes).toEqual([{ change: 'upgraded', id: 'zlib-1.2.14', from: 'zlib-1.2.13' }]);
  box.json('nox-profile', ['upgrade']);
  expect(box.json('nox-profile', ['outdated']).packages.map(({ id }: { id: string }) => id)).toEqual(['gdb-14.1', 'root-6.28.00', 'zlib-1.2.14']);
  expect(sandbox().json('nox-profile', ['outdated'])).toEqual({ version: 1, name: 'default', packages: [] });
});
