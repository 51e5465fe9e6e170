import { defineConfig } from 'vitest/config';

// The faults tier: every call killed and failed, planted bugs, signals, full disks, power cuts. Sweeps run in pairs.
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
