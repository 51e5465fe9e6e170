/**
 * Every path that nox makes on disk. A *profile home* is a directory whose visible entries are profiles (symlinks);
 * all that nox keeps for itself lies under `.nox` in it and under `.nox` in each generation. See docs/on-disk-format.md.
 */

import { toBytes } from './fs/bytes.js';
import { sha256 } from './fs/sha256.js';

/** Name of nox's own directory in a profile home, in a generation and in a store. */
export const NOX = '.nox';

/** `~/nix/profiles/dev`: the symlink that users name. */
export const profileLink = (home: string, name: string): string => (home === '/' ? `/${name}` : `${home}/${name}`);
export const homeState = (home: string): string => profileLink(home, NOX);
export const homeRecord = (home: string): string => `${homeState(home)}/home.json`;
/** Space put aside for a disk that is full; see src/fs/reserve.ts. */
export const homeReserve = (home: string): string => `${homeState(home)}/reserve`;
/** All states of profiles of a home. */
export const profileStates = (home: string): string => `${homeState(home)}/profiles`;
export const profileState = (home: string, name: string): string => `${profileStates(home)}/${name}`;
export const generations = (home: string, name: string): string => `${profileState(home, name)}/generations`;
export const generation = (home: string, name: string, number: number): string => `${generations(home, name)}/${number}`;
/**
 * The number that a generation or an entry of a journal has for its name, else `null`. Nobody makes a thousand million of them: what is longer was
 * not put there by nox, but to count for ever.
 */
export const parseNumber = (name: string): number | null => (/^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : null);
/** The profile and number of the generation that a path names, by its end: what {@link generation} and {@link generationLinkText} make; `null` for another path. */
export const parseGeneration = (path: string): { readonly name: string; readonly number: number } | null => {
  const [, name, digits] = /(?:^|\/)profiles\/([^/]+)\/generations\/([^/]+)$/.exec(path) ?? [];
  const number = parseNumber(digits ?? '');
  return name === undefined || number === null ? null : { name, number };
};
/** The profile home that the tree of a generation lies in; `null` for another path. */
export const homeOfGeneration = (tree: string): string | null => {
  const found = /^(.*)\/\.nox\/profiles\/[^/]+\/generations\/\d+$/.exec(tree)?.[1];
  return found === '' ? '/' : (found ?? null);
};
/** The tree of a generation and the path in it, for a path below one; `null` for another path. */
export const placeInGeneration = (path: string): { readonly tree: string; readonly inside: string } | null => {
  const [, tree, inside] = /^(.*\/\.nox\/profiles\/[^/]+\/generations\/\d+)\/(.+)$/s.exec(path) ?? [];
  return tree === undefined || inside === undefined ? null : { tree, inside };
};
/** What the profile's link holds for a generation: relative to the profile home, so that a home may be mounted elsewhere. */
export const generationLinkText = (name: string, number: number): string => `${NOX}/profiles/${name}/generations/${number}`;
/**
 * A generation that a prune took out of view: `pruning` while it is undecided, then `pruned`. Beside the others, since on a full
 * disk renaming works and making a directory does not.
 */
export const withdrawnGeneration = (home: string, name: string, as: { readonly stage: 'pruning' | 'pruned'; readonly number: number; readonly owner: string }): string =>
  `${generations(home, name)}/.${as.stage}-${as.number}-${as.owner}`;
/** What {@link withdrawnGeneration} made of it, read from the last part of such a path; `null` for another name. */
export const parseWithdrawn = (file: string): { readonly stage: 'pruning' | 'pruned'; readonly number: number; readonly owner: string } | null => {
  const [, stage, digits, owner] = /^\.(pruning|pruned)-([^-]+)-(.+)$/s.exec(file) ?? [];
  const number = parseNumber(digits ?? '');
  return (stage !== 'pruning' && stage !== 'pruned') || number === null || owner === undefined ? null : { stage, number, owner };
};
export const journal = (home: string, name: string): string => `${profileState(home, name)}/journal`;
export const journalEntry = (home: string, name: string, sequence: number): string => `${journal(home, name)}/${sequence}`;
export const journalRecord = (entry: string): string => `${entry}/entry.json`;
/** Everything under construction; entries are named by their owner (see src/fs/owner.ts). */
export const staging = (home: string, name: string): string => `${profileState(home, name)}/staging`;
/** The file that proper-lockfile guards, and its lock directory. */
export const lockTarget = (home: string, name: string): string => `${profileState(home, name)}/lock`;
export const lockDirectory = (home: string, name: string): string => `${profileState(home, name)}/lock.d`;

