import * as v from 'valibot';
import type { SealedKind } from '../../fs/sealed.js';
import type { BuiltFarm, FarmDirectory, FarmPlan } from './farm.js';

/** Tens of thousands of them: checked in one go. */
const names = v.custom<string[]>((value) => Array.isArray(value) && value.every((name) => typeof name === 'string'), 'they are not texts');

const farmSchema = v.object({
  /** Absolute paths of the packages. */
  roots: v.array(v.string()),
  /** Directories linked as a whole. */
  folded: v.array(v.string()),
  directories: v.array(
    v.object({
      path: v.string(),
      /** Its modification time when nox was done with it, in milliseconds since 1970, where it holds nothing but nox's own links. */
      mtime: v.optional(v.number()),
      /** The links, by where they lead: package `root` of `roots`, its directory `at`, the entries of these names. */
      from: v.array(v.object({ root: v.number(), at: v.string(), names })),
    }),
  ),
});

/** What nox put into a generation, link for link, so that anything else in it is known to be the user's. */
export type FarmRecord = v.InferOutput<typeof farmSchema>;

export const farmKind: SealedKind<typeof farmSchema> = { kind: 'farm', version: 1, schema: farmSchema, limit: 1 << 30 };

/** The record of a farm that was built, without the directories that only unmanaged files need. Inverse: {@link farmOfRecord}. */
export function recordOfFarm(plan: FarmPlan, times: BuiltFarm['times']): FarmRecord {
  const carried = new Set(plan.carried.map((entry) => entry.path));
  const own = plan.directories.filter((directory) => !carried.has(directory.path));
  return { roots: [...plan.roots], folded: [...plan.folded], directories: own.map((directory) => ({ path: directory.path, ...timeOf(times.get(directory.path)), from: group(directory) })) };
}

const timeOf = (time: number | undefined): { mtime?: number } => (time === undefined ? {} : { mtime: time });

type Group = FarmRecord['directories'][number]['from'][number];

function group(directory: FarmDirectory): Group[] {
  const groups = new Map<string, Group>();
  for (const { name, root, at } of directory.links) {
    const key = `${root}/${at}`;
    let known = groups.get(key);
    if (known === undefined) groups.set(key, (known = { root, at, names: [] }));
    known.names.push(name);
  }
  return [...groups.values()];
}

/** The farm of a record. */
export function farmOfRecord(record: FarmRecord): BuiltFarm {
  const directories = record.directories.map(({ path, from }) => ({
    path,
    links: from.flatMap(({ root, at, names }) => names.map((name) => ({ name, root, at }))),
  }));
  const times = new Map(record.directories.flatMap(({ path, mtime }) => (mtime === undefined ? [] : [[path, mtime] as const])));
  return { roots: record.roots, folded: record.folded, directories, times };
}
