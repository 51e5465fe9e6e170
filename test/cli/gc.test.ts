import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { measure, measureAfter } from '../../src/collect/io/measure.js';
import { ROOT } from '../support/cli.js';
import { boxWith, layout, sandbox, type Sandbox } from '../support/sandbox.js';

const NOW = ['--settle', '0', '--min-age', '0'];

const packages = (box: Sandbox): string[] => fs.readdirSync(box.store().path).filter((name) => !name.startsWith('.') && name !== 'nox-store.yaml').sort();
const idsOf = (removed: readonly { id: string }[]): string[] => removed.map(({ id }) => id);

test('what no profile uses goes, what one uses stays, and a dry run writes nothing', () => {
  const box = boxWith('used-1', 'old-1', 'dead-1');
  box.json('nox-profile', ['add', 'old-1']);
  box.json('nox-profile', ['add', 'used-1', '--del', 'old']);
  const before = layout(box.root);
  const plan = box.json('nox-store', ['gc', '--dry-run']);
  expect(layout(box.root)).toEqual(before);
  expect(plan).toMatchObject({ version: 1, dryRun: true, kept: 2, doubts: [], restored: [], quarantined: [] });
  expect(plan.removed).toEqual([{ id: 'dead-1', store: box.store().path, files: 1, inodes: 3, bytes: expect.any(Number) }]);
  expect(box.json('nox-store', ['gc'])).toEqual({ ...plan, dryRun: false });
  expect(packages(box)).toEqual(['old-1', 'used-1']);
  expect(Object.keys(layout(`${box.store().path}/.nox`)).filter((path) => !path.startsWith('roots'))).toEqual(['condemned/', 'quarantine/']);
});

test('times are lengths such as 7d, and what is none is refused', () => {
  const box = boxWith('a-1');
  expect(box.json('nox-store', ['gc', '--dry-run', '--min-age', '7d']).removed).toEqual([]);
  expect(box.json('nox-store', ['gc', '--dry-run', '--settle', '5m', '--min-age', '0']).removed).toHaveLength(1);
  for (const [words, problem] of [[['--min-age', 'week'], '--min-age expects a length of time such as 30d, 12h or 0, not "week"'], [['--settle', '2d'], '--settle takes 86400 seconds at most, not "2d"'], [['--settle', '180'], '--settle "180" has no unit: 180d are days, 180h hours, 180m minutes, 180s seconds']] as const) {
    expect(box.json('nox-store', ['gc', ...words], { status: 2 }).error.message).toBe(problem);
  }
});

test('a file that two packages share by a hard link counts once, with the last of them', () => {
  const box = boxWith('a-1', 'b-1');
  const [a, b] = ['a-1', 'b-1'].map((id) => box.store().pathOf(id)) as [string, string];
  fs.linkSync(`${a}/bin/a`, `${b}/bin/a`);
  const seen = new Map();
  expect([measureAfter(seen, [a]), measureAfter(seen, [b])].map(({ files, inodes }) => [files, inodes])).toEqual([[1, 2], [2, 4]]);
  expect(measure(a, b).inodes).toBe(6);
  const planned = box.json('nox-store', ['gc', '--dry-run']);
  expect(box.json('nox-store', ['gc']).removed).toEqual(planned.removed);
});

