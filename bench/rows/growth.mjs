// First builds of more and more links: is the cost per link the same?
import { interleave, run, spread, times } from '../measure.mjs';
import { fresh, newcomer } from '../tools.mjs';
import { listGeneration, plant, syntheticIds, syntheticStore, writeList } from '../trees.mjs';
import { add, generation, newProfile } from './build.mjs';

const MEMORY_OF_A_MILLION = 1024;

/** `most`: the largest size that the disk has room for. */
export function growthRows({ tools, quick, rounds, say, most = Infinity }) {
  const sizes = (quick ? [300, 1000, 3000] : [1000, 10_000, 100_000, 1_000_000]).filter((links) => links <= most);
  const points = sizes.map((links) => ({ links, ...measureSize(tools, links, { packages: Math.min(1000, Math.max(10, links / 100)), rounds: links > 200_000 ? Math.min(2, rounds) : rounds, say }) }));
  const last = points.at(-1);
  return {
    title: 'growth: first builds of synthetic packages, full',
    rows: [
      ...points.slice(2).map((point, at) => stepRow(points[at], points[at + 1], point)),
      { what: `memory of ${last.links} links`, target: MEMORY_OF_A_MILLION, unit: 'MB', figure: times(last.nox, 'memory') },
    ],
    seconds: Object.fromEntries(points.flatMap(({ links, nox, c }) => [[`${links} links`, times(nox)], [`${links} links, C with sync`, times(c)]])),
    growth: points.map(({ links, nox, c }) => ({ links, nox: times(nox), c: times(c) })),
  };
}

function measureSize(tools, links, { packages, rounds, say }) {
  const root = fresh(tools, 'grown');
  plant(tools, root, syntheticStore({ packages, links }));
  const ids = syntheticIds(packages);
  let list = null;
  const build = () => {
    const env = newcomer(tools, root, 'grown-user');
    newProfile(tools, env, 'full');
    const done = add(tools, env, ids);
    list ??= writeList(tools, listGeneration(generation(env, 1)));
    return done;
  };
  const { nox, c } = interleave({ nox: build, c: () => run(tools, [tools.replay, list, fresh(tools, 'grown-c'), 'sync']) }, rounds, (text) => say(`${text} (${links} links)`));
  return { nox, c };
}

/** The time per further link in one step of size, in that of the step before: 1 is linear. The C program shows what the file system does by itself. */
function stepRow(first, second, third) {
  const rounds = Array.from({ length: Math.min(...[first, second, third].map(({ nox }) => nox.length)) }, (_, round) => round);
  const perLink = (who, from, to) => rounds.map((round) => (to[who][round].wall - from[who][round].wall) / (to.links - from.links));
  const growth = (who) => {
    const before = perLink(who, first, second);
    return spread(perLink(who, second, third).map((time, round) => time / before[round]));
  };
  const what = `time per link from ${second.links} to ${third.links} links, to the step before`;
  // At small sizes the noise of the start can be more than the step.
  if (growth('nox').min <= 0) return { what, target: 1.2, unit: 'x', absent: 'lost in noise' };
  const us = (who) => (spread(perLink(who, second, third)).median * 1000).toFixed(0);
  return {
    what, target: 1.2, unit: 'x', figure: growth('nox'),
    note: `C with sync ${growth('c').median.toFixed(2)}; ${us('nox')} us a link, C ${us('c')} us`,
  };
}
