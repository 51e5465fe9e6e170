// The same work when each request to the file system takes a millisecond, as on a busy cluster.
import { interleave, run, spread, times } from '../measure.mjs';
import { counter, fresh, newcomer, watched } from '../tools.mjs';
import { listGeneration, writeList } from '../trees.mjs';
import { add, generation, listOfFirstBuild, newProfile } from './build.mjs';

const DELAY_US = 1000;
const TARGET = 12;
/** What `reference/latency.c` waits for, as strace(1) sees it. */
const REQUESTS = ['open', 'openat', 'symlink', 'symlinkat', 'link', 'linkat', 'mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir', 'stat', 'lstat', 'newfstatat', 'statx', 'readlink', 'readlinkat', 'chmod', 'access', 'utimensat', 'statfs'];

export function latencyRows({ tools, store, rounds, say }) {
  const rows = [];
  const seconds = {};
  for (const layout of ['full', 'folded']) {
    const { list, entries } = listOfFirstBuild(tools, store, layout);
    const counts = { first: counter(tools), second: counter(tools) };
    const made = [];
    const slow = (env, count) => watched(tools, env, { BENCH_DELAY_US: DELAY_US, BENCH_COUNT: count.file });
    const first = store.packages.filter((id) => id !== store.added);
    const figures = interleave({
      first: (round) => {
        made[round] = newcomer(tools, store.path, `slow-${layout}`);
        newProfile(tools, made[round], layout);
        return add(tools, slow(made[round], counts.first), first);
      },
      'C, one call at a time': () => run(tools, [tools.replay, list, fresh(tools, 'slow-c'), 'sync'], { env: { ...tools.environment, LD_PRELOAD: tools.latency, BENCH_DELAY_US: String(DELAY_US) } }),
    }, rounds, say);
    Object.assign(figures, interleave({ second: (round) => add(tools, slow(made[round], counts.second), [store.added]) }, rounds, say));
    const second = listGeneration(generation(made[0], 2));
    // One wait of a millisecond takes a little more: what it took the C program per entry.
    const each = times(figures['C, one call at a time']).median / entries.length;
    const compare = (what, name, list, count) => {
      const calls = Math.round(count.read() / rounds);
      rows.push({
        what: `${what}, ${layout}: faster than a C program that makes only the entries`, target: TARGET, atLeast: true, unit: 'x',
        figure: spread(figures[name].map(({ wall }, round) => (name === 'first' ? figures['C, one call at a time'][round].wall : list.length * each) / wall)),
        note: `${(times(figures[name]).median / 1000).toFixed(1)} s; entries ${list.length}; requests of nox ${calls}`,
      });
      rows.push({
        what: `${what}, ${layout}: faster than its own requests one after another`, target: null, atLeast: true, unit: 'x',
        figure: spread(figures[name].map(({ wall }) => (calls * each) / wall)),
      });
    };
    compare('first build', 'first', entries, counts.first);
    compare('add one', 'second', second, counts.second);
    Object.assign(seconds, Object.fromEntries(Object.entries(figures).map(([name, list]) => [`${layout} with 1 ms: ${name}`, times(list)])));
  }
  return { title: `1 ms for each request that names or lists a file, ${store.kind}`, rows: [...rows, ...seenRows(tools, store)], seconds };
}

/** Which share of the requests that strace sees the preloaded library delays: a low one would make the figures above worthless. */
function seenRows(tools, store) {
  if (tools.versions.strace === null) return [{ what: 'share of requests that were delayed', target: 0.95, atLeast: true, unit: 'x', absent: 'strace is not here' }];
  const env = newcomer(tools, store.path, 'seen');
  newProfile(tools, env, 'full');
  const count = counter(tools);
  const log = `${fresh(tools, 'strace')}/log`;
  run(tools, ['strace', '-f', '-qq', '-e', `trace=${REQUESTS.join(',')}`, '-o', log, tools.nox.profile, '-p', 'dev', 'add', ...store.packages.slice(0, 40)],
    { env: watched(tools, env, { BENCH_COUNT: count.file }) });
  const { stdout } = run(tools, ['grep', '-c', '-v', '-E', 'resumed|--- SIG|\\+\\+\\+|/lib/x86_64|ld.so', log], { capture: true });
  return [{ what: 'share of requests that were delayed, by strace', target: 0.95, atLeast: true, unit: 'x', figure: spread([Math.min(1, count.read() / Number(stdout))]), note: `${count.read()} of ${stdout.trim()}` }];
}
