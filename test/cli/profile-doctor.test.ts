import fs from 'node:fs';
import { expect, test } from 'vitest';
import { runCommand } from '../support/cli.js';
import { reseal } from '../support/reseal.js';
import { layout, type Sandbox, sandbox } from '../support/sandbox.js';

/** A profile `dev` at generation 2. */
function started() {
  const box = sandbox();
  box.store().package('a-1', { files: { 'bin/a': '', ...Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`share/a/f${at}`, ''])) } }).package('b-1', { files: { 'bin/b': '' } });
  box.json('nox-profile', ['new', 'dev']);
  box.json('nox-profile', ['add', 'a', '-p', 'dev']);
  box.json('nox-profile', ['add', 'b', '-p', 'dev']);
  const nox = `${box.profiles}/.nox`;
  return { box, nox, state: `${nox}/profiles/dev`, tree: (number: number) => `${nox}/profiles/dev/generations/${number}` };
}

interface Told {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint: string;
  readonly damage: boolean;
  readonly repaired: boolean;
}

const look = (box: Sandbox, ...flags: string[]): { status: number; findings: Told[]; codes: string[] } => {
  const { status, stdout } = box.run('nox-profile', ['doctor', ...flags, '--json']);
  const { findings } = JSON.parse(stdout) as { findings: Told[] };
  return { status, findings, codes: findings.map(({ code }) => code) };
};

/** Name of a file of a process that is gone. */
function ofTheDead(tree: string): string {
  const { owner } = manifestOf(tree);
  const pid = runCommand('node', ['-e', 'console.log(process.pid)']).stdout.trim();
  return `${owner.host}~${owner.bootId}~${owner.pidNamespace}~${pid}~1~aaaaaaaaaaaa`;
}

const manifestOf = (tree: string) => JSON.parse(fs.readFileSync(`${tree}/.nox/manifest.json`, 'utf8').split('\n')[1]!);

test('a profile that is well has nothing amiss, and none at all neither', () => {
  const { box } = started();
  expect(box.run('nox-profile', ['doctor'])).toEqual({ stdout: '1 profile: nothing amiss\n', stderr: '', status: 0 });
  expect(look(box, 'dev')).toEqual({ status: 0, findings: [], codes: [] });
  expect(box.json('nox-profile', ['doctor'])).toEqual({ version: 1, profiles: [`${box.profiles}/dev`], findings: [], more: [], dryRun: false });
  expect(look(sandbox())).toMatchObject({ status: 0, codes: [] });
  expect(box.json('nox-profile', ['doctor', 'nope'], { status: 3 }).error.code).toBe('no-such-profile');
});

test('what cannot be a profile stops no other command, and is named where it leaves collectors in doubt', () => {
  const { box, nox } = started();
  const stray = `${nox}/profiles/a b`;
  fs.mkdirSync(`${nox}/profiles/.nfs00a1`);
  fs.mkdirSync(stray);
  box.json('nox-profile', ['new', 'other']);
  box.json('nox-profile', ['prune', 'dev']);
  box.json('nox-profile', ['remove', 'other']);
  const { status, findings } = look(box);
  const found = findings.find(({ code }) => code === 'no-profile');
  expect([status, found?.path]).toEqual([6, stray]);
  expect(runCommand('sh', ['-c', found!.hint.replace(/^[^:]*: /, '')]).status).toBe(0);
  box.json('nox-profile', ['new', 'next']);
  expect(look(box)).toMatchObject({ status: 0, findings: [] });
});

test('the hint for a home that is not that of the command names it', () => {
  const { box } = started();
  const path = `${box.home}/else where/y`;
  box.json('nox-profile', ['new', 'y', '--path', path, '--no-register']);
  fs.writeFileSync(`${box.home}/else where/.nox/leases/half`, '');
  fs.utimesSync(`${box.home}/else where/.nox/leases/half`, 1, 1);
  const { findings } = look(box, path);
  expect(findings).toMatchObject([{ code: 'stale-lease', hint: `nox-profile doctor --repair --profiles '${box.home}/else where'` }]);
  expect(box.run('nox-profile', ['doctor', '--repair', '--profiles', `${box.home}/else where`]).status).toBe(0);
  expect(look(box, path).findings).toEqual([]);
});

