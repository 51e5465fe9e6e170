import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// The fast tier: under three minutes on two cores. The slow tier has a configuration of its own.
export default defineConfig({
  test: {
    include: ['test/{unit,ops,cli}/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    disableConsoleIntercept: true,
    // Tests wait for the programs that they start; the default leaves one of two cores idle.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