/** Profiles of a home that live elsewhere. */
export const adHocRecords = (home: string): string => `${homeState(home)}/ad-hoc`;
export const adHocRecord = (home: string, name: string): string => `${adHocRecords(home)}/${name}.json`;
/** Which generation a batch job uses: symlinks `<job>.<profile>`. */
export const pins = (home: string): string => `${homeState(home)}/pins`;
export const leases = (home: string): string => `${homeState(home)}/leases`;
/** Packages that a command is about to use, by the name of its process. */
export const intents = (home: string): string => `${homeState(home)}/intents`;
export const trash = (home: string): string => `${homeState(home)}/trash`;

export const generationState = (tree: string): string => `${tree}/${NOX}`;
export const manifestFile = (tree: string): string => `${tree}/${NOX}/manifest.json`;
/** What nox put into the generation, link for link. */
export const farmFile = (tree: string): string => `${tree}/${NOX}/farm.json`;
/** The directory of a generation with what its wrappers run in a program's stead. */
export const wrappedPrograms = (tree: string): string => `${tree}/${NOX}/wrapped`;

/** What the wrapper at a path of a generation runs where its package is not found: a link, or a copy in a generation that was packed. */
export const wrappedProgram = (tree: string, path: string): string => `${wrappedPrograms(tree)}/${path}`;
export const readyScript = (tree: string, script: string): string => `${tree}/${NOX}/${script}`;

/** What a pack is made of. */
export const packRecord = `${NOX}/pack.json`;
/** The packages of the `index`-th store in a pack, and what links led to outside of all packages: relative to its root. */
export const packedStore = (index: number): string => `${NOX}/stores/${index}`;
export const packedOutside = (index: number): string => `${NOX}/outside/${index}`;
/** A pack or an exported archive under construction, beside its target. */
export const archiveDraft = (directory: string, owner: string): string => `${directory === '/' ? '' : directory}/.nox-archive-${owner}`;
/** The owner in the name of such a draft, also as it was called for packs before; empty for another name. */
export const draftOwner = (name: string): string => /^\.nox-(?:archive|pack)-(.*)$/s.exec(name)?.[1] ?? '';
/** The lock of a profile file, beside it: `dev.lock.yaml` for `dev.yaml`. */
export const lockFileOf = (file: string): string => `${file.replace(/\.ya?ml$/, '')}.lock.yaml`;
/** The profile files that a file may be the lock of. */
export const filesOfLock = (lock: string): string[] => (lock.endsWith('.lock.yaml') ? ['.yaml', '.yml', ''].map((end) => lock.slice(0, -'.lock.yaml'.length) + end) : []);

const cacheFile = (cache: string, about: string, name: `${string}*${string}`): string => `${cache}/${name.replace('*', sha256(toBytes(about)))}`;
/** What the metadata of a store's packages said, in the user's cache directory. */
export const metadataCacheFile = (cache: string, store: string): string => cacheFile(cache, store, 'metadata/*.json');
/** What a listing of the store told, beside it. */
export const listingCacheFile = (cache: string, store: string): string => cacheFile(cache, store, 'metadata/*.list.json');
/** What the directories of a profile's packages held, by the absolute path of the profile. */
export const treeCacheFile = (cache: string, profile: string): string => cacheFile(cache, profile, 'trees/*.json');

/** A store's own state, beside its packages. */
export const storeState = (store: string): string => `${store}/${NOX}`;
/** Root records, one for each profile home that uses the store, unless its configuration names a spool directory. */
export const storeRoots = (store: string): string => `${storeState(store)}/roots`;
export const condemnedMarks = (store: string): string => `${storeState(store)}/condemned`;
export const quarantineRecords = (store: string): string => `${storeState(store)}/quarantine`;
/** Like {@link homeReserve}. */
export const storeReserve = (store: string): string => `${storeState(store)}/reserve`;
/**
 * A package in quarantine keeps its parent directory; the name is hidden, so it is no package any longer. `nonce` names its record; or,
 * for one without a record, it is `<owner>~<last component of the identifier>`.
 */
export const quarantined = (parent: string, nonce: string): string => `${parent}/.nox-quarantine-${nonce}`;
/** The same once it is being deleted: it can not come back. */
export const doomed = (parent: string, nonce: string): string => `${parent}/.nox-doomed-${nonce}`;

/** nox's own directory in a package that it imported; never part of a farm, nor of the package's contents. */
export const packageState = (pkg: string): string => `${pkg}/${NOX}`;
/** What an imported package consists of. */
export const contentsFile = (pkg: string): string => `${packageState(pkg)}/contents.json`;
/** Where it came from. */
export const provenanceFile = (pkg: string): string => `${packageState(pkg)}/provenance.json`;
/** Packages of an import that only tries, in a directory for temporary files; {@link temporaryOwner} reads the owner. */
export const temporaryStaging = (directory: string, owner: string): string => `${directory}/nox-import-${owner}`;
export const temporaryOwner = (name: string): string => /^nox-import-(.*)$/s.exec(name)?.[1] ?? '';
/** Packages under construction; entries are named by their owner. */
export const storeStaging = (store: string): string => `${storeState(store)}/staging`;