test('what a killed command told collectors is ended as by any other command: records are brought up to date', () => {
  const { box, nox, tree } = started();
  const roots = `${box.store().path}/.nox/roots`;
  const record = (): string => `${roots}/${fs.readdirSync(roots).find((name) => name.endsWith('.json')) ?? ''}`;
  const [path, before] = [record(), fs.readFileSync(record())];
  box.json('nox-profile', ['del', 'b', '-p', 'dev']);
  box.json('nox-profile', ['prune', 'dev', '--older-than', '0']);
  expect(fs.readFileSync(record(), 'utf8')).not.toContain('b-1');
  // As a prune leaves it that is killed before it writes the records.
  fs.rmSync(record());
  fs.writeFileSync(path, before);
  const intent = `${nox}/intents/${ofTheDead(tree(3))}`;
  fs.writeFileSync(intent, '');
  expect(look(box, '--repair')).toMatchObject({ status: 0, findings: [{ code: 'stale-intent', repaired: true }] });
  expect(fs.existsSync(intent)).toBe(false);
  expect(fs.readFileSync(record(), 'utf8')).not.toContain('b-1');
});

test.each([
  ['is missing', (link: string) => fs.rmSync(link)],
  ['leads elsewhere', (link: string) => (fs.rmSync(link), fs.symlinkSync('.nox/profiles/dev/generations/1', link))],
])('a link that %s is made to agree with the journal', (_, harm) => {
  const { box } = started();
  harm(`${box.profiles}/dev`);
  expect(look(box, 'dev')).toMatchObject({ status: 6, findings: [{ code: 'link-wrong', path: `${box.profiles}/dev`, hint: 'nox-profile doctor dev --repair', damage: true, repaired: false }] });
  const before = layout(box.root);
  expect(look(box, 'dev', '--repair', '--dry-run')).toMatchObject({ status: 6, findings: [{ repaired: false }] });
  expect(layout(box.root)).toEqual(before);
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 0, findings: [{ repaired: true }] });
  expect(fs.readlinkSync(`${box.profiles}/dev`)).toBe('.nox/profiles/dev/generations/2');
  expect(look(box)).toMatchObject({ status: 0, codes: [] });
});

test('a directory in the place of the link is left to its owner', () => {
  const { box } = started();
  fs.rmSync(`${box.profiles}/dev`);
  box.write(`${box.profiles}/dev/mine`, '');
  expect(look(box, '--repair')).toMatchObject({ status: 6, codes: ['link-blocked'] });
  expect(fs.existsSync(`${box.profiles}/dev/mine`)).toBe(true);
});

test('packages that are gone are named with the generation, and their links are not repeated', () => {
  const { box } = started();
  fs.rmSync(box.store().pathOf('a-1'), { recursive: true });
  const { status, findings } = look(box, 'dev');
  expect(status).toBe(6);
  expect(findings.map(({ code, message }) => [code, message])).toEqual([
    ['package-gone', `generation 1 uses a-1, which is gone from ${box.store().path}`],
    ['package-gone', `generation 2, the current one, uses a-1, which is gone from ${box.store().path}`],
  ]);
  expect(findings[1]!.hint).toContain('nox-profile del a-1 -p dev');
});

test('links that lead nowhere are counted and a few named', () => {
  const { box } = started();
  fs.rmSync(`${box.store().pathOf('a-1')}/share/a`, { recursive: true });
  expect(look(box, 'dev').findings).toMatchObject([{
    code: 'dangling-links', path: box.store().pathOf('a-1'),
    message: `9 links of the current generation lead nowhere, since ${box.store().pathOf('a-1')} has changed: share/a/f0, share/a/f1, share/a/f2, share/a/f3, share/a/f4 and 4 more`,
  }]);
  box.json('nox-profile', ['refresh', 'dev']);
  expect(look(box, 'dev').findings).toEqual([]);
});