test.skipIf(process.getuid?.() !== 0)('inodes and bytes freed are those that the file system has less', () => {
  const box = boxWith();
  const store = box.store();
  fs.rmSync(store.path, { recursive: true });
  fs.mkdirSync(store.path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', store.path]);
  try {
    store.config({ scope: 'private' }).package('big-1', { files: { 'lib/a': Buffer.alloc(300_000), 'bin/b': 'x' }, links: { 'lib/l': 'a' } }).package('twin-1', { files: { 'lib/own': 'x' } }).link('big', 'big-1');
    fs.mkdirSync(`${store.path}/.nox/condemned`, { recursive: true });
    fs.mkdirSync(`${store.path}/.nox/quarantine`);
    const used = (): { inodes: number; bytes: number } => {
      const { files, ffree, blocks, bfree, bsize } = fs.statfsSync(store.path);
      return { inodes: files - ffree, bytes: (blocks - bfree) * bsize };
    };
    const before = used();
    const { removed } = box.json('nox-store', ['gc']);
    const after = used();
    const sum = (of: 'inodes' | 'bytes'): number => removed.reduce((total: number, pkg: Record<string, number>) => total + (pkg[of] ?? 0), 0);
    expect({ inodes: sum('inodes'), bytes: sum('bytes') }).toEqual({ inodes: before.inodes - after.inodes, bytes: before.bytes - after.bytes });
    expect(idsOf(removed)).toEqual(['big-1', 'twin-1']);
    expect(packages(box)).toEqual([]);
  } finally {
    execFileSync('umount', [store.path]);
  }
});

test('a shared store of which nobody said where its users are loses nothing, and the way out is named', () => {
  const box = sandbox();
  box.store().config({ scope: 'shared' }).package('dead-1');
  const { status, stdout } = box.run('nox-store', ['gc', ...NOW, '--json']);
  expect(status).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({ removed: [], kept: 1, doubts: [{ path: box.store().path, reason: 'it is shared, and nobody said where the profile homes of its users are', hint: expect.stringContaining('survey: accounts') }] });
  expect(packages(box)).toEqual(['dead-1']);
});

test('of a store with no file of its own that is open to others, the way out is a command', () => {
  const box = sandbox();
  fs.chmodSync(box.home, 0o755);
  box.store().package('dead-1');
  fs.chmodSync(box.store().path, 0o755);
  const { doubts } = box.json('nox-store', ['gc', ...NOW], { status: 7 });
  const [, command] = / go: (nox-store init [^;]*);/.exec(doubts[0].hint)!;
  const [bin, ...words] = command!.split(' ') as ['nox-store', ...string[]];
  expect(box.run(bin, words).status).toBe(0);
  expect(idsOf(box.json('nox-store', ['gc', ...NOW]).removed)).toEqual(['dead-1']);
});

test('a symlink entry goes and its target stays; an alias leaves with its package; a used alias keeps its package', () => {
  const box = boxWith('gone-1', 'kept-1');
  const area = `${box.root}/area`;
  fs.mkdirSync(`${area}/bin`, { recursive: true });
  box.store().link('mine', area).link('gone', 'gone-1').link('also-gone', 'gone').link('kept', 'kept-1');
  box.json('nox-profile', ['add', 'kept']);
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['gone-1', 'mine']);
  expect(packages(box)).toEqual(['kept', 'kept-1']);
  expect(fs.existsSync(`${area}/bin`)).toBe(true);
});

test('a shadowed package is kept while an old generation uses it', () => {
  const box = sandbox();
  const late = box.store('late').config({ scope: 'private' }).package('tool-1', { files: { 'bin/tool': 'late' } });
  box.json('nox-profile', ['add', 'tool-1'], { env: { NOX_STORE_PATH: late.path } });
  const early = box.store('early').config({ scope: 'private' }).package('tool-1', { files: { 'bin/tool': 'early' } });
  const { removed } = box.json('nox-store', ['gc', '--store', early.path, '--store', late.path]);
  expect(removed.map(({ store }: { store: string }) => store)).toEqual([early.path]);
});

test('ad-hoc profiles and releases hold', () => {
  const box = boxWith('adhoc-1', 'release-1', 'dead-1');
  box.json('nox-profile', ['new', 'exp', '--path', `${box.root}/elsewhere/exp`]);
  box.json('nox-profile', ['add', 'adhoc-1', '-p', 'exp']);
  box.json('nox-profile', ['new', 'work']);
  box.json('nox-profile', ['add', 'release-1', '-p', 'work']);
  box.json('nox-profile', ['publish', 'work', '--releases', `${box.root}/releases`, '--as', 'v1']);
  box.json('nox-profile', ['remove', 'work']);
  expect(idsOf(box.json('nox-store', ['gc'], { env: { NOX_RELEASES: `${box.root}/releases` } }).removed)).toEqual(['dead-1']);
});

test('a farm made by hand, and links among unmanaged files, hold what they lead to, through other links, too', () => {
  const box = boxWith('farm-1', 'loose-1', 'far-1', 'other-1', 'dead-1');
  const store = box.store();
  fs.symlinkSync(store.path, `${box.root}/sw`);
  fs.symlinkSync(`${box.root}/sw/far-1`, `${box.root}/current`);
  box.json('nox-profile', ['add', 'other-1']);
  fs.mkdirSync(`${box.profiles}/byhand/bin`, { recursive: true });
  fs.symlinkSync(`${store.path}/farm-1/bin/farm`, `${box.profiles}/byhand/bin/farm`);
  fs.symlinkSync(`${box.root}/current/bin/far`, `${box.profiles}/byhand/bin/far`);
  fs.symlinkSync(`${box.root}/sw/loose-1/bin/loose`, `${box.profiles}/default/bin/loose`);
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['dead-1']);
});

test('a profile home chosen by NOX_PROFILES on another disk is known by its record', () => {
  const box = boxWith('far-1', 'dead-1');
  box.json('nox-profile', ['add', 'far-1'], { env: { NOX_PROFILES: `${box.root}/disk/profiles` } });
  fs.renameSync(`${box.root}/disk`, `${box.root}/unmounted`);
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['dead-1']);
});

