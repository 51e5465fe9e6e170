// Sums the reports of vitest's JSON reporter: the failed and skipped tests by name, then one line of totals. A report that
// is missing or holds no test makes it fail, so that a tier cannot be lost unseen.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** The tests of a file; a file that fails as a whole (it does not load, a hook of it fails) counts as one failed test. */
function testsOf({ name, status, message, assertionResults }) {
  const file = relative('.', name);
  const own = assertionResults.map((test) => ({ status: test.status, name: `${file}: ${test.fullName}` }));
  const unexplained = status === 'failed' && !own.some((test) => test.status === 'failed');
  return unexplained ? [...own, { status: 'failed', name: `${file}: ${message.split('\n')[0]}` }] : own;
}

const reports = process.argv.slice(2);
const usable = reports.filter((path) => existsSync(path));
const tests = usable.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')).testResults.flatMap(testsOf));
const named = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
const [passed, failed] = [named('passed'), named('failed')];
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ name }) => name);

for (const [title, names] of [['failed', failed], ['skipped', skipped]]) {
  if (names.length > 0) console.log(`\n=== ${title}\n${names.join('\n')}`);
}
for (const path of reports) if (!usable.includes(path)) console.log(`no report: ${path.replace(/.*\//, '')}`);
console.log(`\n${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = usable.length === reports.length && tests.length > 0 ? 0 : 1;