test('links that were taken out are told and no damage; the generation is built anew with them, and with what is the user\'s', () => {
  const { box, tree } = started();
  const dev = `${box.profiles}/dev`;
  fs.rmSync(`${tree(2)}/bin`, { recursive: true });
  fs.rmSync(`${tree(2)}/share/a/f1`);
  fs.writeFileSync(`${dev}/share/mine`, 'mine');
  expect(look(box, 'dev')).toEqual({ status: 0, codes: ['missing-links'], findings: [{
    code: 'missing-links', path: tree(2), message: '3 links of the current generation were taken out of it: bin/a, bin/b, share/a/f1', damage: false, repairable: true, repaired: false,
    hint: 'the next change brings them back, or at once: nox-profile doctor dev --repair; what is to stay out is hidden with --hide',
  }] });
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 0, findings: [{ repaired: true }] });
  expect(fs.readdirSync(`${dev}/bin`)).toEqual(['a', 'b']);
  expect(fs.readFileSync(`${dev}/share/mine`, 'utf8')).toBe('mine');
  expect(fs.existsSync(`${dev}/share/a/f1`)).toBe(true);
  expect(look(box)).toMatchObject({ status: 0, codes: [] });
  expect(box.json('nox-profile', ['history', 'dev']).generations.at(-1)).toMatchObject({ number: 3, current: true, action: 'doctor', changes: [] });
  // It takes the place of what it repairs.
  expect(box.json('nox-profile', ['rollback', 'dev'])).toMatchObject({ generation: 1, previous: 3 });
});

test('a ready script that is missing or changed is damage, and is made anew, once for all', () => {
  const { box, tree } = started();
  const script = (number: number, name: string) => `${tree(number)}/.nox/${name}`;
  fs.rmSync(script(2, 'activate.sh'));
  fs.appendFileSync(script(2, 'activate.csh'), 'echo changed\n');
  const { status, findings } = look(box, 'dev');
  expect(status).toBe(6);
  expect(findings.map(({ code, path, message }) => [code, path, message]).sort()).toEqual([
    ['ready-script-damaged', script(2, 'activate.csh'), 'this ready script of the current generation is not as nox wrote it'],
    ['ready-script-damaged', script(2, 'activate.sh'), 'this ready script of the current generation is missing'],
  ]);
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 0, findings: [{ repaired: true }, { repaired: true }] });
  expect(fs.readFileSync(script(3, 'activate.csh'), 'utf8')).not.toContain('changed');
  expect(fs.existsSync(script(3, 'activate.sh'))).toBe(true);
  expect(fs.existsSync(tree(4))).toBe(false);
  expect(look(box)).toMatchObject({ status: 0, codes: [] });
});

test('of a release only a person can bring back what is missing', () => {
  const { box } = started();
  box.json('nox-profile', ['publish', 'dev', '--releases', `${box.root}/releases`]);
  const env = { NOX_RELEASES: `${box.root}/releases` };
  const [release] = fs.readdirSync(env.NOX_RELEASES).filter((name) => name !== '.nox') as [string];
  const script = `${env.NOX_RELEASES}/${release}/.nox/activate.sh`;
  for (const path of [`${env.NOX_RELEASES}/${release}/.nox/`, script]) fs.chmodSync(path, 0o755);
  fs.rmSync(script);
  expect(look(box, `${env.NOX_RELEASES}/${release}`, '--repair').findings).toMatchObject([{ code: 'ready-script-damaged', hint: 'bring it back from a backup, or publish it anew under another name', repaired: false }]);
});

