import fs from 'node:fs';
import { orNull } from '../../../src/errors.js';
import { generation } from '../../../src/layout.js';
import { readEntries, readLastEntry } from '../../../src/profile/io/journal.js';
import { parseProfileName } from '../../../src/profile/name.js';
import type { Bin, NoxResult } from '../../support/cli.js';
import { type Kind, type LoopMount, mountImage } from './file-system.js';
import { emptyFiles, journalOf, leftovers, type Machine, machine, profileProblems } from './machine.js';

export interface CutRun {
  /** Where the image goes. */
  readonly top: string;
  readonly kind: Kind;
  readonly cuts: number;
  readonly seed: number;
  /** The commands to run, else those of the repository. */
  readonly root?: string;
}

export interface CutFigures {
  readonly cuts: number;
  /** Commands that ended with exit 0, over all cuts. */
  readonly acknowledged: number;
  /** Cuts that met a running command; the others came right after an acknowledgement. */
  readonly inFlight: number;
  /** Of those, how many changes made it into the journal all the same. */
  readonly landed: number;
  readonly violations: readonly string[];
}

/** What was acknowledged, kept outside the file system that is cut. */
interface Promised {
  /** Profile to journal. */
  readonly journals: Map<string, string[]>;
  readonly releases: Set<string>;
  /** Directories that are gone for good. */
  readonly gone: Set<string>;
  acknowledged: number;
}

const PACKAGES = 6;

/**
 * Runs commands on a fresh file system and cuts its power again and again: in turn in the middle of a command and right after one was
 * acknowledged. After each cut everything acknowledged must be there and whole, and the next command must work. Stops at the first violations.
 */
export async function cutPower({ top, kind, cuts, seed, root }: CutRun): Promise<CutFigures> {
  const mount = mountImage(kind, top);
  const on = machine(mount.path, { root });
  for (let at = 0; at < PACKAGES; at += 1) on.package(`p${at}-1`);
  flush(mount);
  const random = sequence(seed);
  const promised: Promised = { journals: new Map(), releases: new Set(), gone: new Set(), acknowledged: 0 };
  const violations: string[] = [];
  let [inFlight, landed, cut] = [0, 0, 0];
  // Milliseconds that the last command took.
  let usual = 200;
  // A profile that holds all packages, so that collections take none that the others may come to use.
  for (const profile of ['keep', 'dev']) acknowledge(promised, on, ['nox-profile', 'new', profile], on.run('nox-profile', ['new', profile, '--json']));
  if (on.run('nox-profile', ['add', '-p', 'keep', ...Array.from({ length: PACKAGES }, (_, at) => `p${at}`)]).status === 0) promised.journals.get('keep')?.push('add 1');
  for (; cut < cuts && violations.length === 0; cut += 1) {
    if (cut > 0) {
      on.package(`dead-${cut}`);
      flush(mount);
    }
    for (let done = 1 + random(3); done > 0; done -= 1) {
      const words = nextCommand(on, promised, random, cut);
      const started = Date.now();
      const result = on.run(words[0], [...words.slice(1), '--json']);
      usual = Date.now() - started;
      if (result.status !== 0) violations.push(`${words.join(' ')}: exit ${result.status}: ${result.stdout}`);
      acknowledge(promised, on, words, result);
    }
    let words: Words | null = null;
    if (cut % 2 === 0) {
      words = nextCommand(on, promised, random, cut);
      const running = on.start(words[0], [...words.slice(1), '--json']);
      // Node takes the first part of it to start; the end is where the changes are.
      await new Promise((resolve) => setTimeout(resolve, usual * (0.4 + random(70) / 100)));
      mount.cut();
      const result = await running;
      if (result.status !== 0) inFlight += 1;
      acknowledge(promised, on, words, result);
    } else {
      mount.cut();
    }
    const problem = mount.recover();
    if (problem !== null) violations.push(`cut ${cut}: ${problem}`);
    const found = check(on, promised, words);
    landed += found.landed;
    violations.push(...[...found.violations, ...next(on, promised)].map((text) => `cut ${cut} (${words?.join(' ') ?? 'after an acknowledgement'}): ${text}`));
  }
  mount.remove();
  return { cuts: cut, acknowledged: promised.acknowledged, inFlight, landed, violations };
}

type Words = readonly [Bin, ...string[]];

/** A number below `limit` from a fixed sequence. */
function sequence(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
}