test('packages of several levels, and a store reached by a link, are held by identifier', () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private', packages: ['*', '*/*'] }).package('ROOT/6.30', { files: { 'bin/root': '' } }).package('ROOT/6.28', { files: { 'bin/root': '' } });
  fs.symlinkSync(store.path, `${box.root}/sw`);
  box.json('nox-profile', ['add', 'ROOT/6.30'], { env: { NOX_STORE_PATH: `${box.root}/sw` } });
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['ROOT/6.28']);
  expect(fs.readdirSync(`${store.path}/ROOT`)).toEqual(['6.30']);
});

test('retention keeps what was removed until it is restored or purged', () => {
  const box = boxWith('a-1', 'b-1');
  box.store().config({ scope: 'private', retention: '30d' });
  expect(box.json('nox-store', ['gc'])).toMatchObject({ removed: [], kept: 0, quarantined: [{ id: 'a-1' }, { id: 'b-1' }] });
  expect(packages(box)).toEqual([]);
  expect(box.json('nox-store', ['gc', '--restore', 'a-1'])).toMatchObject({ restored: [{ id: 'a-1', store: box.store().path }], kept: 1, quarantined: [{ id: 'b-1' }] });
  expect(packages(box)).toEqual(['a-1']);
  expect(box.json('nox-store', ['gc', '--restore', 'a-1'], { status: 3 }).error.code).toBe('not-in-quarantine');
  expect(idsOf(box.json('nox-store', ['gc', '--purge']).removed)).toEqual(['b-1']);
  expect(packages(box)).toEqual(['a-1']);
  expect(fs.readdirSync(box.store().path).filter((name) => name.startsWith('.nox-'))).toEqual([]);
});

test('a package that was imported again while its like is in quarantine is the one in use', () => {
  const box = boxWith('a-1');
  box.store().config({ scope: 'private', retention: '30d' });
  expect(box.json('nox-store', ['gc']).quarantined).toHaveLength(1);
  box.store().package('a-1', { files: { 'bin/a': 'new' } });
  box.json('nox-profile', ['add', 'a']);
  expect(box.json('nox-store', ['gc'])).toMatchObject({ removed: [], doubts: [], quarantined: [{ id: 'a-1' }] });
  expect(idsOf(box.json('nox-store', ['gc', '--purge']).removed)).toEqual(['a-1']);
  expect(fs.readFileSync(`${box.profiles}/default/bin/a`, 'utf8')).toBe('new');
});

test('what was in quarantine in a directory that somebody removed is gone', () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private', retention: '30d', packages: ['*/*'] }).package('ROOT/6.30').package('ROOT/6.28').package('G4/11');
  box.json('nox-profile', ['add', 'G4/11']);
  expect(box.json('nox-store', ['gc']).quarantined).toHaveLength(2);
  fs.rmSync(`${store.path}/ROOT`, { recursive: true });
  expect(box.json('nox-store', ['gc'])).toMatchObject({ quarantined: [], doubts: [] });
  expect(box.json('nox-store', ['gc', '--purge'])).toMatchObject({ removed: [], doubts: [] });
  expect(box.json('nox-store', ['gc', '--restore', 'ROOT/6.30'], { status: 3 }).error.code).toBe('not-in-quarantine');
});

test('a damaged manifest, record, intent or lease is a doubt with a way out, and nothing goes', () => {
  const box = boxWith('used-1', 'dead-1');
  box.json('nox-profile', ['add', 'used-1']);
  const inHome = `${box.profiles}/.nox`;
  const roots = `${box.store().path}/.nox/roots`;
  const [record] = fs.readdirSync(roots);
  const cases = [`${inHome}/profiles/default/generations/1/.nox/manifest.json`, `${roots}/${record}`, `${inHome}/leases/x.json`, `${roots}/x.json`];
  for (const file of cases) {
    const content = fs.existsSync(file) ? fs.readFileSync(file) : null;
    fs.writeFileSync(file, 'not sealed\n');
    const { status, stdout } = box.run('nox-store', ['gc', '--json']);
    const { removed, doubts } = JSON.parse(stdout);
    expect([file, status, removed]).toEqual([file, 7, []]);
    expect(doubts[0].hint).not.toBe('');
    if (content === null) fs.rmSync(file);
    else fs.writeFileSync(file, content);
  }
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['dead-1']);
});

test('a dry run tells the doubts that the collection would have, also those of the quarantine', () => {
  const box = boxWith('dead-1');
  fs.mkdirSync(`${box.store().path}/.nox/quarantine`, { recursive: true });
  fs.writeFileSync(`${box.store().path}/.nox/quarantine/0123456789abcdef.json`, 'junk');
  const [planned, real] = [['--dry-run'], []].map((flags) => box.json('nox-store', ['gc', ...flags], { status: 7 }).doubts);
  expect(planned).toMatchObject([{ hint: 'nox-store doctor' }]);
  expect(real).toEqual(planned);
});

