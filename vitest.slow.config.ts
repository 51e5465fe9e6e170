import { defineConfig } from 'vitest/config';

/** Properties that the fast tier tries less often. */
const PROPERTIES = ['cli/env-launcher', 'unit/profile/elf', 'unit/store/{easyconfig,range,request,version}', 'unit/store/io/yaml-file', 'unit/store/resolve/{properties,solver}'];

// The slow tier: real packages, kills and faults at every system call, many processes at once.
export default defineConfig({
  test: {
    include: ['test/{real,slow}/**/*.test.ts', ...PROPERTIES.map((path) => `test/${path}.test.ts`)],
    env: { NOX_TEST_RUNS: 'all' },
    globalSetup: ['test/support/build.ts'],
    disableConsoleIntercept: true,
    // Two files at once: most of them wait for one process at a time.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
