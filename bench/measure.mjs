// Running and timing commands, and what a set of timings says.
import { spawnSync } from 'node:child_process';

/**
 * Runs a command and returns its wall, cpu (user + system) in ms, its peak resident memory in MB, and its output when `capture` is set. Throws when it fails.
 * `settle`: sync(2) first, so that it doesn't pay for what others wrote.
 */
export function run(tools, command, { env = tools.environment, cwd = '/', settle = true, capture = false, statuses = [0] } = {}) {
  const done = spawnSync(tools.timed, [settle ? 'sync' : 'nosync', ...command], {
    env, cwd, maxBuffer: 1 << 30, stdio: ['ignore', capture ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const figures = (done.output?.[3] ?? '').toString().trim().split(' ').map(Number);
  const [wall, user, system, memory, status] = figures;
  if (done.status !== 0 || !statuses.includes(status)) {
    throw new Error(`${command.slice(0, 6).join(' ')} …: exit ${status ?? done.status}: ${done.stderr?.toString().slice(-2000)}`);
  }
  return { wall: wall / 1000, cpu: (user + system) / 1000, memory: memory / 1024, status, stdout: capture ? done.stdout.toString() : '', stderr: done.stderr.toString() };
}

/**
 * Runs every contender once a round, so that all meet the same noise; an odd round goes the other way round.
 * @param contenders functions of the round's number, by name, that return figures or a number
 * @returns for each name the list of figures, in the order of the rounds
 */
export function interleave(contenders, rounds, say = () => {}) {
  const names = Object.keys(contenders);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const got = contenders[name](round);
      figures[name].push(typeof got === 'number' ? { wall: got } : got);
      say(`  ${name}: ${figures[name].at(-1).wall.toFixed(1)} ms`);
    }
  }
  return figures;
}

/** Least, median and most of some numbers. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
  return { min: sorted[0], median, max: sorted.at(-1), count: sorted.length };
}

/** The spread of one contender's times in those of another, round by round. */
export function ratio(figures, peer, field = 'wall') {
  return spread(figures.map((one, round) => one[field] / peer[round][field]));
}

export const times = (figures, field = 'wall') => spread(figures.map((one) => one[field]));
