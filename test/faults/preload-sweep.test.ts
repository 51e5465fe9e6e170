import { describe, expect, test } from 'vitest';
import { SCENARIOS } from './support/scenarios.js';
import { MUTATION_FAULTS, READ_FAULTS, sweep, tell } from './support/sweep.js';

/** `NOX_FAULTS=kill,EIO` sweeps with these only, and `NOX_FAULTS_SHOW=1` prints all that is found. */
const chosen = process.env['NOX_FAULTS']?.split(',') ?? null;
const FAULTS = [...MUTATION_FAULTS, ...READ_FAULTS].filter(({ fault }) => chosen === null || chosen.includes(fault));

describe.concurrent('killed or failing at any call', () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const started = Date.now();
      const report = await sweep(scenario, { faults: FAULTS });
      tell(`preload, ${scenario.name}: ${report.calls} mutating calls, ${report.reads} reading, ${report.points} points, ${report.violations.length} violations, ${report.undurable.length} not on disk, ${Math.round((Date.now() - started) / 1000)} s`);
      if (process.env['NOX_FAULTS_SHOW']) process.stderr.write(`${JSON.stringify({ name: scenario.name, violations: report.violations, messages: report.messages, undurable: report.undurable }, null, 1)}\n`);
      expect(report.violations.slice(0, 20)).toEqual([]);
      expect(report.undurable).toEqual([]);
      if (chosen === null) expect(report.points).toBeGreaterThan(report.calls * 8);
    });
  }
});
