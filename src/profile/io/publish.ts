/**
 * How a new generation becomes the one that a profile shows. Each step leaves the profile at the complete old or the
 * complete new generation when it is the last one that happens; docs/atomicity.md goes through them.
 */
import { failedWith, NoxError } from '../../errors.js';
import type { Progress } from '../../context.js';
import type { Pause } from '../../interrupt.js';
import { toBytes } from '../../fs/bytes.js';
import { makeDirectories, makeDirectory, makeSymlink, removeEntry, rename, setMode, syncDirectory, writeUnsynced } from '../../fs/change.js';
import { readLinkIfAny, status } from '../../fs/disk.js';
import { forceTree } from '../../fs/sync-file-system.js';
import { seal } from '../../fs/sealed.js';
import { sha256 } from '../../fs/sha256.js';
import {
  farmFile, generation, generationLinkText, generations, generationState, manifestFile, profileLink, readyScript, wrappedProgram,
} from '../../layout.js';
import type { DroppedLink } from '../farm/dropped.js';
import type { BuiltFarm, FarmPlan } from '../farm/farm.js';
import { farmKind, ownDirectories, recordOfFarm } from '../farm/record.js';
import { parentOf, under } from '../farm/tree.js';
import type { JournalEntry } from '../journal.js';
import { type Manifest, manifestKind } from '../manifest.js';
import { buildFarm, type Predecessor } from './build-farm.js';
import { existingGenerations } from './generations.js';
import { appendEntry, readLastEntry, renameIfFree } from './journal.js';
import { isDisturbed } from './unmanaged.js';

/** Everything that a generation consists of, decided. */
export interface GenerationPlan {
  readonly manifest: Manifest;
  readonly farm: FarmPlan;
  /** File name to text, for the generation's `.nox`. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Patterns that matched nothing. */
  readonly idle: { readonly hide: readonly string[]; readonly copy: readonly string[] };
  /** Links of the generation before to what its packages, which stay, have no longer. */
  readonly lost: readonly DroppedLink[];
  /** The generation that it follows. */
  readonly before: Predecessor | null;
}

/** A generation that was published, by the absolute path of its tree. */
export interface Published {
  readonly tree: string;
  readonly farm: BuiltFarm;
}

/** Why nothing was published: another command changed the profile, or somebody put files into the generation before. */
export type Unpublished = 'overtaken' | 'disturbed';

/** The profile to publish to. */
export interface PublishTarget {
  readonly home: string;
  readonly name: string;
  /** The entry that shows the generation, made for the state that the plan was made from. */
  readonly entry: JournalEntry;
  /** A directory of this process's own, in the profile's staging. */
  readonly workshop: string;
  /** Whether to publish although the generation before was changed since it was looked into. */
  readonly acceptDisturbed: boolean;
  readonly progress: Progress;
  readonly pause: Pause;
}

/** The number for the next generation: never used before, not even by a command that was killed. */
export function nextNumber(home: string, name: string, last: JournalEntry | null): number {
  return existingGenerations({ home, name }).reduce((highest, number) => Math.max(highest, number), last?.highest ?? -1) + 1;
}

/**
 * Builds a generation and pushes it on the history, if nobody else changed the profile since `target.entry` was made. Returns what was
 * built; or, if somebody did, why nothing was published: nothing is left behind then, and the caller plans anew.
 */
export async function publishGeneration(target: PublishTarget, plan: GenerationPlan): Promise<Published | Unpublished> {
  const { home, name, entry, workshop } = target;
  const { number } = plan.manifest;
  const tree = `${workshop}/tree`;
  const farm = await buildTree(tree, plan, target);
  // As late as can be: until the link leads elsewhere, whoever uses the profile writes into the generation before.
  if (plan.before !== null && !target.acceptDisturbed && (await isDisturbed(plan.before))) return 'disturbed';
  await target.pause();
  const published = generation(home, name, number);
  if (!renameIfFree(tree, published)) return 'overtaken';
  if (plan.manifest.kind === 'release') setMode(published, 0o555);
  syncDirectory(generations(home, name));
  if (appendEntry(home, name, entry, workshop)) return { tree: published, farm };
  if (plan.manifest.kind === 'release') setMode(published, 0o755);
  rename(published, `${workshop}/withdrawn`);
  return 'overtaken';
}

