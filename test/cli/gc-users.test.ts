import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { binPath, runCommand } from '../support/cli.js';
import { sandbox, type Sandbox } from '../support/sandbox.js';
import { hasUserNamespaces, isRoot, otherUser } from '../support/users.js';

const NOW = ['--settle', '0', '--min-age', '0'];
const ids = (removed: readonly { id: string }[]): string[] => removed.map(({ id }) => id);

/** A shared store that user 3000 owns, with records and the homes of the sandbox surveyed. */
function sharedStore(box: Sandbox, config: Readonly<Record<string, unknown>> = {}): string {
  const store = box.store().package('alice-1', { files: { 'bin/alice': '' } }).package('bob-1', { files: { 'bin/bob': '' } }).package('dead-1', { files: { 'bin/dead': '' } });
  store.config({ scope: 'shared', survey: [`${box.root}/homes/*/nix/profiles`], ...config });
  fs.mkdirSync(`${store.path}/.nox/roots`, { recursive: true });
  execFileSync('chown', ['-R', '3000:3000', store.path]);
  fs.chmodSync(`${store.path}/.nox/roots`, 0o1777);
  return store.path;
}

const gc = (result: { stdout: string; status: number }): { status: number; removed: string[]; doubts: { path: string; hint: string; reason: string }[] } => {
  const { removed = [], doubts = [] } = JSON.parse(result.stdout);
  return { status: result.status, removed: ids(removed), doubts };
};

