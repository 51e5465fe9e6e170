import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { FaultPlan } from './intercept.js';
import type { Scenario } from './scenarios.js';
import type { SweepJob, SweepReport } from './sweeper.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** File below `src` to what is replaced in it, pair by pair; a text that is not there any longer fails the build. */
export type Patches = Readonly<Record<string, ReadonlyArray<readonly [string, string]>>>;

const REQUIRE = "import{createRequire as _cr}from'node:module';import{fileURLToPath as _fp}from'node:url';import{dirname as _dn}from'node:path';const require=_cr(import.meta.url),__filename=_fp(import.meta.url),__dirname=_dn(__filename);";
const COMMON = { bundle: true, format: 'esm', platform: 'node', target: 'node20', banner: { js: REQUIRE }, logLevel: 'warning', outExtension: { '.js': '.mjs' } } as const;

/** A place in memory where there is one: forcing to disk costs nothing there. */
const scratch = (): string => fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'nox-faults-'));

/** The commands, bundled from the sources, each command loaded when it is called; with a bug planted, if any. */
async function buildWith(patches: Patches, into: string): Promise<string> {
  const used = new Set<string>();
  const patching: Plugin = {
    name: 'patch',
    setup(builder) {
      builder.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        const name = file.slice(file.lastIndexOf('/src/') + 5);
        let contents = fs.readFileSync(file, 'utf8');
        for (const [from, to] of patches[name] ?? []) {
          if (!contents.includes(from)) throw new Error(`${name} does not hold: ${from}`);
          contents = contents.replaceAll(from, () => to);
          used.add(name);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  await build({ ...COMMON, entryPoints: [`${REPOSITORY}/src/nox-store.ts`, `${REPOSITORY}/src/nox-profile.ts`], outdir: into, splitting: true, plugins: [patching] });
  if (used.size !== Object.keys(patches).length) throw new Error('a patched file is not part of the commands');
  return into;
}

export interface SweepOptions {
  readonly faults: SweepJob['faults'];
  readonly patches?: Patches;
  readonly rival?: readonly string[];
  readonly enough?: number;
  readonly limit?: NonNullable<SweepJob['limit']>;
  readonly strace?: NonNullable<SweepJob['strace']>;
}

/** Sweeps one scenario in a process of its own. */
export async function sweep(scenario: Scenario, { patches, ...options }: SweepOptions): Promise<SweepReport> {
  const root = scratch();
  try {
    await build({ ...COMMON, entryPoints: [`${import.meta.dirname}/sweeper.ts`], outfile: `${root}/sweeper.mjs`, outExtension: {} });
    const dist = await buildWith(patches ?? {}, `${root}/dist`);
    const job: SweepJob = { scenario, dist, root, ...options };
    fs.writeFileSync(`${root}/job.json`, JSON.stringify(job));
    const output = await run(process.execPath, [`${root}/sweeper.mjs`, `${root}/job.json`]);
    if (!fs.existsSync(`${root}/report.json`)) throw new Error(`the sweep of "${scenario.name}" ended early: ${output}`);
    return JSON.parse(fs.readFileSync(`${root}/report.json`, 'utf8')) as SweepReport;
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

function run(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

/** Errors that a file system gives. */
const ERRORS = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ESTALE', 'EACCES', 'EMFILE'] as const;

/** These errors at one mutating call, and a state that stays so; and a kill. */
export const MUTATION_FAULTS: SweepJob['faults'] = [
  ...['kill', 'cut', ...ERRORS].map((fault): Pick<FaultPlan, 'fault' | 'counted' | 'lasting'> => ({ fault, counted: 'mutations', lasting: false })),
  ...['ENOSPC', 'EROFS', 'ESTALE', 'EIO'].map((fault) => ({ fault, counted: 'mutations', lasting: true }) as const),
];

/** Errors at one call that reads. */
export const READ_FAULTS: SweepJob['faults'] = ['EMFILE', 'ESTALE', 'EACCES'].map((fault) => ({ fault, counted: 'reads', lasting: false }));

/** Names a run's choices: `NOX_SEED`, or one of its own. */
export const seed = Number(process.env['NOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Prints a line of figures, as all tests here do. */
export const tell = (line: string): void => void process.stderr.write(`figures: ${line}\n`);
