import { describe, expect, test } from 'vitest';
import { SCENARIOS } from './support/scenarios.js';
import { MUTATION_FAULTS, READ_FAULTS, seed, sweep, tell } from './support/sweep.js';

/** `NOX_FAULTS=kill,EIO` sweeps with these only, and `NOX_FAULTS_SHOW=1` prints all that is found. */
const chosen = process.env['NOX_FAULTS']?.split(',') ?? null;
const FAULTS = [...MUTATION_FAULTS, ...READ_FAULTS].filter(({ fault }) => chosen === null || chosen.includes(fault));

/** `NOX_SWEEP_SECONDS=S`: seconds for all sweeps together, two of which run at once; without it they are whole. */
const allowed = process.env['NOX_SWEEP_SECONDS'] === undefined ? null : Number(process.env['NOX_SWEEP_SECONDS']);
const beginning = performance.now();
let begun = 0;

/** What one that begins now may take: a share of what is left, which one of those before still runs in. */
function limit(): { limit?: { seconds: number; seed: number } } {
  begun += 1;
  if (allowed === null) return {};
  const left = Math.max(0, allowed - (performance.now() - beginning) / 1000);
  return { limit: { seconds: (2 * left) / (SCENARIOS.length - begun + 2), seed } };
}

describe.concurrent('killed or failing at any call', () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const started = Date.now();
      const report = await sweep(scenario, { faults: FAULTS, ...limit() });
      tell(`preload, ${scenario.name}: ${report.calls} mutating calls, ${report.reads} reading, ${report.points} points${report.left > 0 ? `, ${report.left} left out for want of time, NOX_SEED=${seed}` : ''}, ${report.violations.length} violations, ${report.undurable.length} not on disk, ${Math.round((Date.now() - started) / 1000)} s`);
      if (process.env['NOX_FAULTS_SHOW']) process.stderr.write(`${JSON.stringify({ name: scenario.name, violations: report.violations, messages: report.messages, undurable: report.undurable }, null, 1)}\n`);
      expect(report.violations.slice(0, 20)).toEqual([]);
      expect(report.undurable).toEqual([]);
      if (chosen !== null) return;
      expect(report.points + report.left).toBeGreaterThan(report.calls * 8);
      // The kills are never left out, though a run may make a call or two fewer than the one that was counted.
      expect(report.points).toBeGreaterThan(report.calls * 0.9);
    });
  }
});
