// Choosing dependencies: as a share of the add it belongs to, and in a universe made to be hard.
import fs from 'node:fs';
import { interleave, run, spread, times } from '../measure.mjs';
import { fresh, newcomer } from '../tools.mjs';
import { plant } from '../trees.mjs';
import { add, newProfile } from './build.mjs';

const [VERSIONS, DEPTH] = [5, 8];
const HARD_LIMIT_S = 60;

export function choiceRows({ tools, quick, rounds, say }) {
  const packages = quick ? 200 : 10_000;
  const pigeons = quick ? [6] : [6, 8, 10, 12];
  return {
    title: `choice of dependencies: ${packages} packages x ${VERSIONS} versions, chains of ${DEPTH}`,
    rows: [shareRow({ tools, packages, rounds, say }), ...pigeons.map((holes) => hardRow(tools, holes, say))],
    seconds: {},
  };
}

/** Packages in chains: each needs the next two, in ranges that leave out the newest versions and overlap only partly. */
function universe(packages) {
  const made = {};
  for (let number = 0; number < packages; number += 1) {
    for (let version = 1; version <= VERSIONS; version += 1) {
      const next = [[1, `>=${Math.max(1, version - 2)} <${Math.max(2, version)}`], [2, `<${Math.max(2, version - 2)}`]];
      const depends = next.filter(([step]) => (number % DEPTH) + step < DEPTH && number + step < packages).map(([step, range]) => `package${number + step}@${range}`);
      made[`package${number}-${version}.0`] = { description: `part ${number}`, license: 'MIT', depends };
    }
  }
  return made;
}

function storeOf(tools, made, describe) {
  const root = fresh(tools, 'universe');
  plant(tools, root, Object.keys(made).flatMap((id) => [{ op: 'd', path: id }, { op: 'd', path: `${id}/bin` }, { op: 'f', path: `${id}/bin/${id}` }]));
  for (const [id, fields] of Object.entries(made)) fs.writeFileSync(`${root}/${id}/nox-package.yaml`, JSON.stringify(describe(fields)));
  return root;
}

/**
 * The same packages are added from metadata of the same size, once as one request that pulls in the others and once by identifier, where what they need is
 * turned into conflicts with packages that there are not: the difference is the choice.
 */
function shareRow({ tools, packages, rounds, say }) {
  const made = universe(packages);
  const withChoice = storeOf(tools, made, (fields) => fields);
  const without = storeOf(tools, made, ({ depends, ...fields }) => ({ ...fields, conflicts: depends.map((text) => `absent-${text}`) }));
  const users = { choice: newcomer(tools, withChoice), none: newcomer(tools, without) };
  const profiles = { choice: 0, none: 0 };
  const measured = (who, ids) => {
    const name = `p${(profiles[who] += 1)}`;
    run(tools, [tools.nox.profile, 'new', name], { env: users[who], settle: false });
    return run(tools, [tools.nox.profile, '-p', name, 'add', ...ids, '--json'], { env: users[who], capture: true });
  };
  const chosen = JSON.parse(measured('choice', ['package0']).stdout).changes.map(({ id }) => id);
  measured('none', chosen);
  const figures = interleave({ choice: () => measured('choice', ['package0']), none: () => measured('none', chosen) }, rounds, say);
  return {
    what: `share of an add of ${chosen.length} packages that is the choice (processor time)`, target: 0.1, unit: 'x',
    figure: spread(figures.choice.map(({ cpu }, round) => (cpu - figures.none[round].cpu) / cpu)),
    note: `${times(figures.choice).median.toFixed(0)} ms against ${times(figures.none).median.toFixed(0)} ms of wall time without a choice`,
  };
}

/** `holes + 1` packages that each need one of `holes` places, and no place twice: no solution, and hard to see. */
function hardRow(tools, holes, say) {
  const made = {};
  const roots = Array.from({ length: holes + 1 }, (_, pigeon) => `pigeon${pigeon}`);
  for (const [pigeon, name] of roots.entries()) {
    for (let hole = 1; hole <= holes; hole += 1) {
      made[`${name}-${hole}.0`] = { depends: [`hole${hole}@${pigeon + 1}.0`] };
      made[`hole${hole}-${pigeon + 1}.0`] = {};
    }
  }
  const env = newcomer(tools, storeOf(tools, made, (fields) => fields));
  newProfile(tools, env, 'full');
  const done = run(tools, ['timeout', String(HARD_LIMIT_S), tools.nox.profile, '-p', 'dev', 'add', ...roots], { env, settle: false, statuses: [0, 4, 124] });
  const reason = done.stderr.split('\n')[0].slice(0, 100);
  say(`  ${holes} holes: exit ${done.status} after ${done.wall.toFixed(0)} ms: ${reason}`);
  const row = { what: `adversarial: ${holes + 1} packages for ${holes} places`, target: HARD_LIMIT_S, unit: 's', figure: spread([done.wall / 1000]), note: `exit ${done.status}` };
  return done.status === 4 ? row : { ...row, missed: `exit ${done.status}` };
}
