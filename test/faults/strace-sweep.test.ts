import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/cli.js';
import { SCENARIOS } from './support/scenarios.js';
import { seed, sweep, tell } from './support/sweep.js';

/** Errors for each scenario, at calls that the seed chooses. */
const ERRORS_EACH = 8;

describe.concurrent('the real command, killed at every mutating system call, and failing at some', () => {
  for (const scenario of SCENARIOS) {
    test.skipIf(!fs.existsSync('/usr/bin/strace'))(`${scenario.name} (strace)`, async () => {
      const started = Date.now();
      const report = await sweep(scenario, { faults: [], strace: { launchers: `${ROOT}/bin`, errors: ERRORS_EACH, seed } });
      tell(`strace, ${scenario.name}: ${report.points} points, ${report.violations.length} violations, NOX_SEED=${seed}, ${Math.round((Date.now() - started) / 1000)} s`);
      expect(report.violations.slice(0, 20)).toEqual([]);
      expect(report.points).toBeGreaterThan(ERRORS_EACH + 3);
    });
  }
});
