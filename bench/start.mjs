// How long it takes to start, as ratios of paired runs: `env` from a shell against `cat` of the ready script, a small command against `node -e 0`;
// and file system calls before a command's own work, where strace is there. `--json` for a document, `--quick` for few rounds.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [quick, json] = ['--quick', '--json'].map((flag) => process.argv.includes(flag));
const [ROUNDS, EACH, STARTS] = quick ? [3, 20, 5] : [15, 100, 31];
const repository = path.resolve(import.meta.dirname, '..');
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'nox-bench-start-'));
const node = process.execPath;
const env = { HOME: `${root}/home`, NOX_STORE_PATH: `${root}/store`, PATH: `${repository}/bin:/usr/bin:/bin`, LC_ALL: 'C' };

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const spread = (numbers) => ({ min: Math.min(...numbers), median: middle(numbers), max: Math.max(...numbers) });

/** Runs once; milliseconds. */
function run(command) {
  const before = process.hrtime.bigint();
  const done = spawnSync(command[0], command.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const wall = Number(process.hrtime.bigint() - before) / 1e6;
  if (done.status !== 0) throw new Error(`${command.join(' ')}: exit ${done.status}: ${done.stderr}`);
  return wall;
}

/** Milliseconds of each call among `EACH` in one shell. */
const inShell = (words) => () => run(['dash', '-c', `i=0; while [ $i -lt ${EACH} ]; do ${words} >/dev/null; i=$((i + 1)); done`]) / EACH;

/** Medians of the ratios within each round, since a machine that is shared is faster now and slower then. */
function compare(base, others, rounds) {
  const times = Object.fromEntries(Object.keys({ ...base, ...others }).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) for (const [name, measure] of Object.entries({ ...base, ...others })) times[name].push(measure());
  const [reference] = Object.keys(base);
  return Object.entries(times).map(([name, all]) => ({ name, ms: spread(all), ratio: spread(all.map((one, round) => one / times[reference][round])), ofMinima: Math.min(...all) / Math.min(...times[reference]) }));
}

/** Lines of a trace of these calls, whole calls only. */
function traced(calls, command) {
  const file = `${root}/trace`;
  const done = spawnSync('strace', ['-f', '-qq', '-o', file, '-e', `trace=${calls}`, ...command], { env, stdio: 'ignore' });
  if (done.error !== undefined || done.status !== 0) return null;
  return fs.readFileSync(file, 'utf8').split('\n').filter((line) => /^\d+ +\w+\(/.test(line));
}

try {
  fs.mkdirSync(env.HOME, { recursive: true });
  for (const directory of ['bin', 'lib/pkgconfig', 'share/man/man1', 'include']) fs.mkdirSync(`${root}/store/tool-1/${directory}`, { recursive: true });
  for (const file of ['bin/tool', 'lib/libtool.so.1', 'lib/pkgconfig/tool.pc', 'share/man/man1/tool.1', 'include/tool.h']) fs.writeFileSync(`${root}/store/tool-1/${file}`, '');
  const profile = (...words) => run([node, `${repository}/dist/nox-profile.cjs`, ...words]);
  const empty = [node, `${repository}/dist/nox-profile.cjs`, 'list', '--profiles', `${root}/none`];
  profile('new', 'dev');
  profile('-p', 'dev', 'add', 'tool');
  const ready = `${env.HOME}/nix/profiles/dev/.nox/activate.sh`;
  const short = compare({ 'cat of the ready script': inShell(`cat ${ready}`) }, { 'nox-profile env dev': inShell('nox-profile env dev'), 'dash -c :': inShell('dash -c :') }, ROUNDS);
  const long = compare({ 'node -e 0': () => run([node, '-e', '0']) }, {
    'nox-profile list, no profile': () => run(empty),
    'nox-profile list, one profile': () => profile('list'),
    'the same by the launcher': () => run([`${repository}/bin/nox-profile`, 'list']),
    'nox-profile env dev, the long way': () => profile('env', 'dev', '--shell', 'sh'),
    'nox-profile status': () => profile('status', '-p', 'dev'),
    'nox-profile history': () => profile('history', '-p', 'dev'),
    'nox-profile --version': () => profile('--version'),
  }, STARTS);
  const files = (command) => traced('%file', command)?.length ?? null;
  const whole = traced('all', ['dash', '-c', 'nox-profile env dev; :']);
  const list = traced('%file', [`${repository}/bin/nox-profile`, 'list']);
  const own = list?.findIndex((line) => line.includes(`"${env.HOME}/`)) ?? -1;
  const calls = {
    'node -e 0': files([node, '-e', '0']),
    'nox-profile list, before its own work': own < 0 ? null : own,
    'nox-profile list, all': list?.length ?? null,
    'nox-profile env dev, in the launcher': traced('%file', [`${repository}/bin/nox-profile`, 'env', 'dev', '--shell', 'sh'])?.length ?? null,
    'processes started by env': whole === null ? null : whole.filter((line) => /^\d+ +(?:v?fork|clone3?)\(/.test(line)).length - 1,
  };
  if (json) console.log(JSON.stringify({ version: 1, node: process.version, rounds: ROUNDS, starts: STARTS, times: [...short, ...long], calls }, null, 2));
  else {
    const figure = (number) => number.toFixed(2).padStart(8);
    console.log(`${'ms: min, median, max; ratio: median, of minima'.padEnd(48)}`);
    for (const { name, ms, ratio, ofMinima } of [...short, ...long]) console.log(`${name.padEnd(36)}${figure(ms.min)}${figure(ms.median)}${figure(ms.max)}   ${figure(ratio.median)}${figure(ofMinima)}`);
    console.log('file system calls');
    for (const [name, count] of Object.entries(calls)) console.log(`${name.padEnd(40)}${count ?? 'no strace'}`);
  }
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}