test('a FIFO, a link to /dev/zero and a huge record neither hang nor lose anything', () => {
  const box = boxWith('used-1', 'dead-1');
  box.json('nox-profile', ['add', 'used-1']);
  execFileSync('mkfifo', [`${box.profiles}/fifo`]);
  fs.symlinkSync('/dev/zero', `${box.profiles}/zero`);
  expect(idsOf(box.json('nox-store', ['gc', '--dry-run']).removed)).toEqual(['dead-1']);
  const roots = `${box.store().path}/.nox/roots`;
  execFileSync('truncate', ['-s', '1G', `${roots}/huge.json`]);
  execFileSync('mkfifo', [`${roots}/fifo.json`]);
  fs.symlinkSync('/dev/zero', `${roots}/zero.json`);
  const { doubts, removed } = box.json('nox-store', ['gc'], { status: 7 });
  expect(removed).toEqual([]);
  expect(doubts.map(({ path }: { path: string }) => path.slice(roots.length + 1))).toEqual(['fifo.json', 'huge.json', 'zero.json']);
});

test('the answer for people has a line a package and a way out for each doubt', () => {
  const box = boxWith('dead-1');
  expect(box.run('nox-store', ['gc', '--dry-run']).stdout).toMatch(/^would remove {2}dead-1 {2}\S+ KiB {2}1 file {2}\S+\n1 package to remove, 0 kept; would free \S+ KiB and 3 inodes\n$/);
  fs.writeFileSync(`${box.store().path}/nox-store.yaml`, 'scope: shared\n');
  expect(box.run('nox-store', ['gc']).stdout).toMatch(/^in doubt: .*\n {2}way out: add to .*\n0 packages removed, 1 kept; freed 0 B and 0 inodes\n$/);
});

test('what only the generation of a running command uses stays, and goes once it has ended', () => {
  const box = boxWith('a-1');
  box.json('nox-profile', ['add', 'a-1']);
  const script = 'nox-profile del a >&2; rm -rf ~/nix/profiles/.nox/pins; nox-profile prune --older-than 0 >&2; nox-store gc --json';
  const during = box.run('nox-profile', ['run', '--', 'sh', '-c', script], { env: { PATH: `${ROOT}/bin:/usr/bin:/bin` } });
  expect(JSON.parse(during.stdout)).toMatchObject({ removed: [], kept: 1 });
  box.json('nox-profile', ['prune', '--older-than', '0']);
  expect(idsOf(box.json('nox-store', ['gc']).removed)).toEqual(['a-1']);
});

test('the ways out of doubts and findings name the places that were looked at', () => {
  const box = sandbox();
  const { path: store } = box.store().config('scope: private\n').package('a-1', { files: { 'bin/a': '' } });
  const other = `${box.root}/my other`;
  const places = ['--profiles', other, '--store', store];
  box.json('nox-profile', ['new', 'exp', '--path', `${box.root}/scratch/exp`, ...places]);
  fs.rmSync(`${box.root}/scratch`, { recursive: true });
  const way = `nox-profile register --forget exp --profiles '${other}' --store ${store}`;
  const told = [['gc'], ['survey'], ['why-kept', 'a'], ['what-if', 'a']].map((words) => box.json('nox-store', [...words, ...places], { status: words.length > 1 ? 0 : 7 }).doubts[0].hint);
  expect(told).toEqual([way, way, way, way]);
  expect(box.run('nox-store', ['gc', ...places]).stdout).toContain(`  way out: ${way}\n`);
  expect(box.json('nox-store', ['doctor', ...places]).findings).toMatchObject([{ kind: 'doubt', hint: way }]);
  expect(box.json('nox-profile', ['doctor', ...places], { status: 6 }).findings).toMatchObject([{ code: 'ad-hoc-gone', hint: way }]);
  box.json('nox-profile', ['register', '--forget', 'exp', '--profiles', other]);
  box.store().config('scope: private\nretention: 30d\n');
  box.json('nox-store', ['gc', ...places]);
  expect(box.json('nox-store', ['doctor', ...places]).findings[0].hint).toBe(`bring it back: nox-store gc --restore a-1 --profiles '${other}' --store ${store}; or delete it: nox-store gc --purge --profiles '${other}' --store ${store}`);
});

test('a key of the store file that nobody knows is a doubt: it may be there to keep packages', () => {
  const box = sandbox();
  box.store().config({ scope: 'private', retentoin: '30d' }).package('a-1');
  expect(box.json('nox-store', ['gc'], { status: 7 })).toMatchObject({ removed: [], doubts: [{ path: `${box.store().path}/nox-store.yaml`, reason: expect.stringContaining('"retentoin"') }] });
  expect(fs.existsSync(box.store().pathOf('a-1'))).toBe(true);
});
