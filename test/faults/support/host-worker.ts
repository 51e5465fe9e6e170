/** One of two machines that share a file system with stale caches, or what checks afterwards: `{top, host, seconds}`; prints what it saw. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { generation } from '../../../src/layout.js';
import { readEntries } from '../../../src/profile/io/journal.js';
import { existingGenerations } from '../../../src/profile/io/generations.js';
import { readManifest } from '../../../src/profile/io/read-profile.js';
import { parseProfileName } from '../../../src/profile/name.js';
import { machine } from './machine.js';

export interface HostSettings {
  readonly top: string;
  /** 0 and 1 work, 1 collects, too; `null` checks. */
  readonly host: number | null;
  readonly seconds: number;
  /** Seconds for which what a machine knows of a file may be out of date. */
  readonly stale: number;
}

export interface HostFigures {
  readonly added: ReadonlyArray<{ readonly id: string; readonly generation: number }>;
  readonly switched: number;
  readonly refused: number;
  readonly collections: number;
  readonly removed: number;
  readonly restored: number;
  /** Whether what another machine had made was not seen at first. */
  readonly wasStale: boolean;
  readonly violations: readonly string[];
}

const { top, host, seconds, stale } = JSON.parse(process.argv[2] ?? '') as HostSettings;
const [under, at] = [`${top}/under`, `${top}/shared`];
execFileSync('bindfs', ['-o', ['attr', 'entry', 'negative'].map((kind) => `${kind}_timeout=${host === null ? 0 : stale}`).join(), under, at], { stdio: 'pipe' });
const on = machine(at);
const violations: string[] = [];
const figures = { added: [] as { id: string; generation: number }[], switched: 0, refused: 0, collections: 0, removed: 0, restored: 0, wasStale: false, violations };
const deadline = Date.now() + seconds * 1000;
const dev = parseProfileName('dev');

const making = machine(`${at}/making${host}`);

/** Makes a package whole, as an installation would. */
function install(id: string): void {
  making.package(id);
  fs.renameSync(`${making.store}/${id}`, `${on.store}/${id}`);
}

async function work(): Promise<void> {
  for (let round = 0; Date.now() < deadline; round += 1) {
    const id = `h${host}r${round}-1`;
    install(id);
    const done = await on.start('nox-profile', ['add', id, '-p', 'dev', '--wait', '20', '--json']);
    if (done.status === 0) figures.added.push({ id, generation: JSON.parse(done.stdout).generation });
    else if (done.status === 3 || done.status === 5) figures.refused += 1;
    else violations.push(`host ${host}: add ${id}: exit ${done.status}: ${done.stdout}${done.stderr}`);
    if (round % 5 !== 4) continue;
    const moved = await on.start('nox-profile', ['switch', '0', '-p', 'dev', '--json']);
    if (moved.status === 0) {
      // Where the other one was faster there is nothing to switch.
      const { generation: number, previous } = JSON.parse(moved.stdout);
      figures.switched += number === previous ? 0 : 1;
    } else if (moved.status !== 5) violations.push(`host ${host}: switch: exit ${moved.status}: ${moved.stdout}${moved.stderr}`);
  }
}

async function collect(): Promise<void> {
  for (let round = 0; Date.now() < deadline; round += 1) {
    const done = await on.start('nox-store', ['gc', '--settle', `${2 * stale + 1}s`, '--min-age', '0', '--json']);
    if (done.status !== 0) violations.push(`gc: exit ${done.status}: ${done.stdout}${done.stderr}`);
    else {
      const { removed, restored } = JSON.parse(done.stdout);
      figures.collections += 1;
      figures.removed += Number(removed.length);
      figures.restored += Number(restored.length);
    }
    for (const name of ['dead', 'gone', 'old']) install(`${name}${round}-1`);
  }
}

function looksStale(): boolean {
  const name = `probe${host}`;
  const before = fs.existsSync(`${at}/${name}`);
  fs.writeFileSync(`${under}/${name}`, '');
  return !before && !fs.existsSync(`${at}/${name}`);
}

/** Each generation shows packages that are there, and follows the one before it. */
function check(): void {
  const entries = readEntries(on.profiles, dev);
  const idsOf = (number: number | null): string[] => readManifest(generation(on.profiles, 'dev', number ?? 0)).packages.map(({ id }) => id);
  for (const number of existingGenerations({ home: on.profiles, name: dev })) {
    violations.push(...idsOf(number).filter((id) => !fs.existsSync(`${on.store}/${id}/bin`)).map((id) => `generation ${number} shows ${id}, which is gone`));
  }
  entries.forEach(({ action, generation: number }, index) => {
    const [before, after] = [idsOf(entries[index - 1]?.generation ?? 0), idsOf(number)];
    if (action !== 'add') return;
    if (before.some((id) => !after.includes(id))) violations.push(`generation ${number} has lost ${before.filter((id) => !after.includes(id)).join()}`);
    figures.added.push(...after.filter((id) => !before.includes(id)).map((id) => ({ id, generation: number ?? 0 })));
  });
  figures.switched = entries.filter(({ action }) => action === 'switch').length;
  const doctor = on.run('nox-profile', ['doctor', 'dev']);
  if (doctor.status !== 0) violations.push(`doctor: exit ${doctor.status}: ${doctor.stdout}${doctor.stderr}`);
}

if (host === null) check();
else {
  figures.wasStale = looksStale();
  await Promise.all([work(), ...(host === 1 ? [collect()] : [])]);
}
process.stdout.write(JSON.stringify(figures), () => process.exit(0));