test('what is seen only while another command changes the profile is no finding', async () => {
  const { box, nox } = started();
  const points = `${box.root}/points`;
  fs.mkdirSync(points);
  runCommand('mkfifo', [`${points}/before-another-look`]);
  const link = `${box.profiles}/dev`;
  const text = fs.readlinkSync(link);
  fs.rmSync(link);
  fs.writeFileSync(`${nox}/leases/rubbish.json`, 'x');
  const ended = box.start('nox-profile', ['doctor', 'dev', '--json'], { env: { NOX_SYNC_POINTS: points } });
  const fifo = await fs.promises.open(`${points}/before-another-look`, 'w');
  fs.rmSync(`${nox}/leases/rubbish.json`);
  fs.symlinkSync(text, link);
  fs.rmSync(`${points}/before-another-look`);
  await fifo.close();
  const { status, stdout } = await ended;
  expect([status, JSON.parse(stdout).findings]).toEqual([0, []]);
});

test.each([
  ['a journal entry', 'journal/1/entry.json', 'journal-damaged'],
  ['the last journal entry', 'journal/2/entry.json', 'journal-damaged'],
  ['a manifest', 'generations/1/.nox/manifest.json', 'generation-damaged'],
  ['the current manifest', 'generations/2/.nox/manifest.json', 'generation-damaged'],
  ['the record of a farm', 'generations/1/.nox/farm.json', 'generation-damaged'],
  ['the record of the current farm', 'generations/2/.nox/farm.json', 'generation-damaged'],
])('%s that is damaged or missing is told, and nothing is done about it', (_, file, code) => {
  const { box, state } = started();
  fs.appendFileSync(`${state}/${file}`, 'x');
  const before = layout(box.root);
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 6, codes: [code] });
  expect(layout(box.root)).toEqual(before);
  fs.rmSync(`${state}/${file}`);
  expect(look(box)).toMatchObject({ status: 6, codes: [code] });
});

test('a journal with gaps, or none, is told', () => {
  const { box, state } = started();
  fs.mkdirSync(`${state}/journal/999999999`);
  expect(look(box, 'dev').codes).toEqual(['journal-damaged', 'journal-gap']);
  fs.rmSync(`${state}/journal`, { recursive: true });
  expect(look(box).codes).toContain('journal-empty');
});

test('where the current generation is lost, the newest intact one is shown', () => {
  const { box, tree } = started();
  fs.rmSync(tree(2), { recursive: true });
  expect(look(box, 'dev')).toMatchObject({ status: 6, codes: ['generation-missing'] });
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 0, findings: [{ repaired: true }] });
  expect(box.json('nox-profile', ['list', 'dev'])).toMatchObject({ generation: 1, packages: [{ id: 'a-1' }] });
  expect(box.json('nox-profile', ['add', 'b', '-p', 'dev']).generation).toBe(3);
});

test('what killed commands left is cleared away, what a living one works on is not', () => {
  const { box, nox, state, tree } = started();
  const dead = ofTheDead(tree(2));
  const alive = dead.replace(/~\d+~1~a/, `~${process.pid}~${fs.readFileSync('/proc/self/stat', 'utf8').split(' ')[21]!}~a`);
  fs.mkdirSync(`${state}/staging/${dead}/tree`, { recursive: true });
  fs.mkdirSync(`${state}/staging/${alive}`);
  fs.mkdirSync(`${state}/lock.d`);
  fs.writeFileSync(`${state}/lock/${dead}`, '');
  fs.mkdirSync(`${nox}/trash/${dead}`, { recursive: true });
  fs.writeFileSync(`${nox}/intents/${dead}`, '');
  fs.writeFileSync(`${nox}/leases/.draft`, '');
  fs.utimesSync(`${nox}/leases/.draft`, 0, 0);
  fs.symlinkSync('../profiles/dev/generations/7', `${nox}/pins/slurm--1.dev`);
  fs.symlinkSync('../profiles/dev/generations/1', `${nox}/pins/slurm--2.dev`);
  fs.cpSync(tree(2), tree(9), { recursive: true, verbatimSymlinks: true });
  reseal(`${tree(9)}/.nox/manifest.json`, { number: 9 });
  fs.renameSync(tree(0), `${state}/generations/.pruning-0-${dead}`);
  const left = ['stale-lease', 'stale-pin', 'stale-intent', 'leftover-trash', 'half-pruned', 'abandoned-generation', 'leftover-staging', 'stale-lock'];
  expect(look(box)).toMatchObject({ status: 0, codes: left });
  expect(look(box, '--fix').findings.map(({ code, repaired }) => [code, repaired])).toEqual(left.map((code) => [code, true]));
  expect(look(box)).toMatchObject({ status: 0, codes: [] });
  expect(fs.readdirSync(`${state}/staging`)).toEqual([alive]);
  expect(fs.readdirSync(`${nox}/pins`)).toEqual(['slurm--2.dev']);
  expect(fs.readdirSync(`${state}/generations`).sort()).toEqual(['0', '1', '2']);
});

