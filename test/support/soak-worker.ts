/** One process of the collection soak: `node soak-worker.mjs adder|collector <settings as JSON>`. Prints its figures as JSON. */
import fs from 'node:fs';
import type { Context } from '../../src/context.js';
import { isNoxError } from '../../src/errors.js';
import { generation } from '../../src/layout.js';
import { collectGarbage } from '../../src/ops/collect-garbage.js';
import { editProfile } from '../../src/ops/edit-profile.js';
import { pruneProfile } from '../../src/ops/prune-profile.js';
import { existingGenerations } from '../../src/profile/io/generations.js';
import { readManifest } from '../../src/profile/io/read-profile.js';
import { parseProfileName } from '../../src/profile/name.js';

interface Settings {
  readonly root: string;
  readonly home: string;
  readonly rounds: number;
  readonly seed: number;
}

const [role, text] = process.argv.slice(2);
const { root, home, rounds, seed } = JSON.parse(text ?? '') as Settings;
const store = `${root}/store`;
const context: Context = {
  bin: 'nox-profile', environment: { HOME: home, NOX_STORE_PATH: store, NOX_PROFILES: `${home}/profiles` }, home, cwd: root,
  now: () => new Date(), say: () => undefined, progress: { update: () => undefined, end: () => undefined },
};
let state = seed;
/** A number below `limit` from a fixed sequence (a linear congruential generator). */
const random = (limit: number): number => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * limit);
};
const visible = (): string[] => fs.readdirSync(store).filter((name) => /^p\d+-\d+$/.test(name));

function dangling(): string[] {
  const ref = { home: `${home}/profiles`, name: parseProfileName('default') };
  return existingGenerations(ref).flatMap((number) => readManifest(generation(ref.home, ref.name, number)).packages.map(({ id }) => id)).filter((id) => !fs.existsSync(`${store}/${id}`));
}

/** Waits until there is one: a collector that has just started has made none yet, one that has just collected may have left none. */
async function somePackage(): Promise<string> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 5))) {
    const there = visible();
    const id = there[random(there.length)];
    if (id !== undefined) return id;
  }
  throw new Error('for a minute the store stayed empty');
}

const isCollected = (): boolean => [0, 1].every((number) => fs.existsSync(`${root}/collected${number}`));

async function adder(): Promise<object> {
  const figures = { adds: 0, refused: 0, dangling: [] as string[] };
  const selection = { profiles: undefined, store: undefined };
  for (let round = 0; (figures.adds < rounds || !isCollected()) && round < rounds * 20; round += 1) {
    const id = await somePackage();
    try {
      await editProfile(context, { selection, action: 'add', packages: { add: [id], del: [], upgrade: [] }, prefer: [], unprefer: [], hide: [], unhide: [], copy: [], uncopy: [], withLibc: null, unfold: [], pin: [], unpin: [], dryRun: false, wait: 0 });
      figures.adds += 1;
    } catch (error) {
      if (!['condemned', 'no-such-package', 'package-gone', 'file-system', 'unreadable-package', 'busy'].some((code) => isNoxError(error, code as 'busy'))) throw error;
      figures.refused += 1;
    }
    if (round % 4 === 3) await pruneProfile(context, { selection, keep: 1, olderThan: 0, discardUnmanaged: true, dryRun: false, wait: 10 });
    figures.dangling.push(...dangling());
    if (figures.dangling.length > 0) break;
  }
  return figures;
}

async function collector(): Promise<object> {
  const figures = { collections: 0, removed: 0, restored: 0, doubts: [] as string[] };
  for (let round = 0; !fs.existsSync(`${root}/stop`); round += 1) {
    for (let made = visible().length; made < 24; made += 1) makePackage(`p${random(12)}-${seed}${round}${made}`);
    const result = await collectGarbage(context, { forget: [], settle: 0, minAge: 0, restore: [], purge: false, dryRun: false });
    figures.collections += 1;
    if (figures.collections === rounds) fs.writeFileSync(`${root}/${home.slice(-10).replace('collector', 'collected')}`, '');
    figures.removed += result.removed.length;
    figures.restored += result.restored.length;
    figures.doubts.push(...result.doubts.map(({ path, reason }) => `${path}: ${reason}`));
  }
  return figures;
}

function makePackage(id: string): void {
  const made = `${store}/.${id}`;
  fs.mkdirSync(`${made}/bin`, { recursive: true });
  fs.writeFileSync(`${made}/bin/${id.split('-')[0]}`, id);
  if (fs.existsSync(`${store}/${id}`)) fs.rmSync(made, { recursive: true });
  else fs.renameSync(made, `${store}/${id}`);
}

process.stdout.write(JSON.stringify(await (role === 'adder' ? adder() : collector())));
