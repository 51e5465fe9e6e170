import * as v from 'valibot';
import type { SealedKind } from '../../fs/sealed.js';
import type { BuiltFarm, FarmDirectory, FarmFile, FarmPlan, MadeFile } from './farm.js';
import { under } from './tree.js';

/** Tens of thousands of them: checked in one go. */
const names = v.custom<readonly string[]>((value) => Array.isArray(value) && value.every((name) => typeof name === 'string'), 'they are not texts');

const farmSchema = v.object({
  /** Absolute paths of the packages. */
  roots: v.array(v.string()),
  /** Directories linked as a whole. */
  folded: v.array(v.string()),
  /** The ready scripts, by name: SHA-256 in hex. Absent from records of earlier releases. */
  scripts: v.optional(v.record(v.string(), v.string()), () => ({})),
  /** Directories that the user made, and that hold nothing else of the user's. Absent from records of earlier releases. */
  usersOwn: v.optional(v.array(v.string()), () => []),
  directories: v.array(
    v.object({
      path: v.string(),
      /** Its modification time when nox was done with it, in milliseconds since 1970, where it holds nothing but nox's own links. */
      mtime: v.optional(v.number()),
      /** The links, by where they lead: package `root` of `roots`, its directory `at`, the entries of these names. */
      from: v.pipe(v.array(v.object({ root: v.number(), at: v.string(), names })), v.readonly()),
      /** The files in the place of links, and how nox left them; absent where there is none. */
      files: v.optional(v.array(v.object({
        kind: v.picklist(['copy', 'wrapper', 'rewritten']), name: v.string(), root: v.number(), at: v.string(),
        size: v.number(), mtime: v.number(), sha256: v.string(),
      }))),
    }),
  ),
});

/** What nox put into a generation, link for link and file for file, so that anything else in it is known to be the user's. */
type FarmRecord = v.InferOutput<typeof farmSchema>;

/** The limit lies below the longest text that Node can have, 2 ** 29 - 24 characters. */
export const farmKind: SealedKind<typeof farmSchema> = { kind: 'farm', version: 2, schema: farmSchema, limit: 511 << 20 };

/** The directories of a plan without those that only unmanaged files need. */
export function ownDirectories({ carried, directories }: FarmPlan): FarmPlan['directories'] {
  const foreign = new Set(carried.map((entry) => entry.path));
  return directories.filter((directory) => !foreign.has(directory.path));
}

/** The record of a farm that was built, without the directories that only unmanaged files need. Inverse: {@link farmOfRecord}. */
export function recordOfFarm(plan: FarmPlan, built: Pick<BuiltFarm, 'times' | 'made' | 'scripts'>): FarmRecord {
  const own = ownDirectories(plan);
  return { roots: [...plan.roots], folded: [...plan.folded], usersOwn: [...plan.usersOwn], scripts: Object.fromEntries(built.scripts), directories: own.map((directory) => ({ path: directory.path, ...timeOf(built.times.get(directory.path)), from: directory.from, ...filesOf(directory, built.made) })) };
}

const timeOf = (time: number | undefined): { mtime?: number } => (time === undefined ? {} : { mtime: time });

function filesOf({ path, files }: FarmDirectory, made: ReadonlyMap<string, MadeFile>): Pick<FarmRecord['directories'][number], 'files'> {
  const told = files.flatMap(({ kind, name, root, at }) => {
    const file = made.get(under(path, name));
    return file === undefined ? [] : [{ kind, name, root, at, ...file }];
  });
  return told.length === 0 ? {} : { files: told };
}

/** The farm of a record. */
export function farmOfRecord(record: FarmRecord): BuiltFarm {
  const made = new Map<string, MadeFile>();
  const directories = record.directories.map(({ path, from, files = [] }) => ({
    path,
    from,
    files: files.map(({ kind, name, root, at, size, mtime, sha256 }): FarmFile => {
      made.set(under(path, name), { size, mtime, sha256 });
      return { kind, name, root, at };
    }),
  }));
  const times = new Map(record.directories.flatMap(({ path, mtime }) => (mtime === undefined ? [] : [[path, mtime] as const])));
  return { roots: record.roots, folded: record.folded, directories, times, made, usersOwn: new Set(record.usersOwn), scripts: new Map(Object.entries(record.scripts)) };
}
