/** One process that sweeps one scenario: its words say which, and it prints what it found as JSON. */
import { spawnSync } from 'node:child_process';
import patched from 'node:fs';
import { arm, disarm, type FaultPlan, type LoggedCall, original as fs } from './intercept.js';
import { undurable } from './durability.js';
import { numbers } from './numbers.js';
import type { Scenario, Step } from './scenarios.js';
import { sample, straceArguments, type SystemCall, tracedCalls } from './strace.js';
import { dangling, describeTree, rebuild, save, visible } from './tree.js';

export interface SweepJob {
  readonly scenario: Scenario;
  /** The directory of the bundles. */
  readonly dist: string;
  /** An empty directory. */
  readonly root: string;
  /** Faults at every point: see FaultPlan. */
  readonly faults: ReadonlyArray<Pick<FaultPlan, 'fault' | 'counted' | 'lasting'>>;
  /** For the fault `rival`: the command that comes between. */
  readonly rival?: readonly string[];
  /** Stop after so many violations. */
  readonly enough?: number;
  /** Once so many seconds have passed, only the kills are still to be made; which of the other points are left out, the seed decides. */
  readonly limit?: { readonly seconds: number; readonly seed: number };
  /** Sweep the real command by strace: killed at every mutating call, and so many errors, chosen by the seed. */
  readonly strace?: { readonly launchers: string; readonly errors: number; readonly seed: number };
}

export interface SweepReport {
  readonly calls: number;
  readonly reads: number;
  readonly points: number;
  /** Points that the limit left out. */
  readonly left: number;
  readonly violations: readonly string[];
  readonly undurable: readonly string[];
  /** Messages seen, each once, with how often. */
  readonly messages: Readonly<Record<string, number>>;
}

interface Result {
  readonly status: number;
  readonly output: string;
  readonly count: number;
  readonly hit: string | null;
  readonly dead: boolean;
  readonly log: readonly LoggedCall[];
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space ', EDQUOT: 'quota', EIO: 'input/output error', EROFS: 'read-only', ESTALE: 'stale file handle', EACCES: 'permission denied', EMFILE: 'too many open files',
};

const job = JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as SweepJob;
const { scenario, dist } = job;
const root = `${job.root}/work`;
const homes = [`${root}/home/nix/profiles`, `${root}/releases`];
const stores = [`${root}/store`];
const environment = { HOME: `${root}/home`, NOX_STORE_PATH: stores.join(':'), PATH: '/usr/bin:/bin', NO_COLOR: '1' };
let life = 1000;

const wordsOf = (step: Step): string[] => step.argv.map((word) => word.replace('{root}', root));

/** Runs a command line as a process of its own would: another start time, so that what it leaves is a gone process's. */
async function live(step: Step, plan: Omit<FaultPlan, 'root'>): Promise<Result> {
  life += 1;
  const [stat, environ] = [`${job.root}/stat`, `${job.root}/environ`];
  const real = fs.readFileSync('/proc/self/stat', 'latin1');
  const fields = real.slice(real.lastIndexOf(')') + 2).split(' ');
  fields[19] = String(life);
  fs.writeFileSync(stat, `${real.slice(0, real.lastIndexOf(')') + 2)}${fields.join(' ')}`);
  fs.writeFileSync(environ, Object.entries(environment).map(([name, value]) => `${name}=${value}\0`).join(''));
  const redirects = new Map([['/proc/self/environ', environ]]);
  // A rival is a real process, and has to see that this one lives.
  if (job.rival === undefined) for (const path of ['/proc/self/stat', `/proc/${process.pid}/stat`]) redirects.set(path, stat);
  process.argv = [process.argv[0] ?? '', `${dist}/${step.bin}.mjs`, ...wordsOf(step)];
  process.exitCode = 0;
  let [stdout, stderr] = ['', ''];
  const write = patched.writeSync;
  patched.writeSync = ((fd: number, data: Buffer | string, ...rest: number[]) => {
    if (fd !== 1 && fd !== 2) return (write as (...args: unknown[]) => number)(fd, data, ...rest);
    const text = data.toString();
    if (fd === 1) stdout += text;
    else stderr += text;
    return Buffer.byteLength(text);
  }) as typeof patched.writeSync;
  // Timers end with a life.
  const timers: NodeJS.Timeout[] = [];
  const start = globalThis.setTimeout;
  globalThis.setTimeout = ((...words: Parameters<typeof setTimeout>) => {
    const timer = start(...words);
    timers.push(timer);
    return timer;
  }) as typeof setTimeout;
  arm({ root, ...plan }, redirects, rival);
  try {
    await ((await import(`file://${dist}/${step.bin}.mjs?${life}`)) as { ended: Promise<void> }).ended;
  } finally {
    patched.writeSync = write;
    globalThis.setTimeout = start;
    for (const timer of timers) clearTimeout(timer);
  }
  return { ...disarm(), status: process.exitCode, output: stdout + stderr };
}

