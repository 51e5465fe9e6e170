import { failedWith } from '../../errors.js';
import { makeDirectoryCall, makeLinkCall, type NewLink, type Look, statusCall } from '../../fs/calls.js';
import { copyFile, makeHardLink, makeSymlink, setMode, setModified } from '../../fs/change.js';
import { readLink, status } from '../../fs/disk.js';
import { drain, whileQuick } from '../../fs/drain.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import { type BuiltFarm, countLinks, type FarmDirectory, type FarmPlan, targetDirectory } from '../farm/farm.js';
import { parentOf } from '../farm/tree.js';
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

/**
 * Entries described at once, and made between two reports of progress: few where calls are answered at once, so that their descriptions
 * are gone before the garbage collector would have to move them, else enough for many calls under way.
 */
const STRIDE = { quick: 1024, slow: 8192 };

/** By what the directories and files of a farm are known later. */
type Built = Pick<BuiltFarm, 'times' | 'made'>;

/** Builds a planned farm. The plan must be free of collisions. */
export async function buildFarm(request: BuildRequest): Promise<Built> {
  const { plan, into, before, copy, acceptDisturbed } = request;
  await makeEntries(request);
  const made = makeFiles(plan, into);
  carry(plan, { into, copy });
  const disturbed = before === null || !acceptDisturbed ? [] : await changedSince(before.tree, before.times);
  return { times: await timesOf(plan, into, disturbed), made };
}

/** A directory to make, by its path, or a link. */
type NewEntry = string | NewLink;

const isLink = (entry: NewEntry): entry is NewLink => typeof entry !== 'string';
const makeEntry = (entry: NewEntry): void => (isLink(entry) ? makeLinkCall.now(entry) : makeDirectoryCall.now(entry));

/**
 * Makes directories and links. While calls are answered at once, each directory is made just before its links, so that file systems
 * keep them close together; from where they are slow on, all other directories come first, then the links.
 */
async function makeEntries(request: BuildRequest): Promise<void> {
  const { plan, into, progress, pause } = request;
  const total = countLinks(plan);
  let directories = 0;
  let done = 0;
  let isQuick = true;
  for (const entries of strides(request, () => (isQuick ? STRIDE.quick : STRIDE.slow))) {
    const made = isQuick ? whileQuick(entries, makeEntry) : 0;
    if (isQuick) directories += entries.slice(0, made).filter((entry) => !isLink(entry)).length;
    if (isQuick && made < entries.length) {
      isQuick = false;
      for (const paths of byDepth(plan, directories)) await drain(paths.map((path) => `${into}/${path}`), makeDirectoryCall);
    }
    await drain(entries.slice(made).filter(isLink), makeLinkCall);
    done += entries.filter(isLink).length;
    if (done < total) progress.update('linking', done, total);
    await pause();
  }
}

/** All that is to be made, parents before what is in them, some `most()` at once. */
function* strides({ plan, into, before, copy }: BuildRequest, most: () => number): Generator<NewEntry[]> {
  const likeIn = before === null || copy ? () => () => NOTHING_SHARED : sharing(before);
  let entries: NewEntry[] = [];
  for (const { path, from } of plan.directories) {
    const directory = path === '' ? into : `${into}/${path}`;
    if (path !== '') entries.push(directory);
    const like = likeIn(path);
    for (const group of from) {
      const target = targetDirectory(plan.roots, group);
      const shared = like(target);
      for (const name of group.names) {
        entries.push({ path: `${directory}/${name}`, text: `${target}/${name}`, like: shared.names.has(name) ? `${shared.place}/${name}` : null });
        if (entries.length < most()) continue;
        yield entries;
        entries = [];
      }
    }
  }
  yield entries;
}

/** Paths of directories, those of each depth together, the root and the first `made` others left out. */
function byDepth({ directories }: FarmPlan, made: number): string[][] {
  const depths = new Map<number, string[]>();
  for (const { path } of directories.filter((directory) => directory.path !== '').slice(made)) {
    const depth = path.split('/').length;
    const known = depths.get(depth);
    if (known === undefined) depths.set(depth, [path]);
    else known.push(path);
  }
  return [...depths].sort(([a], [b]) => a - b).map(([, paths]) => paths);
}

/** Links of an earlier generation that may be shared: their names, and the absolute path of the directory that holds them. */
interface Shared {
  readonly place: string;
  readonly names: ReadonlySet<string>;
}

const NOTHING_SHARED: Shared = { place: '', names: new Set() };

/** For a directory of the farm: tells which of its links in the earlier generation lead into a directory of a package, where they may be shared. */
function sharing({ tree, farm, sharable }: Predecessor): (path: string) => (target: string) => Shared {
  // Of somebody else's links the kernel lets none be shared, or the other would stay their owner.
  if (status(tree)?.uid !== process.getuid?.()) return () => () => NOTHING_SHARED;
  const directories = new Map<string, FarmDirectory>(farm.directories.map((directory) => [directory.path, directory]));
  return (path) => {
    const known = sharable.has(path) ? directories.get(path) : undefined;
    if (known === undefined) return () => NOTHING_SHARED;
    const groups = new Map(known.from.map((group) => [targetDirectory(farm.roots, group), group.names]));
    const place = path === '' ? tree : `${tree}/${path}`;
    return (target) => ({ place, names: new Set(groups.get(target)) });
  };
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
