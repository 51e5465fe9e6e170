// What a shell waits for: env, trivial commands, a list of a large store.
import fs from 'node:fs';
import { interleave, ratio, run, spread, times } from '../measure.mjs';
import { fresh, newcomer, repository } from '../tools.mjs';
import { plant } from '../trees.mjs';
import { add, newProfile } from './build.mjs';

const LOOPS = 20;
/** Times as many rounds as elsewhere: each takes less than a second. */
const ROUNDS = 4;

/** A small store of packages with metadata, by a function of the number. */
function describedStore(tools, packages, describe) {
  const root = fresh(tools, 'described');
  const id = (number) => `package${number}-1.0`;
  plant(tools, root, Array.from({ length: packages }, (_, number) => ['', '/bin'].map((below) => ({ op: 'd', path: `${id(number)}${below}` }))).flat());
  for (let number = 0; number < packages; number += 1) fs.writeFileSync(`${root}/${id(number)}/nox-package.yaml`, describe(number));
  return root;
}

const describe = (number) => `name: package${number}\nversion: "1.0"\ndescription: Reconstruction of tracks, part ${number}\nlicense: LGPL-2.1\nhomepage: https://example.org/${number}\ndepends: [package${(number * 7 + 1) % 100}]\n`;

export function startRows({ tools, quick, rounds, say }) {
  const packages = quick ? 500 : 10_000;
  const small = describedStore(tools, 20, (number) => `name: package${number}\nversion: "1.0"\n`);
  const large = describedStore(tools, packages, describe);
  const env = newcomer(tools, small);
  newProfile(tools, env, 'full');
  add(tools, env, ['package1', 'package2']);
  const script = `${env.NOX_PROFILES}/dev/.nox/activate.sh`;
  const loop = (command) => () => {
    const { wall } = run(tools, ['sh', '-c', `i=0; while [ $i -lt ${LOOPS} ]; do x=$(${command}); i=$((i+1)); done`], { env, settle: false });
    return wall / LOOPS;
  };
  const one = (command, environment = env) => () => run(tools, command, { env: environment, settle: false });
  const largeUser = newcomer(tools, large);
  // Nothing is remembered of what has changed in the last two seconds.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2100);
  for (const user of [env, largeUser]) one([tools.nox.store, 'list'], user)();
  const figures = interleave({
    'env dev': loop(`${tools.nox.profile} env dev`),
    'cat': loop(`cat ${script}`),
    'node -e 0': one([process.execPath, '-e', '0']),
    'env dev for fish': loop(`${tools.nox.profile} env dev --shell fish`),
    'env dev --stack': one([tools.nox.profile, 'env', 'dev', '--stack']),
    'nox-profile list': one([tools.nox.profile, 'list']),
    'nox-store list, small': one([tools.nox.store, 'list']),
    'nox-store list': one([tools.nox.store, 'list'], largeUser),
    'Node, one look at each': one([process.execPath, `${repository}/bench/reference/look.mjs`, large]),
    'node -e 0 again': one([process.execPath, '-e', '0']),
  }, rounds * ROUNDS, say);
  const row = (what, a, b, target) => ({ what, target, unit: 'x', figure: ratio(figures[a], figures[b]), note: `${times(figures[a]).median.toFixed(1)} ms against ${times(figures[b]).median.toFixed(1)} ms` });
  return {
    title: 'what a shell waits for',
    rows: [
      row('nox-profile env dev, from a shell, to cat of the ready script', 'env dev', 'cat', 3),
      row('the same for fish, to cat of the ready script', 'env dev for fish', 'cat', 3),
      row('nox-profile env dev --stack, which Node answers, to node -e 0', 'env dev --stack', 'node -e 0', 1.5),
      row('nox-profile list, to node -e 0', 'nox-profile list', 'node -e 0', 1.5),
      row('nox-store list of 20 packages, second time, to node -e 0', 'nox-store list, small', 'node -e 0', 1.5),
      row(`nox-store list of ${packages} packages with metadata, second time, to node -e 0`, 'nox-store list', 'node -e 0 again', 2),
      row(`a Node program that looks once at each of the ${packages} and prints their names, to node -e 0`, 'Node, one look at each', 'node -e 0 again', null),
      { ...row('', 'node -e 0 again', 'node -e 0', null), what: 'noise: node -e 0 to itself' },
      ...callRows(tools, env),
    ],
    seconds: Object.fromEntries(Object.entries(figures).map(([name, list]) => [name, times(list)])),
  };
}

/** File system calls, by strace: those that name a file, and reads of directories. */
function callRows(tools, env) {
  const commands = { 'nox-profile env dev': [tools.nox.profile, 'env', 'dev'], 'nox-profile list': [tools.nox.profile, 'list'], 'nox-store list': [tools.nox.store, 'list'], 'nox-profile --help': [tools.nox.profile, '--help'], 'node -e 0': [process.execPath, '-e', '0'] };
  return Object.entries(commands).map(([name, command]) => {
    const row = { what: `file system calls of ${name}`, target: name.startsWith('node') ? null : 100, unit: '' };
    if (tools.versions.strace === null) return { ...row, absent: 'strace is not here' };
    const log = `${fresh(tools, 'strace')}/log`;
    run(tools, ['strace', '-f', '-qq', '-e', 'trace=%file,getdents64', '-o', log, ...command], { env, settle: false });
    const lines = fs.readFileSync(log, 'utf8').split('\n').filter((line) => line !== '' && !/resumed|--- SIG|\+\+\+/.test(line));
    return { ...row, figure: spread([lines.length]) };
  });
}
