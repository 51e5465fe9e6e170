/** Fills a tmpfs to every degree and runs commands on it: `{top, limit}`; prints figures and violations. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { homeReserve, storeReserve } from '../../../src/layout.js';
import { filler, mountTmpfs, type Room } from './filler.js';
import { journalOf, leftovers, machine, nameOf, profileProblems } from './machine.js';

const { top, limit } = JSON.parse(process.argv[2] ?? '') as { readonly top: string; readonly limit: Room };
const violations: string[] = [];
const figures = { limit, failures: 0, sweeps: {} as Record<string, number>, pruned: 0, collected: 0, violations };

const at = `${top}/${limit}`;
mountTmpfs(at, limit);
// To mount one is root by name here; commands run as a user whom no account names, and who has no power.
const on = machine(at, { by: ['unshare', '-U', '--map-user=12345', '--map-group=12345', '--'] });
for (const id of ['a-1', 'b-1', 'c-1']) on.package(id);
const fill = filler(at, limit);
const ok = (bin: 'nox-profile' | 'nox-store', args: readonly string[], env?: Readonly<Record<string, string>>): any => { // eslint-disable-line @typescript-eslint/no-explicit-any
  const done = on.run(bin, [...args, '--json'], env);
  if (done.status !== 0) violations.push(`${bin} ${args.join(' ')}: exit ${done.status}: ${done.stdout}${done.stderr}`);
  return done.status === 0 ? JSON.parse(done.stdout) : {};
};
const DEAD = ['dead-1', 'dead-2', 'dead-3'];
const PRUNE = ['prune', 'dev', '--older-than', '0'] as const;

ok('nox-profile', ['new', 'dev']);
ok('nox-profile', ['add', 'a', '-p', 'dev']);

/** Units of room: fine where little fits, since each stage of a command needs more than the one before. */
const ROOMS = [0, 1, 2, 3, 5, 8, 12, 17, 23, 30, 40, 60, 90, 150];

/** Runs a command with ever more room until it succeeds. Each failure must leave everything as it was and say why. */
function sweep(verb: string, args: readonly string[]): void {
  // Of a profile that could not be made, empty directories may be there.
  const journals = (): string => fs.readdirSync(`${on.profiles}/.nox/profiles`).map((name) => [name, ...journalOf(on.profiles, name)]).filter((entries) => entries.length > 1).join('\n');
  for (const free of ROOMS) {
    fill.leave(free);
    const before = journals();
    const done = on.run('nox-profile', [verb, ...args]);
    if (done.status === 0) {
      figures.sweeps[verb] = free;
      break;
    }
    figures.failures += 1;
    const isMade = done.stderr.includes('the change itself is made');
    const wrong = [
      ...(done.status === 1 && done.stderr.includes('no space or no inodes left on the file system') ? [] : [`exit ${done.status}: ${done.stderr}`]),
      ...((journals() === before) !== isMade ? [] : [`${isMade ? 'said to be made' : 'not said to be made'}, and the journal says: ${journals()}`]),
      ...profileProblems(on.profiles, 'dev'), ...leftovers(on.profiles, 'dev').map((name) => `${name} is left`),
    ];
    violations.push(...wrong.map((text) => `${verb} with ${free} ${limit} free: ${text}`));
    if (isMade) {
      figures.sweeps[verb] = free;
      break;
    }
  }
  fill.empty();
  if (figures.sweeps[verb] === undefined) violations.push(`${verb} never succeeds`);
  violations.push(...profileProblems(on.profiles, 'dev'));
}

sweep('add', ['b', '-p', 'dev']);
sweep('del', ['b', '-p', 'dev']);
sweep('rollback', ['dev']);
sweep('switch', ['1', '-p', 'dev']);
sweep('publish', ['dev', '--as', 'r1']);
sweep('new', ['other']);

/** At every degree of fullness, without the help of a reserve. */
function prune(free: number): void {
  for (const verb of ['add', 'del']) ok('nox-profile', [verb, 'c', '-p', 'dev']);
  fs.rmSync(homeReserve(on.profiles), { force: true });
  fill.leave(free);
  const { pruned = [] } = ok('nox-profile', PRUNE);
  figures.pruned += Number(pruned.length);
  if (pruned.length === 0) violations.push(`prune with ${free} ${limit} free has freed nothing`);
  violations.push(...profileProblems(on.profiles, 'dev'), ...leftovers(on.profiles, 'dev').map((name) => `${name} is left`));
  fill.empty();
  for (const verb of ['add', 'del']) ok('nox-profile', [verb, 'c', '-p', 'dev']);
}

