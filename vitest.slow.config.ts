import { defineConfig } from 'vitest/config';

// The slow tier: real packages, kills and faults at every system call, many processes at once.
export default defineConfig({
  test: {
    include: ['test/{real,slow}/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