/** What is on the file system before the commands to be judged is not to be lost with them. */
const flush = ({ path }: LoopMount): void => {
  const fd = fs.openSync(path, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  for (const entry of fs.readdirSync(`${path}/store`, { recursive: true, withFileTypes: true })) {
    const opened = fs.openSync(`${entry.parentPath}/${entry.name}`, 'r');
    fs.fsyncSync(opened);
    fs.closeSync(opened);
  }
};

function nextCommand(on: Machine, promised: Promised, random: (limit: number) => number, cut: number): Words {
  const ref = `${on.profiles}/dev`;
  const shown = Number(fs.readlinkSync(ref).split('/').at(-1));
  const has = fs.existsSync(`${ref}/bin`) ? fs.readdirSync(`${ref}/bin`) : [];
  const missing = Array.from({ length: PACKAGES }, (_, at) => `p${at}`).filter((name) => !has.includes(name));
  const others = fs.readdirSync(`${on.profiles}/.nox/profiles/dev/generations`).filter((name) => /^\d+$/.test(name) && Number(name) !== shown);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const add = (): Words => ['nox-profile', 'add', pick(missing), '-p', 'dev'];
  const possible: (() => Words)[] = [
    ...(missing.length > 0 ? [add, add] : []),
    ...(has.length > 0 ? [(): Words => ['nox-profile', 'del', pick(has), '-p', 'dev']] : []),
    ...(others.length > 0 ? [(): Words => ['nox-profile', 'switch', pick(others), '-p', 'dev'], (): Words => ['nox-profile', 'prune', 'dev', '--older-than', '0', '--keep', '2']] : []),
    ...(canRollBack(on) ? [(): Words => ['nox-profile', 'rollback', 'dev']] : []),
    () => ['nox-profile', 'new', `other${cut}x${promised.acknowledged}`],
    () => ['nox-profile', 'publish', 'dev', '--as', `r${cut}x${promised.acknowledged}`],
    () => ['nox-store', 'gc'],
  ];
  return pick(possible)();
}

function canRollBack({ profiles }: Machine): boolean {
  const entries = readEntries(profiles, parseProfileName('dev'));
  const below = entries.at(-1)?.below ?? null;
  const target = below === null ? null : (entries[below]?.generation ?? null);
  return target !== null && fs.existsSync(generation(profiles, 'dev', target));
}

/** Writes down what a command has promised. */
function acknowledge(promised: Promised, on: Machine, [, verb, ...words]: readonly string[], result: NoxResult): void {
  if (result.status !== 0) return;
  promised.acknowledged += 1;
  const answer = JSON.parse(result.stdout);
  const { journals, releases, gone } = promised;
  if (verb === 'new') journals.set(words[0] as string, ['new 0']);
  else if (verb === 'publish') releases.add(answer.name);
  else if (verb === 'prune') for (const number of answer.pruned) gone.add(generation(on.profiles, 'dev', number));
  else if (verb === 'gc') for (const { store, id } of answer.removed) gone.add(`${store}/${id}`);
  else if (answer.generation !== answer.previous || verb === 'switch' || verb === 'rollback') journals.get('dev')?.push(`${verb} ${answer.generation}`);
}

/** Everything that was promised must hold; of the command that was cut off, all or nothing. */
function check(on: Machine, promised: Promised, running: Words | null): { violations: string[]; landed: number } {
  const violations: string[] = [];
  let landed = 0;
  for (const [profile, entries] of promised.journals) {
    try {
      const now = journalOf(on.profiles, profile);
      const isOneMore = running !== null && now.length === entries.length + 1 && now.at(-1)?.startsWith(`${running[1]} `) === true;
      if (now.slice(0, entries.length).join() !== entries.join() || (now.length !== entries.length && !isOneMore)) violations.push(`the journal of ${profile} has ${now.join()}, not ${entries.join()}`);
      if (isOneMore) {
        landed += 1;
        entries.push(now.at(-1) as string);
      }
    } catch (error) {
      violations.push(`${profile}: ${(error as Error).message}`);
    }
    violations.push(...profileProblems(on.profiles, profile));
  }
  for (const name of promised.releases) violations.push(...profileProblems(on.releases, name));
  for (const path of promised.gone) if (fs.existsSync(path)) violations.push(`${path} is back`);
  for (let at = 0; at < PACKAGES; at += 1) violations.push(...emptyFiles(`${on.store}/p${at}-1`));
  return { violations, landed };
}

/** After any cut, the next commands work without repair, and leave nothing of what was cut off. */
function next(on: Machine, promised: Promised): string[] {
  // The link may lag behind the journal by the very command that was cut off; the next one goes by the journal, unless that is damaged.
  const last = orNull(() => readLastEntry(on.profiles, parseProfileName('dev')))?.generation ?? null;
  const shows = fs.existsSync(`${last === null ? `${on.profiles}/dev` : generation(on.profiles, 'dev', last)}/bin/p0`);
  const words: Words = ['nox-profile', shows ? 'del' : 'add', 'p0', '-p', 'dev'];
  const done = on.run(words[0], [...words.slice(1), '--json']);
  acknowledge(promised, on, words, done);
  const collected = on.run('nox-store', ['gc', '--json']);
  acknowledge(promised, on, ['nox-store', 'gc'], collected);
  return [
    ...(done.status === 0 ? [] : [`the next command fails: ${done.stdout}`]),
    ...(collected.status === 0 ? [] : [`the next collection fails: ${collected.stdout}`]),
    ...leftovers(on.profiles, 'dev').map((name) => `${name} is left`),
    ...profileProblems(on.profiles, 'dev'),
  ];
}
