import { describe, expect } from 'vitest';
import { test } from 'vitest';
import { SCENARIOS } from './support/scenarios.js';
import { MUTATION_FAULTS, READ_FAULTS, sweep, tell } from './support/sweep.js';

describe.concurrent('killed or failing at any call', () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const started = Date.now();
      const report = await sweep(scenario, { faults: [...MUTATION_FAULTS, ...READ_FAULTS] });
      tell(`preload, ${scenario.name}: ${report.calls} mutating calls, ${report.reads} reading, ${report.points} points, ${report.violations.length} violations, ${report.undurable.length} not on disk, ${Math.round((Date.now() - started) / 1000)} s`);
      if (process.env['NOX_FAULTS_SHOW']) process.stderr.write(`${JSON.stringify({ name: scenario.name, violations: report.violations, messages: report.messages, undurable: report.undurable }, null, 1)}\n`);
      expect(report.violations.slice(0, 20)).toEqual([]);
      expect(report.undurable).toEqual([]);
      expect(report.points).toBeGreaterThan(report.calls * 8);
    });
  }
});