async function buildTree(tree: string, plan: GenerationPlan, { acceptDisturbed, progress, pause }: PublishTarget): Promise<BuiltFarm> {
  const own = generationState(tree);
  const isRelease = plan.manifest.kind === 'release';
  makeDirectory(tree);
  const built = await buildFarm({ plan: plan.farm, into: tree, before: plan.before, copy: isRelease, acceptDisturbed, progress, pause });
  // Wrappers may have made it already. It is forced to disk with all else.
  makeDirectories(own, { lasting: false });
  const wrapped = directoriesOfWrapped(tree, plan.farm);
  const ready = Object.entries(plan.scripts).map(([script, text]) => ({ script, path: readyScript(tree, script), content: toBytes(text) }));
  const scripts = new Map(ready.map(({ script, content }) => [script, sha256(content)]));
  const files = [
    ...ready,
    { path: farmFile(tree), content: seal(farmKind, recordOfFarm(plan.farm, { ...built, scripts })) },
    { path: manifestFile(tree), content: seal(manifestKind, plan.manifest) },
  ];
  for (const { path, content } of files) writeUnsynced(path, content);
  progress.update('forcing to disk', 0, 1);
  await forceTree({ tree, files: [...files.map(({ path }) => path), ...[...built.made.keys()].map((path) => `${tree}/${path}`)], directories: [...wrapped, own, ...plan.farm.directories.map(({ path }) => (path === '' ? tree : `${tree}/${path}`)).reverse()] });
  const farm: BuiltFarm = { ...plan.farm, directories: ownDirectories(plan.farm), times: built.times, made: built.made, scripts };
  if (!isRelease) return farm;
  for (const path of [...wrapped, own]) setMode(path, 0o555);
  for (const { path } of plan.farm.directories) if (path !== '') setMode(`${tree}/${path}`, 0o555);
  syncDirectory(tree);
  return farm;
}

/** The directories of nox's own that hold what wrappers run, the deepest first. */
function directoriesOfWrapped(tree: string, { directories }: FarmPlan): string[] {
  const found = new Set<string>();
  for (const { path, files } of directories) {
    if (!files.some(({ kind }) => kind === 'wrapper')) continue;
    for (let at = path; ; at = parentOf(at)) {
      found.add(parentOf(wrappedProgram(tree, under(at, 'x'))));
      if (at === '') break;
    }
  }
  return [...found].sort((a, b) => b.length - a.length);
}

/** Rounds in which the link is made to agree with the journal; then whoever keeps changing it will see to it. */
const ROUNDS = 100;

/**
 * Makes the profile's link show what the last journal entry says, and repeats until the two agree, so that of several
 * writers the last entry wins whoever comes last. Does nothing when they agree already.
 */
export function settleLink(home: string, name: string, workshop: () => string): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const last = readLastEntry(home, name);
    if (last === null) throw new NoxError('profile-removed', { name });
    if (isShown(home, name, last)) return;
    replaceLink(home, name, linkTextOf(name, last), `${workshop()}/link`);
  }
}

const linkTextOf = (name: string, entry: JournalEntry): string => (entry.generation === null ? (entry.link ?? '') : generationLinkText(name, entry.generation));

/** Whether the profile's link shows what a journal entry says. */
export function isShown(home: string, name: string, entry: JournalEntry): boolean {
  return readLinkIfAny(profileLink(home, name)) === linkTextOf(name, entry);
}

/** @throws `not-a-profile` when something else than a link has the profile's name: it is the user's, and stays. */
export function refuseForeign(home: string, name: string): void {
  const link = profileLink(home, name);
  const type = status(link)?.type ?? 'symlink';
  if (type === 'symlink') return;
  throw new NoxError('not-a-profile', { path: link, problem: `a ${type === 'other' ? 'special file' : type} is in the place of its link` });
}

function replaceLink(home: string, name: string, text: string, made: string): void {
  const link = profileLink(home, name);
  refuseForeign(home, name);
  removeEntry(made);
  makeSymlink(text, made);
  try {
    rename(made, link);
  } catch (error) {
    if (!failedWith(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
    throw new NoxError('not-a-profile', { path: link, problem: 'a directory is in the place of its link' }, error);
  }
  syncDirectory(home);
}