test.skipIf(!isRoot)('the owner of a group store keeps what others use, and a closed home without a record is a doubt with two ways out', () => {
  const box = sandbox();
  const store = sharedStore(box);
  const [owner, alice, bob] = [otherUser(box, 3000), otherUser(box, 3001), otherUser(box, 3002)];
  expect(alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  expect(bob.run('nox-profile', ['add', 'bob-1']).status).toBe(0);
  fs.chmodSync(bob.home, 0o700);
  const collect = (...words: string[]): ReturnType<typeof gc> => gc(owner.run('nox-store', ['gc', ...NOW, '--json', ...words]));
  for (const name of fs.readdirSync(`${store}/.nox/roots`)) fs.rmSync(`${store}/.nox/roots/${name}`);
  const closed = collect();
  expect([closed.status, closed.removed, closed.doubts.map(({ path }) => path)]).toEqual([7, [], [bob.profiles]]);
  expect(closed.doubts[0]?.hint).toMatch(/run any nox-profile command that changes something, or: nox-store gc --forget 3002$/);
  expect(ids(JSON.parse(owner.run('nox-store', ['gc', ...NOW, '--json', '--dry-run', '--forget', '3002']).stdout).removed)).toEqual(['bob-1', 'dead-1']);
  expect(bob.run('nox-profile', ['new', 'second']).status).toBe(0);
  expect(bob.run('nox-profile', ['add', 'bob-1', '-p', 'second']).status).toBe(0);
  expect(collect()).toEqual({ status: 0, removed: ['dead-1'], doubts: [] });
  expect(fs.existsSync(`${store}/bob-1/bin/bob`)).toBe(true);
});

test.skipIf(!isRoot)('what could not be deleted whole is not touched, and is told beforehand, too', () => {
  const box = sandbox();
  const store = sharedStore(box);
  const owner = otherUser(box, 3000);
  execFileSync('chown', ['-R', '3001', `${store}/dead-1/bin`]);
  for (const words of [['--dry-run'], []]) {
    const { status, removed, doubts } = gc(owner.run('nox-store', ['gc', ...NOW, '--json', ...words]));
    expect([status, removed]).toEqual([7, ['alice-1', 'bob-1']]);
    expect(doubts).toMatchObject([{ path: `${store}/dead-1`, reason: `it is unused, and cannot remove what is in "${store}/dead-1/bin": it is of 3001` }]);
  }
  expect(fs.existsSync(`${store}/dead-1/bin/dead`)).toBe(true);
});

test.skipIf(!isRoot)('where no record can be left and nobody looks at the home, the user is told', () => {
  const box = sandbox();
  const store = sharedStore(box);
  const [owner, alice] = [otherUser(box, 3000), otherUser(box, 3001)];
  fs.chmodSync(`${store}/.nox/roots`, 0o755);
  expect(alice.run('nox-profile', ['add', 'alice-1'])).toMatchObject({ status: 0, stderr: '' });
  const elsewhere = { NOX_PROFILES: `${alice.home}/elsewhere` };
  expect(alice.run('nox-profile', ['add', 'alice-1'], elsewhere).stderr).toContain(`"${store}" takes no record of this profile from you and is surveyed in other profile homes only`);
  box.store().config({ scope: 'shared', survey: 'records-only' });
  expect(alice.run('nox-profile', ['add', 'bob-1']).stderr).toContain('is surveyed by records only');
  const { status, removed, doubts } = gc(owner.run('nox-store', ['gc', ...NOW, '--json']));
  expect([status, removed, doubts.map(({ hint }) => hint)]).toEqual([7, [], [`chmod 1777 ${store}/.nox/roots`]]);
  const strange = alice.run('nox-store', ['gc', '--forget', 'nobodyatall']);
  expect(strange.stderr).toBe(`nox-store: no account is called "nobodyatall"\nnox-store: nothing can be collected: "${store}" is not yours to write\n`);
});

test.skipIf(!isRoot)('of one\'s own closed home, the way out is to open it', () => {
  const box = sandbox();
  sharedStore(box);
  const owner = otherUser(box, 3000);
  expect(owner.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  fs.chmodSync(owner.profiles, 0);
  const { status, removed, doubts } = gc(owner.run('nox-store', ['gc', ...NOW, '--json']));
  expect([status, removed]).toEqual([7, []]);
  expect(doubts.map(({ hint }) => hint)).toEqual([`chmod u+rwx ${owner.profiles}`]);
});

test.skipIf(!isRoot || !hasUserNamespaces)('a root-squashed collector loses nothing', () => {
  const box = sandbox();
  const store = sharedStore(box);
  const [owner, alice] = [otherUser(box, 3000), otherUser(box, 3001, 0o700)];
  expect(alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  const squashed = owner.command('unshare', ['-Ur', binPath('nox-store'), 'gc', ...NOW, '--json']);
  expect(gc(squashed)).toMatchObject({ status: 7, removed: [] });
  expect(fs.readdirSync(store)).toContain('dead-1');
});

test.skipIf(!isRoot)('an unmounted home is a doubt, and none when a record of its owner speaks for it', () => {
  const box = sandbox();
  const store = sharedStore(box);
  const [owner, alice] = [otherUser(box, 3000), otherUser(box, 3001)];
  expect(alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  fs.renameSync(alice.home, `${box.root}/away`);
  fs.mkdirSync(alice.home);
  const spoken = gc(owner.run('nox-store', ['gc', ...NOW, '--json', '--dry-run']));
  expect(spoken.removed).toEqual(['bob-1', 'dead-1']);
  for (const name of fs.readdirSync(`${store}/.nox/roots`)) fs.rmSync(`${store}/.nox/roots/${name}`);
  const silent = gc(owner.run('nox-store', ['gc', ...NOW, '--json']));
  expect([silent.status, silent.removed, silent.doubts.map(({ path }) => path)]).toEqual([7, [], [alice.profiles]]);
  fs.rmSync(`${box.root}/homes`, { recursive: true });
  expect(gc(owner.run('nox-store', ['gc', ...NOW, '--json']))).toMatchObject({ status: 7, removed: [] });
});

test.skipIf(!isRoot)('a record that another user forged keeps nothing from being a doubt, and none can be removed by others', () => {
  const box = sandbox();
  const store = sharedStore(box, { survey: 'records-only' });
  const [owner, alice, mallory] = [otherUser(box, 3000), otherUser(box, 3001), otherUser(box, 3666)];
  expect(alice.run('nox-profile', ['add', 'alice-1']).status).toBe(0);
  const [record] = fs.readdirSync(`${store}/.nox/roots`) as [string];
  expect(mallory.command('rm', ['-f', `${store}/.nox/roots/${record}`]).status).not.toBe(0);
  expect(mallory.command('cp', [`${store}/.nox/roots/${record}`, `${store}/.nox/roots/forged.json`]).status).toBe(0);
  const forged = gc(owner.run('nox-store', ['gc', ...NOW, '--json']));
  expect(forged).toMatchObject({ status: 7, removed: [], doubts: [{ reason: 'it says it is of user 3001 and belongs to user 3666', hint: expect.stringContaining('--forget 3666') }] });
  expect(gc(owner.run('nox-store', ['gc', ...NOW, '--json', '--forget', '3666']))).toEqual({ status: 0, removed: ['bob-1', 'dead-1'], doubts: [] });
});

test.skipIf(!isRoot)('root that collects a private store reads the home of its owner', () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private' }).package('nobody-1').package('dead-1');
  execFileSync('chown', ['-R', '65534:65534', store.path]);
  const nobody = otherUser(box, 65534);
  expect(nobody.run('nox-profile', ['add', 'nobody-1']).status).toBe(0);
  expect(ids(box.json('nox-store', ['gc']).removed)).toEqual(['dead-1']);
});

test.skipIf(!isRoot)('an attacker who swaps a directory and a link while it is deleted loses a victim nothing', async () => {
  const box = sandbox();
  const store = box.store().config({ scope: 'private', packages: ['*/*'] });
  const victim = `${box.root}/victim`;
  fs.mkdirSync(`${victim}/1/precious`, { recursive: true });
  fs.writeFileSync(`${victim}/1/precious/file`, 'mine');
  fs.mkdirSync(`${store.path}/P/1/deep`, { recursive: true });
  fs.symlinkSync(victim, `${store.path}/L`);
  const swaps = `cd ${store.path}; i=0; while [ $i -lt 4000 ]; do mv -T P X 2>/dev/null; mv -T L P 2>/dev/null; mv -T P L 2>/dev/null; mv -T X P 2>/dev/null; i=$((i+1)); done`;
  const attacker = spawn('sh', ['-c', swaps], { stdio: 'ignore' });
  const over = new Promise((resolve) => attacker.on('close', resolve));
  const { quarantine, destroy } = await import('../../src/collect/io/quarantine.js');
  let removed = 0;
  for (let round = 0; round < 200; round += 1) {
    for (const parent of ['P', 'X']) {
      try {
        if (fs.lstatSync(`${store.path}/${parent}`).isDirectory()) fs.mkdirSync(`${store.path}/${parent}/1/deep/er`, { recursive: true });
      } catch {
        // It has another name just now.
      }
    }
    try {
      const entry = quarantine(store.path, 'P/1', new Date());
      if (entry !== null) {
        destroy(entry);
        removed += 1;
      }
    } catch {
      // Refused, since a link was in the place.
    }
    expect(fs.readFileSync(`${victim}/1/precious/file`, 'utf8')).toBe('mine');
  }
  attacker.kill();
  await over;
  expect(removed).toBeGreaterThan(0);
});

test.skipIf(!isRoot)('a collector may be anybody who can write the store; one who cannot collects nothing', () => {
  const box = sandbox();
  box.store().config({ scope: 'private' }).package('dead-1');
  fs.chmodSync(box.root, 0o755);
  const { status, stdout } = box.run('nox-store', ['gc', '--json', ...NOW], { unprivileged: true });
  if (isRoot) expect([status, JSON.parse(stdout).removed]).toEqual([0, []]);
  expect(fs.existsSync(box.store().pathOf('dead-1'))).toBe(true);
  expect(runCommand('true', []).status).toBe(0);
});