test('leases that are over go, those that hold stay, and damaged ones are told', () => {
  const { box, nox } = started();
  box.json('nox-profile', ['env', 'dev', '--lease']);
  const [held] = fs.readdirSync(`${nox}/leases`) as [string];
  fs.copyFileSync(`${nox}/leases/${held}`, `${nox}/leases/over.json`);
  reseal(`${nox}/leases/over.json`, { expires: '2020-01-01T00:00:00.000Z' });
  fs.writeFileSync(`${nox}/leases/rubbish.json`, '\u001b[31m');
  expect(look(box, 'dev', '--repair')).toMatchObject({ status: 6, codes: ['stale-lease', 'lease-damaged'] });
  expect(fs.readdirSync(`${nox}/leases`).sort()).toEqual([held, 'rubbish.json'].sort());
});

test('an ad-hoc profile is looked at by its name, and told when it is gone', () => {
  const { box } = started();
  const path = `${box.root}/scratch/exp`;
  fs.mkdirSync(`${box.root}/scratch`);
  box.json('nox-profile', ['new', 'exp', '--path', path]);
  fs.rmSync(path);
  expect(look(box, 'exp', '--repair')).toMatchObject({ status: 0, codes: ['link-wrong'] });
  expect(look(box)).toMatchObject({ status: 0, codes: [] });
  fs.rmSync(`${box.root}/scratch`, { recursive: true });
  expect(look(box).findings).toMatchObject([{ code: 'ad-hoc-gone', path, hint: 'nox-profile register --forget exp' }]);
});

test('hints repeat the flags that chose places, and act on the profile that was looked at', () => {
  const { box } = started();
  const places = ['--profiles', `${box.root}/my other`];
  box.json('nox-profile', ['new', 'dev', ...places]);
  box.json('nox-profile', ['add', 'a', '-p', 'dev', ...places]);
  fs.rmSync(box.store().pathOf('a-1'), { recursive: true });
  const [found] = look(box, ...places).findings;
  expect(found!.hint).toBe(`bring the package back, or: nox-profile del a-1 -p dev --profiles '${box.root}/my other'`);
  expect(box.run('nox-profile', ['doctor', ...places]).stdout).toContain(`\n  hint: ${found!.hint}\n`);
  fs.rmSync(`${box.root}/my other/dev`);
  const { hint } = look(box, 'dev', ...places).findings.find(({ code }) => code === 'link-wrong')!;
  expect(hint).toBe(`nox-profile doctor dev --repair --profiles '${box.root}/my other'`);
});

test('a profile home without its record gets a new one', () => {
  const { box, nox } = started();
  fs.rmSync(`${nox}/home.json`);
  expect(look(box, '--repair')).toMatchObject({ status: 0, codes: ['home-record-missing'] });
  expect(fs.existsSync(`${nox}/home.json`)).toBe(true);
});

test('names from damaged places are printed safely, and too many findings are counted', () => {
  const { box, nox } = started();
  for (let at = 0; at < 60; at += 1) fs.writeFileSync(`${nox}/leases/\u001b[31m${at}.json`, 'x');
  const { stdout, status } = box.run('nox-profile', ['doctor']);
  expect(status).toBe(6);
  expect(stdout).not.toContain('\u001b');
  expect(stdout.split('\n').at(-2)).toBe('and 10 more of lease-damaged');
});
