import { resolve } from 'node:path';
import { isNoxError, NoxError, orNull } from '../../errors.js';
import { realPath, status } from '../../fs/disk.js';
import { readSealed } from '../../fs/sealed.js';
import { awaitFresh } from '../../fs/wait.js';
import { farmFile, generation, manifestFile, profileLink } from '../../layout.js';
import type { BuiltFarm } from '../farm/farm.js';
import { farmKind, farmOfRecord } from '../farm/record.js';
import type { JournalEntry } from '../journal.js';
import { type Manifest, manifestKind } from '../manifest.js';
import type { ProfileName } from '../name.js';
import { existingGenerations } from './generations.js';
import { readLastEntry } from './journal.js';
import { refuseLost } from './lost-journal.js';

/** Which profile: its home and its name there. */
export interface ProfileRef {
  readonly home: string;
  readonly name: ProfileName;
  /** What a command line calls it, where that is not its name: the path of an ad-hoc profile, or its registered name. */
  readonly called?: string;
}

/** What names a profile on a command line. */
export function selectorOf({ name, called }: ProfileRef): string {
  return called ?? name;
}

/** The name of a profile for people and scripts: that under which it is registered, where a command line called it so. */
export function nameOf({ name, called }: ProfileRef): string {
  return called === undefined || called.includes('/') ? name : called;
}

/** A profile as its journal says it stands. */
export interface ProfileState {
  readonly ref: ProfileRef;
  /** The symlink that users name: an absolute path. */
  readonly path: string;
  readonly last: JournalEntry;
  /** The generation shown; `null` for a profile that links to another one. */
  readonly generation: number | null;
  /** The tree shown: the absolute path of a generation. Where what the profile links to is gone, it throws `link-gone` when it is asked for. */
  readonly tree: string;
  /** As the tree; and of a damaged generation it throws `generation-damaged`, or `damaged` where it is that of another profile: one can still go back. */
  readonly manifest: Manifest;
}

/** The kind of the profile itself: one that links to another keeps that of its own generations. */
export function kindOf(state: ProfileState): Manifest['kind'] {
  if (state.generation !== null) return state.manifest.kind;
  const { home, name } = state.ref;
  for (const number of existingGenerations(state.ref).reverse()) {
    const own = wholeManifest(generation(home, name, number));
    if (own !== null) return own.kind;
  }
  return 'user';
}

/** The state of a profile, or `null` when there is no such profile. @throws `damaged` for its journal, `journal-lost`, `not-a-profile`. */
export function readProfile(ref: ProfileRef): ProfileState | null {
  const last = readLastEntry(ref.home, ref.name);
  if (last === null) {
    refuseLost(ref);
    return null;
  }
  const path = profileLink(ref.home, ref.name);
  const link = last.link ?? '';
  const tree = last.generation === null ? realPath(linkTarget(ref, link)) : generation(ref.home, ref.name, last.generation);
  const manifest = tree === null ? null : whole(ref, last.generation, () => {
    const found = readSealed(manifestKind, manifestFile(tree));
    if (found === null && last.generation !== null) awaitVisible(ref, last.generation);
    return found ?? readManifest(tree);
  });
  return {
    ref, path, last, generation: last.generation,
    get tree() {
      if (tree === null) throw linkGone(ref, link, null);
      return tree;
    },
    get manifest() {
      if (manifest === null) throw linkGone(ref, link, null);
      return manifest();
    },
  };
}

/** What is read of the generation that a profile shows, or the error that it is damaged, for whoever asks. */
function whole<T>(ref: ProfileRef, number: number | null, read: () => T): () => T {
  try {
    const value = read();
    return () => value;
  } catch (error) {
    if (!isNoxError(error, 'damaged')) throw error;
    return () => {
      throw number === null ? error : generationDamaged(ref, number, error);
    };
  }
}

/** That a generation is damaged, as a read of it found. */
export function generationDamaged(ref: ProfileRef, number: number, error: NoxError<'damaged'>): NoxError {
  return new NoxError('generation-damaged', { profile: selectorOf(ref), generation: number, ...error.data, intact: intactGeneration(ref, number) }, error);
}

/** The latest generation that can be shown instead of one, or of none of its own; `null` when there is none. */
export function intactGeneration(ref: ProfileRef, instead: number | null): number | null {
  const isIntact = (number: number): boolean => (orNull(() => wholeManifest(generation(ref.home, ref.name, number)))?.kind ?? 'release') !== 'release';
  return existingGenerations(ref).reverse().find((number) => number !== instead && isIntact(number)) ?? null;
}

/** The manifest of a generation, or `null` where one of its records is damaged. @throws what says nothing of the records: `not-permitted`, `file-system`. */
export function wholeManifest(tree: string): Manifest | null {
  try {
    readFarm(tree);
    return readManifest(tree);
  } catch (error) {
    if (isNoxError(error, 'damaged')) return null;
    throw error;
  }
}

/** What nox put into a generation, for who would delete what else is in it. @throws `unmanaged-unknown`. */
export function farmOrRefuse(ref: ProfileRef, number: number): BuiltFarm {
  const tree = generation(ref.home, ref.name, number);
  try {
    return readFarm(tree);
  } catch (error) {
    if (!isNoxError(error, 'damaged')) throw error;
    throw new NoxError('unmanaged-unknown', { profile: selectorOf(ref), generation: number, ...error.data, tree }, error);
  }
}

/** What nox put into the generation that a profile shows. @throws `generation-damaged`. */
export function readShownFarm({ ref, generation: number, tree }: ProfileState): BuiltFarm {
  return whole(ref, number, () => readFarm(tree))();
}

/** Waits for as long as a generation is listed and not found. */
export function awaitVisible(ref: ProfileRef, number: number): void {
  awaitFresh(() => status(generation(ref.home, ref.name, number)) === null && existingGenerations(ref).includes(number));
}

/** Where the link of a profile to another one leads, an absolute path. */
const linkTarget = ({ home }: ProfileRef, text: string): string => resolve(home, text);

/** The tree that a profile shows which links to another one; `shown` is what it shows now. @throws `link-gone`. */
export function linkedTree(ref: ProfileRef, text: string, shown: number | null): string {
  const tree = realPath(linkTarget(ref, text));
  if (tree === null) throw linkGone(ref, text, shown);
  return tree;
}

/** That what a profile links to is gone, or what it linked to before it showed the generation `shown`. */
export function linkGone(ref: ProfileRef, text: string, shown: number | null): NoxError<'link-gone'> {
  const intact = intactGeneration(ref, shown) ?? shown;
  return new NoxError('link-gone', { profile: selectorOf(ref), path: profileLink(ref.home, ref.name), link: linkTarget(ref, text), intact });
}

/** The manifest of a generation. @throws `damaged` when it is missing or does not agree with its checksum. */
export function readManifest(tree: string): Manifest {
  const manifest = readSealed(manifestKind, manifestFile(tree));
  if (manifest === null) throw new NoxError('damaged', { path: manifestFile(tree), problem: 'the manifest is missing' });
  return manifest;
}

/** What nox put into a generation. @throws `damaged`. */
export function readFarm(tree: string): BuiltFarm {
  const record = readSealed(farmKind, farmFile(tree));
  if (record === null) throw new NoxError('damaged', { path: farmFile(tree), problem: 'the record of the farm is missing' });
  return farmOfRecord(record);
}
