import { byDepth } from '../../fs/by-depth.js';
import { makeDirectoryCall, makeLinkCall, type NewLink } from '../../fs/calls.js';
import { status } from '../../fs/disk.js';
import { areSlow, drain, whileQuick } from '../../fs/drain.js';
import { isText, type LinkBatch, type LinkedDirectory, takeWorker, type Worker } from '../../fs/worker.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import { type BuiltFarm, countLinks, type FarmDirectory, type FarmPlan, type LinkGroup, targetDirectory } from '../farm/farm.js';
import { parentOf } from '../farm/tree.js';

/** The directories and links to make. */
interface EntriesRequest {
  readonly plan: FarmPlan;
  /** Where to build: an empty directory of the caller's own. */
  readonly into: string;
  /** A generation whose links may be shared by hard links. */
  readonly sharedFrom: { readonly tree: string; readonly farm: BuiltFarm; readonly sharable: ReadonlySet<string> } | null;
  readonly progress: Progress;
  readonly pause: Pause;
}

/** Links from which on a second thread makes some of them: it takes a while to start. */
const WORTH_A_WORKER = 3000;
/** Entries that are made by one thread together. */
const PORTION = 64;
/** Portions that the second thread has at once: that it does not wait for the first, nor the first long for it at the end. */
const AHEAD = 3;
/** Entries made between two looks for signals; where calls are slow so many are described at once, enough for many under way. */
const STRIDE = { quick: 1024, slow: 2048 };

/** Some links of a directory; also none, for a directory without. */
interface Piece {
  readonly directory: FarmDirectory;
  readonly from: readonly LinkGroup[];
  /** Whether it is the first of its directory. */
  readonly isFirst: boolean;
}

/**
 * Makes directories and links. While calls are answered at once, each directory is made just before its links, so that file systems
 * keep them close together, and where there are many links a second thread makes some, from the end; from where calls are slow on, all other directories come first, then the links.
 */
export async function makeEntries(request: EntriesRequest): Promise<void> {
  const { plan } = request;
  const portions = portionsOf(plan);
  const worker = countLinks(plan) >= WORTH_A_WORKER && !areSlow() ? takeWorker() : null;
  try {
    await makePortions(request, portions, worker);
  } catch (error) {
    // Nothing may come into a directory that is about to be taken away.
    await worker?.stop();
    throw error;
  }
}

/** Entries to make: directories by their paths, and links. */
type NewEntry = string | NewLink;

const isLink = (entry: NewEntry): entry is NewLink => typeof entry !== 'string';
const makeEntry = (entry: NewEntry): void => (isLink(entry) ? makeLinkCall.now(entry) : makeDirectoryCall.now(entry));

async function makePortions({ plan, into, sharedFrom, progress, pause }: EntriesRequest, portions: ReadonlyArray<readonly Piece[]>, worker: Worker | null): Promise<void> {
  const likeIn = sharedFrom === null ? () => () => NOTHING_SHARED : sharing(sharedFrom);
  const early = worker === null ? new Set<string>() : betweenPortions(portions);
  const described = (portion: readonly Piece[]): LinkedDirectory[] => portion.map(({ directory: { path }, from, isFirst }) => {
    const like = likeIn(path);
    return { path: path === '' ? into : `${into}/${path}`, isNew: isFirst && path !== '' && !early.has(path), links: from.flatMap((group) => batchesOf(plan.roots, group, like)) };
  });
  for (const paths of byDepth([...early])) await drain(paths.map((path) => `${into}/${path}`), makeDirectoryCall);
  const total = countLinks(plan);
  /** The portions that nobody has begun: the first thread takes the next, the second gets the last. */
  const left = { from: 0, to: portions.length };
  const hasGivenAll = (): boolean => {
    for (let waiting = worker?.waiting() ?? AHEAD; waiting < AHEAD && left.from < left.to; waiting += 1) {
      const portion = described(portions[left.to - 1] ?? []);
      if (!isText(portion)) break;
      left.to -= 1;
      worker?.make(portion);
    }
    return left.from === left.to;
  };
  const told = (portionsLeft: number): Promise<void> => {
    progress.update('linking', Math.floor(total * (1 - portionsLeft / portions.length)), total);
    return pause();
  };
  for (let sincePause = 0; !hasGivenAll();) {
    const entries = entriesOf(described(portions[left.from] ?? []));
    left.from += 1;
    const made = whileQuick(entries, makeEntry);
    if (made < entries.length) {
      await worker?.finish();
      return makeSlowly(told, entries.slice(made), portions.slice(left.from, left.to).map((portion) => () => described(portion)));
    }
    sincePause += made;
    if (sincePause < STRIDE.quick) continue;
    sincePause = 0;
    await told(left.to - left.from);
  }
  await worker?.finish();
}