const QUIET = { counted: 'mutations', at: 0, fault: 'none', lasting: false } as const;

function rival(): void {
  const done = spawnSync(process.execPath, [`${dist}/nox-profile.mjs`, ...(job.rival ?? [])], { env: { ...environment, NOX_LOCK: 'off' }, encoding: 'utf8' });
  rivalResult = { status: done.status, stderr: done.stderr };
}
let rivalResult: { status: number | null; stderr: string } | null = null;

async function inOrder(steps: readonly Step[]): Promise<string[]> {
  const problems: string[] = [];
  for (const step of steps) {
    const { status, output } = await live(step, QUIET);
    if (!(step.statuses ?? [0]).includes(status)) problems.push(`${step.argv.join(' ')}: exit ${status}: ${output}`);
  }
  return problems;
}

async function mustWork(steps: readonly Step[]): Promise<void> {
  const problems = await inOrder(steps);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function makePackage(id: string, files: Readonly<Record<string, string>>): void {
  for (const [file, content] of Object.entries(files)) {
    const path = `${root}/store/${id}/${file}`;
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    fs.writeFileSync(path, content, { mode: 0o755 });
  }
}

fs.mkdirSync(`${root}/home`, { recursive: true });
makePackage('alpha-1', { 'bin/a': 'a\n', 'share/a/data': '1\n' });
makePackage('beta-1', { 'bin/b': 'b\n', 'lib/libb.so': 'b\n' });
makePackage('gamma-1', { 'bin/a': 'another a\n' });
if (scenario.store !== undefined) fs.writeFileSync(`${root}/store/nox-store.yaml`, scenario.store);
const empty = save(root);
await mustWork(scenario.prepare);
for (const [file, content] of Object.entries(scenario.files ?? {})) {
  const path = `${root}/${file}`;
  fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  fs.writeFileSync(path, content);
}
for (const path of scenario.lost ?? []) fs.rmSync(`${root}/${path}`, { recursive: true });
const before = save(root);
const look = (): string => visible(homes, stores).join('\n');
const whole = (): string => describeTree(root).join('\n');

const oldView = look();
await mustWork(scenario.next);
const oldEnd = whole();
rebuild(root, before);
const undisturbed = await live(scenario.disturbed, QUIET);
if (undisturbed.status !== 0) throw new Error(undisturbed.output);
const newView = look();
const entriesAfter = journalEntries();
await mustWork(scenario.next);
const newEnd = whole();
rebuild(root, before);
const { count: reads } = await live(scenario.disturbed, { ...QUIET, counted: 'reads' });
const between: string[] = [];
const ends = [oldEnd, newEnd];
for (const steps of scenario.between ?? []) {
  rebuild(root, empty);
  await mustWork(steps);
  between.push(look());
  await mustWork(scenario.next);
  ends.push(whole());
}

function journalEntries(): number {
  const states = [`${root}/home/nix/profiles/.nox/profiles`, `${root}/releases/.nox/profiles`];
  const journals = states.flatMap((state) => (fs.existsSync(state) ? fs.readdirSync(state).map((name) => `${state}/${name}/journal`) : []));
  return journals.reduce((sum, journal) => sum + (fs.existsSync(journal) ? fs.readdirSync(journal).length : 0), 0);
}

const messages: Record<string, number> = {};
const violations: string[] = [];
let points = 0;

/** One point: the command meets the fault, then what is left is looked at, and the next command has to cope with it. */
async function point(plan: Omit<FaultPlan, 'root'>, disturb = (): Promise<Omit<Result, 'count' | 'log'>> => live(scenario.disturbed, plan)): Promise<void> {
  rebuild(root, before);
  rivalResult = null;
  const { status, output, hit, dead } = await disturb();
  if (hit === null) return;
  points += 1;
  const problems: string[] = [];
  const view = look();
  const state = view === newView ? 'new' : view === oldView ? 'old' : between.includes(view) ? 'between' : 'neither';
  const isDone = state === 'new' || journalEntries() === entriesAfter;
  if (job.rival !== undefined) problems.push(...checkRival(status, output));
  else {
    if (state === 'neither') problems.push(`the profile is neither old nor new:\n${difference(view, oldView)}`);
    if (!dead && status === 0 && state !== 'new') problems.push(`acknowledged, and the state is ${state}`);
    problems.push(...dangling(homes).map((path) => `dangling: ${path}`));
    if (!dead) problems.push(...tells(plan, { status, output, isDone, hit }));
  }
  if (!dead && status !== 0) {
    const message = output.replaceAll(root, '').replaceAll(/\d{3,}|[0-9a-f]{12,}/g, '#').trim();
    messages[message] = (messages[message] ?? 0) + 1;
  }
  problems.push(...(await inOrder(scenario.next)));
  const end = whole();
  if (job.rival === undefined && !ends.includes(end)) problems.push(`after the next command:\n${difference(end, oldEnd)}`);
  violations.push(...problems.map((problem) => `${plan.fault}${plan.lasting ? ' lasting' : ''} at ${plan.counted} ${plan.at} (${hit.replace(root, '')}), exit ${dead ? 'killed' : status}, ${state}: ${problem}`));
}

/** Both commands were acknowledged or refused as busy; what was acknowledged is there. */
function checkRival(status: number, output: string): string[] {
  const view = look();
  const problems = [[status, output, '/bin/b'], [rivalResult?.status ?? -1, rivalResult?.stderr ?? '', '/bin/a']] as const;
  return problems.flatMap(([end, text, file]) => {
    if (end !== 0) return end === 5 ? [] : [`exit ${end}: ${text}`];
    const shown = view.split('\n').some((line) => line.startsWith(`${homes[0] ?? ''}/default: ${file.slice(1)} ->`));
    return shown ? [] : [`an acknowledged change is lost: ${file}`];
  });
}

function tells({ fault, counted }: Omit<FaultPlan, 'root'>, { status, output, isDone, hit }: { status: number; output: string; isDone: boolean; hit: string }): string[] {
  if (status === 0 || fault === 'kill' || fault === 'cut') return [];
  const problems: string[] = [];
  if (/defect of nox| {4}at |Unknown system error/.test(output)) problems.push(`not told as an error of the system: ${output}`);
  if (counted === 'reads') return problems;
  // What a child process tells is in its own words, and so is what came of an error that was not the last word.
  const isOwnWords = hit.startsWith('spawn') || output.includes('can be neither replaced nor removed');
  if (!isOwnWords && !output.toLowerCase().includes(WORDS[fault] ?? '')) problems.push(`the message does not say ${WORDS[fault] ?? ''}: ${output}`);
  const [unchanged, made] = [output.includes('nothing was changed'), /the change (?:itself )?is made/.test(output)];
  if (scenario.tells !== false && (isDone ? !made || unchanged : made || !unchanged)) problems.push(`the message does not say which state it is (${isDone ? 'made' : 'unchanged'}): ${output}`);
  return problems;
}

function difference(found: string, wanted: string): string {
  const [a, b] = [found.split('\n'), wanted.split('\n')];
  return [...b.filter((line) => !a.includes(line)).map((line) => `- ${line}`), ...a.filter((line) => !b.includes(line)).map((line) => `+ ${line}`)].map((line) => line.slice(0, 200)).slice(0, 12).join('\n');
}

const plans = job.faults.flatMap(({ fault, counted, lasting }) => {
  const last = counted === 'mutations' ? undisturbed.count : reads;
  return Array.from({ length: last }, (_, index) => ({ fault, counted, lasting, at: index + 1 }));
});
let left = 0;
for (const plan of killsFirst(plans, job.limit?.seed)) {
  if (violations.length >= (job.enough ?? Infinity)) break;
  if (plan.fault !== 'kill' && job.limit !== undefined && performance.now() > job.limit.seconds * 1000) left += 1;
  else await point(plan);
}

/** As they are without a seed; with one the kills come first, and the rest in an order that the seed gives. */
function killsFirst<P extends { readonly fault: string }>(all: readonly P[], seed: number | undefined): readonly P[] {
  if (seed === undefined) return all;
  const below = numbers(seed);
  const rest = all.filter(({ fault }) => fault !== 'kill');
  for (let last = rest.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [rest[last], rest[other]] = [rest[other] as P, rest[last] as P];
  }
  return [...all.filter(({ fault }) => fault === 'kill'), ...rest];
}

/** Runs the real command under strace, as root or not. */
function underStrace(words: readonly string[]): { status: number | null; output: string } {
  const launcher = `${job.strace?.launchers ?? ''}/${scenario.disturbed.bin}`;
  const env = { ...environment, NOX_NODE: process.execPath, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
  const done = spawnSync('strace', [...words, launcher, ...wordsOf(scenario.disturbed)], { env: { ...env, PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  if (done.error !== undefined) throw done.error;
  return { status: done.status, output: done.stdout + done.stderr };
}

async function straced({ call, when, text }: SystemCall, fault: string): Promise<void> {
  await point({ fault, counted: 'mutations', lasting: false, at: when }, () => {
    const { status, output } = underStrace(straceArguments(call, when, fault));
    return Promise.resolve({ status: status ?? 137, output, hit: text, dead: status === null || status > 128 });
  });
}

if (job.strace !== undefined) {
  rebuild(root, before);
  const trace = `${job.root}/trace`;
  underStrace(['-f', '-y', '-qq', '-o', trace, '-e', 'trace=%file,%desc']);
  const calls = tracedCalls(fs.readFileSync(trace, 'latin1'), root);
  for (const call of calls) await straced(call, 'kill');
  for (const [call, fault] of sample(calls, Object.keys(WORDS), job.strace)) await straced(call, fault);
}
rebuild(root, before);
const report: SweepReport = { calls: undisturbed.count, reads, points, left, violations, messages, undurable: undurable(undisturbed.log) };
fs.writeFileSync(`${job.root}/report.json`, JSON.stringify(report));
process.exit(0);
