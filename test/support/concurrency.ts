import fs from 'node:fs';
import { expect } from 'vitest';
import { readEntries } from '../../src/profile/io/journal.js';
import { readManifest } from '../../src/profile/io/read-profile.js';
import { parseProfileName } from '../../src/profile/name.js';
import { type Sandbox, sandbox } from './sandbox.js';

interface Contest {
  readonly processes: number;
  readonly adds: number;
  readonly lock: boolean;
  /** Also roll back and switch, from two more processes. */
  readonly history: boolean;
}

/**
 * Many commands at once on one profile. Every acknowledged change must be in the journal, built on what the entry
 * before it showed: then nothing acknowledged is lost. Returns the number of changes done and refused as busy.
 */
export async function contest({ processes, adds, lock, history }: Contest): Promise<{ done: number; busy: number }> {
  const box = sandbox();
  const store = box.store();
  for (let p = 0; p < processes; p += 1) for (let a = 0; a < adds; a += 1) store.package(`p${p}x${a}-1`, { files: { [`bin/p${p}x${a}`]: '' } });
  box.json('nox-profile', ['new', 'dev']);
  const env = lock ? {} : { NOX_LOCK: 'off' };
  const acknowledged: { generation: number; id: string | null }[] = [];
  let busy = 0;

  const run = async (args: string[], id: string | null): Promise<void> => {
    const { status, stdout, stderr } = await box.start('nox-profile', [...args, '--json', '--wait', '120'], { env, timeout: 300_000 });
    if (status === 0) acknowledged.push({ generation: JSON.parse(stdout).generation, id });
    else if (status === 5) busy += 1;
    else if (!(id === null && status === 3)) throw new Error(`${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  };
  const adder = async (p: number): Promise<void> => {
    for (let a = 0; a < adds; a += 1) await run(['add', '-p', 'dev', `p${p}x${a}`], `p${p}x${a}-1`);
  };
  const mover = async (args: string[]): Promise<void> => {
    for (let a = 0; a < adds; a += 1) await run([...args], null);
  };
  const movers = history ? [mover(['rollback', 'dev']), mover(['switch', '0', '-p', 'dev'])] : [];
  await Promise.all([...Array.from({ length: processes }, (_, p) => adder(p)), ...movers]);

  checkJournal(box, acknowledged.filter((done) => done.id !== null) as { generation: number; id: string }[]);
  if (!history) expect(box.json('nox-profile', ['list', 'dev']).packages).toHaveLength(processes * adds - busy);
  return { done: acknowledged.length, busy };
}

function checkJournal(box: Sandbox, acknowledged: readonly { generation: number; id: string }[]): void {
  const name = parseProfileName('dev');
  const entries = readEntries(box.profiles, name);
  const idsOf = (generation: number | null): string[] => readManifest(`${box.profiles}/.nox/profiles/dev/generations/${generation}`).packages.map((pkg) => pkg.id);
  const built = new Map<number, string[]>();
  entries.forEach((entry, at) => {
    if (entry.action !== 'add') return;
    const before = idsOf(entries[at - 1]!.generation);
    const after = idsOf(entry.generation);
    expect(after.filter((id) => before.includes(id))).toEqual(before);
    built.set(entry.generation!, after.filter((id) => !before.includes(id)));
  });
  for (const { generation, id } of acknowledged) expect(built.get(generation)).toEqual([id]);
  expect(built.size).toBe(acknowledged.length);
  const last = entries.at(-1)!;
  expect(fs.readlinkSync(`${box.profiles}/dev`)).toBe(`.nox/profiles/dev/generations/${last.generation}`);
  const state = `${box.profiles}/.nox/profiles/dev`;
  expect(fs.readdirSync(`${state}/staging`)).toEqual([]);
  expect(fs.readdirSync(`${state}/generations`)).toHaveLength(built.size + 1);
}
