import { describe, expect, test } from 'vitest';
import { SCENARIOS, type Scenario } from './support/scenarios.js';
import { type Patches, sweep, type SweepOptions, tell } from './support/sweep.js';

const scenarioOf = (name: string): Scenario => SCENARIOS.find((one) => one.name === name) as Scenario;
const ADD = scenarioOf('add: the second');
const KILLS: SweepOptions['faults'] = [{ fault: 'kill', counted: 'mutations', lasting: false }];

const UNLINK_FIRST: Patches = { 'profile/io/publish.ts': [['    rename(made, link);', '    removeEntry(link); makeSymlink(text, link); removeEntry(made);']] };
const FIXED_NAME: Patches = { 'profile/io/workshop.ts': [['const workshop = `${staging(home, name)}/${ownedName(thisProcess())}`;', 'const workshop = `${staging(home, name)}/fixed`;']] };
const IN_PLACE: Patches = {
  'profile/io/publish.ts': [['const tree = `${workshop}/tree`;', 'const tree = generation(home, name, number);'], ["if (!renameIfFree(tree, published)) return 'overtaken';", '']],
};
const NO_SWAP: Patches = {
  'profile/io/journal.ts': [['    rename(from, to);\n', '    removeTree(to); rename(from, to);\n'], ['makeDirectory, rename, syncDirectory', 'makeDirectory, removeTree, rename, syncDirectory']],
};
const NO_FILE_SYNC: Patches = { 'fs/change.ts': [['      if (sync) fs.fsyncSync(fd);\n', ''], ['    try {\n      fs.fsyncSync(fd);\n    } finally', '    try {\n      fs.fstatSync(fd);\n    } finally']] };
const NO_DIRECTORY_SYNC: Patches = { 'fs/change.ts': [['    try {\n      fs.fsyncSync(fd);\n      return true;', '    try {\n      fs.fstatSync(fd);\n      return true;']] };
const SYNC_TOO_LATE: Patches = {
  'profile/io/publish.ts': [["  syncDirectory(generations(home, name));\n", ''], ['  if (appendEntry(home, name, entry, workshop)) return { tree: published, farm };', '  if (appendEntry(home, name, entry, workshop)) {\n    syncDirectory(generations(home, name));\n    return { tree: published, farm };\n  }']],
};

/** Another `add` of the same profile at a call of this one, without any lock. */
const BETWEEN: Scenario = { name: 'add beside add', prepare: [{ bin: 'nox-profile', argv: ['new', 'default'] }], disturbed: ADD.disturbed, next: ADD.next };
const RIVAL: SweepOptions = { faults: [{ fault: 'rival', counted: 'mutations', lasting: false }], rival: ['add', 'alpha'] };

let caught = 0;

describe.concurrent('a planted bug is caught', () => {
  test.each([['unlink and symlink instead of a rename', UNLINK_FIRST], ['a fixed temporary name', FIXED_NAME], ['building in place', IN_PLACE]] as const)('%s, by kills', async (name, patches) => {
    const { violations } = await sweep(ADD, { faults: KILLS, patches });
    tell(`planted, ${name}: caught at ${violations.length} points`);
    expect(violations).not.toEqual([]);
    caught += 1;
  });

  test('no compare-and-swap, by another add at each call', async () => {
    const { violations } = await sweep(BETWEEN, { ...RIVAL, patches: NO_SWAP, enough: 1 });
    tell(`planted, no compare-and-swap: ${violations.join()}`);
    expect(violations).not.toEqual([]);
    caught += 1;
  });

  test.each([
    ['no fsync of files', NO_FILE_SYNC, / is not on disk$/m],
    ['no fsync of directories', NO_DIRECTORY_SYNC, /^acknowledged, and entries of .* are not on disk$/m],
    ['an fsync after the journal entry', SYNC_TOO_LATE, /^(?:.* names what .*\/generations may lose\n?)+$/],
  ] as const)('%s, by the order of calls', async (name, patches, wrong) => {
    const { undurable } = await sweep(ADD, { faults: [], patches });
    tell(`planted, ${name}: ${undurable.length} told`);
    expect(undurable.join('\n')).toMatch(wrong);
    caught += 1;
  });
});

test('another add at each call of an add: no acknowledged one is lost', async () => {
  const { points, violations } = await sweep(BETWEEN, RIVAL);
  tell(`another add at each of ${points} calls: ${violations.length} violations; ${caught} planted bugs caught`);
  expect(violations).toEqual([]);
  expect(points).toBeGreaterThan(40);
});
