import { failedWith } from '../../errors.js';
import { type Look, statusCall } from '../../fs/calls.js';
import { copyFile, makeHardLink, makeSymlink, setMode, setModified } from '../../fs/change.js';
import { readLink, status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import type { BuiltFarm, FarmPlan } from '../farm/farm.js';
import { parentOf } from '../farm/tree.js';
import { makeEntries } from './make-entries.js';
import { makeFiles } from './make-files.js';
import { changedSince, type DirectoryTimes } from './unmanaged.js';

/** The generation before the one to build: it holds the carried files, and its links may be shared by hard links. */
export interface Predecessor {
  /** Absolute path. */
  readonly tree: string;
  readonly farm: BuiltFarm;
  /** Its directories that hold every link that the farm says. */
  readonly sharable: ReadonlySet<string>;
  /** Of its directories, those of the user's included, before they were looked into. */
  readonly times: DirectoryTimes;
  /** Paths of the files that nox made and that nobody had changed by then. */
  readonly pristine: ReadonlySet<string>;
}

interface BuildRequest {
  readonly plan: FarmPlan;
  /** Where to build: an empty directory of the caller's own. */
  readonly into: string;
  readonly before: Predecessor | null;
  /** For a release: no link is shared, and files are carried as copies that cannot be written, since a hard link changes with its original. */
  readonly copy: boolean;
  /** Whether the generation before may have been changed since it was looked into. */
  readonly acceptDisturbed: boolean;
  readonly progress: Progress;
  readonly pause: Pause;
}

/** By what the directories and files of a farm are known later. */
type Built = Pick<BuiltFarm, 'times' | 'made'>;

/** Builds a planned farm. The plan must be free of collisions. */
export async function buildFarm(request: BuildRequest): Promise<Built> {
  const { plan, into, before, copy, acceptDisturbed, progress, pause } = request;
  await makeEntries({ plan, into, sharedFrom: copy ? null : before, progress, pause });
  const made = makeFiles(plan, into);
  carry(plan, { into, copy });
  const disturbed = before === null || !acceptDisturbed ? [] : await changedSince(before.tree, before.times);
  return { times: await timesOf(plan, into, disturbed), made };
}

/** Takes the user's own files along: as hard links, which cost nothing and lose nothing, else as copies; and directories with their mode and time. */
function carry(plan: FarmPlan, to: { readonly into: string; readonly copy: boolean }): void {
  const directories: { readonly target: string; readonly mode: number; readonly mtimeMs: number }[] = [];
  for (const { path, type, from } of plan.carried) {
    const [source, target] = [`${from}/${path}`, `${to.into}/${path}`];
    try {
      if (type === 'directory') {
        const found = status(source);
        if (found === null) continue;
        directories.push({ target, ...found });
        setMode(target, found.mode | 0o700);
      } else if (to.copy && type === 'file') copyFile(source, target, 0o555);
      else carryEntry(type, source, target);
    } catch (error) {
      // What its owner has taken away meanwhile is gone.
      if (!failedWith(error, 'ENOENT', 'ENOTDIR') || status(source) !== null) throw error;
    }
  }
  // What comes into a directory changes its time, and may need leave to write.
  for (const { target, mode, mtimeMs } of directories.reverse()) {
    setModified(target, mtimeMs);
    setMode(target, mode);
  }
}

function carryEntry(type: 'file' | 'symlink' | 'other', source: string, target: string): void {
  try {
    makeHardLink(source, target);
  } catch (error) {
    if (!failedWith(error, 'EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EACCES')) throw error;
    if (type === 'file') copyFile(source, target);
    else if (type === 'symlink') makeSymlink(readLink(source), target);
    else throw error;
  }
}

/**
 * Of directories that hold nothing but links of nox's; left out are the root, into which nox's own directory is still to come, and
 * `doubtful` ones: what was shared of them may be no link of nox's.
 */
async function timesOf(plan: FarmPlan, into: string, doubtful: readonly string[]): Promise<Map<string, number>> {
  const foreign = new Set([...plan.carried.flatMap(({ path }) => [path, parentOf(path)]), ...doubtful]);
  const times = new Map<string, number>();
  const looks = plan.directories.filter(({ path }) => path !== '' && !foreign.has(path)).map(({ path }): Look => ({
    path: `${into}/${path}`,
    take(found) {
      if (found !== null) times.set(path, found.mtimeMs);
    },
  }));
  await drain(looks, statusCall);
  return times;
}
