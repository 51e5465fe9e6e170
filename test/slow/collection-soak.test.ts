import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { expect, test } from 'vitest';
import { sandbox } from '../support/sandbox.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** File below `src` to what is replaced in it; a text that is not there any longer fails the test. */
type Patches = Readonly<Record<string, readonly [string, string]>>;

/** Every sync point waits a moment, so that what must not happen between has time to. */
const STRETCHED: Patches = {
  'sync-point.ts': ["const directory = environment['NOX_SYNC_POINTS'];", "const directory = environment['NOX_SYNC_POINTS']; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() < 0.5 ? 0 : Math.random() * 20);"],
};
const NO_SECOND_SURVEY: Patches = { ...STRETCHED, 'ops/collect-garbage.ts': ['const second = survey();', 'const second = first;'] };
const NO_INTENT: Patches = { ...STRETCHED, 'ops/declare-use.ts': ['if (fresh.length === 0)', 'if (fresh.length >= 0)'] };

async function bundle(root: string, patches: Patches): Promise<string> {
  const patching: Plugin = {
    name: 'patch',
    setup(builder) {
      builder.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        const patch = patches[file.slice(file.indexOf('/src/') + 5)];
        const text = fs.readFileSync(file, 'utf8');
        if (patch === undefined) return { contents: text, loader: 'ts' };
        if (!text.includes(patch[0])) throw new Error(`${file} does not hold: ${patch[0]}`);
        return { contents: text.replace(patch[0], patch[1]), loader: 'ts' };
      });
    },
  };
  const outfile = `${root}/worker.mjs`;
  const require = "import{createRequire as _cr}from'node:module';const require=_cr(import.meta.url);";
  await build({ entryPoints: [`${REPOSITORY}/test/support/soak-worker.ts`], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20', banner: { js: require }, plugins: [patching], logLevel: 'warning' });
  return outfile;
}

interface Soak {
  readonly adds: number;
  readonly collections: number;
}

interface Figures {
  readonly adds: number;
  readonly collections: number;
  readonly removed: number;
  readonly refused: number;
  readonly restored: number;
  readonly dangling: readonly string[];
  readonly doubts: readonly string[];
}

const ADDERS = 4;
const COLLECTORS = 2;

/** Adders with homes of their own, half of which only records tell of, beside collectors; every process checks as it goes. */
async function soak(patches: Patches, { adds, collections }: Soak): Promise<Figures> {
  const { root } = sandbox();
  const worker = await bundle(root, patches);
  fs.mkdirSync(`${root}/store/.nox/roots`, { recursive: true });
  fs.writeFileSync(`${root}/store/nox-store.yaml`, `scope: shared\nsurvey: ["${root}/seen/*/profiles"]\n`);
  const homes = Array.from({ length: ADDERS }, (_, at) => `${root}/${at % 2 === 0 ? 'seen' : 'elsewhere'}/user${at}`);
  for (const home of homes) fs.mkdirSync(`${home}/profiles`, { recursive: true });
  const start = (role: string, home: string, rounds: number, seed: number): Promise<Partial<Figures>> => run(worker, role, { root, home, rounds, seed });
  const collectors = Array.from({ length: COLLECTORS }, (_, at) => start('collector', `${root}/collector${at}`, Math.ceil(collections / COLLECTORS), 900 + at));
  const adders = await Promise.all(homes.map((home, at) => start('adder', home, Math.ceil(adds / ADDERS), at + 1)));
  // Each goes on until all are done.
  fs.writeFileSync(`${root}/stop`, '');
  const sums = [...adders, ...(await Promise.all(collectors))];
  const sum = (of: (figures: Partial<Figures>) => number | undefined): number => sums.reduce((total, figures) => total + (of(figures) ?? 0), 0);
  return {
    adds: sum((f) => f.adds), refused: sum((f) => f.refused), collections: sum((f) => f.collections), removed: sum((f) => f.removed), restored: sum((f) => f.restored),
    dangling: sums.flatMap((f) => f.dangling ?? []), doubts: sums.flatMap((f) => f.doubts ?? []),
  };
}

function run(worker: string, role: string, settings: object): Promise<Partial<Figures>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker, role, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve(JSON.parse(out) as Partial<Figures>) : reject(new Error(`${role} ended with ${status}`))));
  });
}

const tell = (words: string, figures: Figures): void => void process.stderr.write(`figures: ${words}: ${JSON.stringify({ ...figures, doubts: figures.doubts.length })}\n`);

test('2,000 adds beside 500 collections: nothing dangles, neither at the end nor on the way', async () => {
  const figures = await soak(STRETCHED, { adds: 2000, collections: 500 });
  tell('soak', figures);
  expect(figures.dangling).toEqual([]);
  expect(figures.doubts).toEqual([]);
  expect(figures.adds).toBeGreaterThanOrEqual(2000);
  expect(figures.collections).toBeGreaterThanOrEqual(500);
  expect(figures.removed).toBeGreaterThan(500);
}, 900_000);

for (const [words, patches] of [['the second survey', NO_SECOND_SURVEY], ['the intent', NO_INTENT]] as const) {
  test(`the same without ${words} is caught`, async () => {
    const figures = await soak(patches, { adds: 2000, collections: 500 });
    tell(`without ${words}`, figures);
    expect(figures.dangling).not.toEqual([]);
  }, 900_000);
}
