import { execFileSync } from 'node:child_process';

/** Builds the bundles once, so that tests drive the commands that users run. */
export default function setup(): void {
  if (process.env['NOX_TEST_NO_BUILD']) return;
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
