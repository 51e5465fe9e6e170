import { failedWith } from '../../errors.js';
import { makeDirectoryCall, makeLinkCall, type NewLink, type Look, statusCall } from '../../fs/calls.js';
import { copyFile, makeHardLink, makeSymlink, readLink, setMode, status } from '../../fs/disk.js';
import { drain } from '../../fs/drain.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import { type BuiltFarm, countLinks, type FarmDirectory, type FarmPlan, linkTarget } from '../farm/farm.js';
import { parentOf } from '../farm/tree.js';
import { makeFiles } from './make-files.js';

/** A generation whose links may be shared by hard links. */
export interface Reusable {
  /** Absolute path. */
  readonly tree: string;
  readonly farm: BuiltFarm;
  /** Its directories that hold exactly what the farm says. */
  readonly untouched: ReadonlySet<string>;
}

export interface BuildRequest {
  readonly plan: FarmPlan;
  /** Where to build: an empty directory of the caller's own. */
  readonly into: string;
  /** The generation that holds the carried files, when there are any. */
  readonly carryFrom: string | null;
  /** For a release: files are carried as copies that cannot be written, since a hard link changes with its original. */
  readonly copy: boolean;
  readonly reuse: Reusable | null;
  readonly progress: Progress;
  readonly pause: Pause;
}

/** Links made between two reports of progress, and at most described at once. */
const STRIDE = 8192;

/** Builds a planned farm. The plan must be free of collisions. Returns by what its directories and files are known later. */
export async function buildFarm(request: BuildRequest): Promise<Pick<BuiltFarm, 'times' | 'made'>> {
  const { plan, into, carryFrom, copy } = request;
  for (const paths of byDepth(plan)) await drain(paths.map((path) => `${into}/${path}`), makeDirectoryCall);
  await makeLinks(request);
  const made = makeFiles(plan, into);
  if (carryFrom !== null) carry(plan, carryFrom, { into, copy });
  return { times: await timesOf(plan, into), made };
}

/** Paths of directories, those of each depth together, the root left out. */
function byDepth({ directories }: FarmPlan): string[][] {
  const depths: string[][] = [];
  for (const { path } of directories) if (path !== '') (depths[path.split('/').length - 1] ??= []).push(path);
  return depths;
}

async function makeLinks({ plan, into, reuse, progress, pause }: BuildRequest): Promise<void> {
  const total = countLinks(plan);
  const likeIn = reuse === null ? () => () => null : sharing(reuse);
  let links: NewLink[] = [];
  let done = 0;
  for (const { path, links: own } of plan.directories) {
    const directory = path === '' ? into : `${into}/${path}`;
    const like = likeIn(path);
    for (const link of own) {
      const text = linkTarget(plan.roots, link);
      links.push({ path: `${directory}/${link.name}`, text, like: like(link.name, text) });
      if (links.length < STRIDE) continue;
      await drain(links, makeLinkCall);
      done += links.length;
      links = [];
      progress.update('linking', done, total);
      await pause();
    }
  }
  await drain(links, makeLinkCall);
}

/** For a directory of the farm: tells the link in the earlier generation that has this name and text, where it may be shared. */
function sharing({ tree, farm, untouched }: Reusable): (path: string) => (name: string, text: string) => string | null {
  // Of somebody else's links the kernel lets none be shared, or the other would stay their owner.
  if (status(tree)?.uid !== process.getuid?.()) return () => () => null;
  const directories = new Map<string, FarmDirectory>(farm.directories.map((directory) => [directory.path, directory]));
  return (path) => {
    const known = untouched.has(path) ? directories.get(path) : undefined;
    if (known === undefined) return () => null;
    const texts = new Map(known.links.map((link) => [link.name, linkTarget(farm.roots, link)]));
    const place = path === '' ? tree : `${tree}/${path}`;
    return (name, text) => (texts.get(name) === text ? `${place}/${name}` : null);
  };
}

/** Takes the user's own files along: as hard links, which cost nothing and lose nothing, else as copies. */
function carry(plan: FarmPlan, from: string, to: { readonly into: string; readonly copy: boolean }): void {
  for (const { path, type } of plan.carried) {
    const [source, target] = [`${from}/${path}`, `${to.into}/${path}`];
    if (type === 'directory') setMode(target, (status(source)?.mode ?? 0o755) | 0o700);
    else if (to.copy && type === 'file') copyFile(source, target, 0o555);
    else carryEntry(type, source, target);
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

/** Of directories that hold nothing but links of nox's; the root, into which nox's own directory is still to come, is left out. */
async function timesOf(plan: FarmPlan, into: string): Promise<Map<string, number>> {
  const foreign = new Set(plan.carried.flatMap(({ path }) => [path, parentOf(path)]));
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