/** Makes what is left where calls are slow: directories by depth, then links. */
async function makeSlowly(pause: (left: number) => Promise<void>, begun: readonly NewEntry[], rest: ReadonlyArray<() => LinkedDirectory[]>): Promise<void> {
  const directories = [...begun.filter((entry) => typeof entry === 'string'), ...rest.flatMap((portion) => portion().flatMap(({ path, isNew }) => (isNew ? [path] : [])))];
  for (const paths of byDepth(directories)) await drain(paths, makeDirectoryCall);
  let links = begun.filter(isLink);
  for (const [at, portion] of rest.entries()) {
    links = links.concat(entriesOf(portion()).filter(isLink));
    if (links.length < STRIDE.slow) continue;
    await drain(links, makeLinkCall);
    links = [];
    await pause(rest.length - at - 1);
  }
  await drain(links, makeLinkCall);
}

/** The farm's directories and links, in order, in portions of {@link PORTION}. */
function portionsOf({ directories }: FarmPlan): Piece[][] {
  const portions: Piece[][] = [];
  let portion: Piece[] = [];
  let room = PORTION;
  const begin = (directory: FarmDirectory, isFirst: boolean): LinkGroup[] => {
    if (room === 0) {
      portions.push(portion);
      portion = [];
      room = PORTION;
    }
    const from: LinkGroup[] = [];
    portion.push({ directory, from, isFirst });
    return from;
  };
  for (const directory of directories) {
    let from = begin(directory, true);
    room -= 1;
    for (const group of directory.from) {
      for (let at = 0; at < group.names.length;) {
        if (room === 0) from = begin(directory, false);
        const names = at === 0 && group.names.length <= room ? group.names : group.names.slice(at, at + room);
        from.push({ ...group, names });
        at += names.length;
        room -= names.length;
      }
    }
  }
  return [...portions, portion];
}

/** Paths of directories that have something in them in several portions: whoever makes one portion may come before who makes the other. */
function betweenPortions(portions: ReadonlyArray<readonly Piece[]>): Set<string> {
  const homes = new Map<string, number>();
  const between = new Set<string>();
  for (const [number, portion] of portions.entries()) {
    for (const { directory: { path }, isFirst } of portion) {
      if (isFirst) homes.set(path, number);
      for (let at = isFirst ? parentOf(path) : path; at !== '' && homes.get(at) !== number && !between.has(at); at = parentOf(at)) between.add(at);
    }
  }
  // What holds one of them is made before it.
  for (const path of [...between]) for (let at = parentOf(path); at !== '' && !between.has(at); at = parentOf(at)) between.add(at);
  return between;
}

/** What is to be made of directories, one by one. */
function entriesOf(directories: readonly LinkedDirectory[]): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const { path, isNew, links } of directories) {
    if (isNew) entries.push(path);
    for (const { target, names, like } of links) for (const name of names) entries.push({ path: `${path}/${name}`, text: `${target}/${name}`, like: like === null ? null : `${like}/${name}` });
  }
  return entries;
}

/** The links of a group: those that may be shared, and those that may not. */
function batchesOf(roots: readonly string[], group: LinkGroup, like: (target: string) => Shared): LinkBatch[] {
  const target = targetDirectory(roots, group);
  const { place, names: shareable } = like(target);
  if (shareable.size === 0) return [{ target, names: group.names, like: null }];
  const [shared, own] = [group.names.filter((name) => shareable.has(name)), group.names.filter((name) => !shareable.has(name))];
  return [{ target, names: shared, like: place }, { target, names: own, like: null }];
}

/** Links of an earlier generation that may be shared: their names, and the absolute path of the directory that holds them. */
interface Shared {
  readonly place: string;
  readonly names: ReadonlySet<string>;
}

const NOTHING_SHARED: Shared = { place: '', names: new Set() };

/** For a directory of the farm: tells which of its links in the earlier generation lead into a directory of a package, where they may be shared. */
function sharing({ tree, farm, sharable }: NonNullable<EntriesRequest['sharedFrom']>): (path: string) => (target: string) => Shared {
  // Of somebody else's links the kernel lets none be shared, or the other would stay their owner.
  if (status(tree)?.uid !== process.getuid?.()) return () => () => NOTHING_SHARED;
  const directories = new Map<string, FarmDirectory>(farm.directories.map((directory) => [directory.path, directory]));
  const from = (path: string): ((target: string) => Shared) => {
    const known = sharable.has(path) ? directories.get(path) : undefined;
    if (known === undefined) return () => NOTHING_SHARED;
    const place = path === '' ? tree : `${tree}/${path}`;
    const groups = new Map(known.from.map((group) => [targetDirectory(farm.roots, group), { place, names: new Set(group.names) }]));
    return (target) => groups.get(target) ?? NOTHING_SHARED;
  };
  // A directory of many links comes in many pieces, by turns with those of another.
  const latest = new Map<string, (target: string) => Shared>();
  return (path) => {
    const like = latest.get(path) ?? from(path);
    if (!latest.delete(path) && latest.size === 2) latest.delete([...latest.keys()][0] ?? '');
    latest.set(path, like);
    return like;
  };
}