function collect(free: number): void {
  for (const id of DEAD) on.package(id);
  for (const path of [storeReserve(on.store), homeReserve(on.profiles)]) fs.rmSync(path, { force: true });
  if (free % 2 === 0) fs.rmSync(`${on.store}/.nox/condemned`, { recursive: true, force: true });
  fill.leave(free);
  const { removed = [] } = ok('nox-store', ['gc']);
  figures.collected += Number(removed.length);
  if (DEAD.some((id) => fs.existsSync(`${on.store}/${id}`))) violations.push(`gc with ${free} ${limit} free has removed ${removed.map((pkg: { id: string }) => pkg.id).join()}`);
  const left = [on.store, `${on.store}/.nox/condemned`, `${on.store}/.nox/quarantine`].flatMap((path) => (fs.existsSync(path) ? fs.readdirSync(path) : [])).filter((name) => !['.nox', 'nox-store.yaml', 'a-1', 'b-1', 'c-1'].includes(name));
  violations.push(...left.map((name) => `gc with ${free} ${limit} free leaves ${name}`));
  fill.empty();
  ok('nox-store', ['gc']);
}

// The store's own packages are held throughout.
ok('nox-profile', ['new', 'keep']);
ok('nox-profile', ['add', 'a', 'b', 'c', '-p', 'keep']);
for (const free of [0, 2, 8]) prune(free);
for (const free of [0, 1, 2, 4, 5]) collect(free);

/** A home elsewhere, which is not full, and a collector that is held at a point of its work. */
async function race(point: string, id: string, during: (add: () => number) => void): Promise<string[]> {
  const elsewhere = `${top}/elsewhere-${limit}-${point}`;
  const points = `${elsewhere}/points`;
  fs.mkdirSync(points, { recursive: true });
  execFileSync('mkfifo', [`${points}/${point}`]);
  const mine = { HOME: elsewhere };
  ok('nox-profile', ['new', 'dev'], mine);
  on.package(id);
  fs.rmSync(storeReserve(on.store), { force: true });
  fill.leave(0);
  const collector = on.start('nox-store', ['gc', '--json'], { ...mine, NOX_SYNC_POINTS: points });
  const gate = await gateOf(`${points}/${point}`);
  if (gate === null) {
    fill.empty();
    violations.push(`gc does not come to ${point}: ${(await collector).stdout}`);
    return [];
  }
  during(() => on.run('nox-profile', ['add', id, '-p', 'dev', '--wait', '1'], mine).status);
  fs.closeSync(gate);
  const done = await collector;
  if (done.status !== 0) violations.push(`gc held at ${point}: exit ${done.status}: ${done.stdout}`);
  const manifest = fs.existsSync(`${elsewhere}/nix/profiles/dev/bin/${nameOf(id)}`);
  fill.empty();
  const { restored = [], removed = [] } = JSON.parse(done.stdout);
  ok('nox-store', ['gc'], mine);
  const names = (packages: readonly { id: string }[]): string => packages.map(({ id }) => id).join();
  return [`restored ${names(restored)}`, `removed ${names(removed)}`, `shown ${manifest}`, `there ${fs.existsSync(`${on.store}/${id}`)}`];
}

/** The writing end of a FIFO once somebody reads it, as the process that it holds does; `null` when nobody comes. */
async function gateOf(fifo: string): Promise<number | null> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 5))) {
    try {
      return fs.openSync(fifo, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
  }
  return null;
}

const expectThat = (what: string, found: readonly string[], wanted: readonly string[]): void => {
  if (found.join() !== wanted.join()) violations.push(`${what}: ${found.join()}, not ${wanted.join()}`);
};
{
  // Added after the last look of the collector: it is taken away, found in use, and comes back.
  expectThat('an add before the rename', await race('after-second-survey', 'late-1', (add) => {
    if (add() !== 0) violations.push('add beside a full store fails');
  }), ['restored late-1', 'removed ', 'shown true', 'there true']);
  // Added while it is away: refused.
  expectThat('an add after the rename', await race('after-quarantine', 'later-1', (add) => {
    if (add() === 0) violations.push('a package was added that is in quarantine');
  }), ['restored ', 'removed later-1', 'shown false', 'there false']);
}

process.stdout.write(JSON.stringify(figures));
