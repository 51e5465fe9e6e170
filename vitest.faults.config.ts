import { defineConfig } from 'vitest/config';

// The tier of faults: kills and errors at every system call, power cuts, full disks, races between hosts.
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
