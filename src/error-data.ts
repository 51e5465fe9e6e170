/** 1 unexpected · 2 usage · 3 not found · 4 refused · 5 busy · 6 damaged · 7 in doubt · 8 not permitted or supported · 125 to 127 `run` · 130 interrupted. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 125 | 126 | 127 | 130;

/** The data that each error carries; it appears under `error.data` with `--json`. */
export interface ErrorData {
  // usage
  usage: { problem: string; command: string | null };
  /** `nearest`: a command of this program, or of another one with its name. */
  'unknown-command': { command: string; bin: string; nearest: string | null };
  'unexpected': { message: string };
  // file system
  'file-system': FailedStep;
  'not-permitted': FailedStep;
  interrupted: { signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM' };
  /** `package`: the identifier, where it is a package that is damaged and no file of nox's own. */
  damaged: { path: string; problem: string; package?: string };
  'newer-format': { path: string; kind: string; version: number; supported: number };
  // packages and requests
  'invalid-identifier': { identifier: string; problem: string };
  'invalid-request': { request: string; problem: string };
  'invalid-range': { range: string; problem: string };
  'no-such-package': { requests: readonly { readonly request: string; readonly nearest: string | null }[]; stores: readonly string[] };
  'package-unusable': { id: string; store: string; problem: string };
  unsatisfiable: { clashes: readonly Clash[]; candidates: readonly SeenCandidates[]; pinned: readonly string[]; profile: string };
  'two-of-one-name': { name: string; requests: readonly string[] };
  /** `all`: what would have to go together. */
  'still-needed': { packages: readonly { readonly id: string; readonly neededBy: readonly string[] }[]; all: readonly string[]; profile: string };
  'resolution-too-hard': { steps: number; reason: string };
  // profiles
  'invalid-profile-name': { name: string; problem: string };
  /**
   * `path`: where it was looked for, when it was named by a path outside of the profile home. `way`: what helps where no name is like it: to make the
   * profile, to forget its registration, or to look which there are. `packageOf`: the profile that has a package of that name, where one was to be removed.
   */
  'no-such-profile': { name: string; home: string; path: string | null; nearest: string | null; way: 'make' | 'forget' | 'look'; packageOf?: string };
  /** `link`: what it links to. `intact`: a generation of its own that can be shown instead. */
  'link-gone': { profile: string; path: string; link: string; intact: number | null };
  /** `linked`: what the profiles that link to it are called. */
  'still-linked': { profile: string; linked: readonly string[] };
  'profile-exists': { name: string; path: string };
  'not-a-profile': { path: string; problem: string };
  /** `isActive`: nothing else was named. */
  'is-a-pack': { path: string; isActive: boolean };
  'profile-removed': { name: string };
  /** `claims`: who holds generations of it by leases or pins. `pinnedFor`: seconds since a job was pinned to it of which nobody here can say whether it runs; `null` for what is known to run, and for a lease. */
  'profile-in-use': { profile: string; claims: readonly { readonly generation: number; readonly user: string; readonly host: string | null; readonly job: string | null; readonly pinnedFor: number | null }[] };
  'no-such-generation': { profile: string; generation: number; existing: readonly number[] };
  'journal-lost': { profile: string; path: string; problem: string };
  /** `path`: what of it does not agree with its checksum or is missing. `intact`: another generation that can be shown. */
  'generation-damaged': { profile: string; generation: number; path: string; problem: string; intact: number | null };
  /** A record by which files of the user's would be known is damaged. */
  'unmanaged-unknown': { profile: string; generation: number; path: string; problem: string; tree: string };
  'no-earlier-generation': { profile: string; current: number | null; pruned: number | null; existing: readonly number[] };
  /** `has`: the package of that name that it has, in another version. `add`: whether adding what was requested would exchange that. */
  'not-installed': { request: string; profile: string; nearest: string | null; has?: string; add?: boolean };
  /** `profile`: the one that holds it. */
  'package-gone': { id: string; store: string; profile: string | null };
  'unreadable-package': { id: string; directories: readonly string[] };
  collision: { profile: string; collisions: readonly Collision[]; resolve: string };
  busy: { profile: string; seconds: number };
  'release-is-immutable': { name: string; profile: string; path: string; way?: 'withdraw' };
  'unmanaged-files': { profile: string; paths: readonly string[] };
  'no-release-home': { name: string };
  /** `profile`: the path that has the name. `making`: what was to get it, a profile that exists or a new one. */
  'name-registered': { name: string; profile: string; path: string; making: 'registration' | 'ad-hoc' | 'user' };
  'not-registered': { name: string; home: string; nearest: string | null };
  'still-registered': { name: string; path: string };
  'not-a-directory-of-profile': { profile: string; directory: string; folded: readonly string[] };
  /** `unmanaged`: the path in the profile, where it is there and the user's own. */
  'no-owner': { what: string; profile: string; unmanaged: string | null };
  // profiles as files
  /** `lockOf`: the file that it is the lock of, where it is one; `null` when that is not there. */
  'invalid-profile-file': { path: string; field: string | null; problem: string; lockOf?: string | null };
  'lock-drift': { path: string; profile: string; differences: readonly Difference[] };
  // packages in and out
  /** `path`: neither a file nor a directory nor a symlink. */
  'special-file': { path: string; id: string };
  /** `entry`: which entry of the source, `null` for the source as a whole. */
  'not-importable': { source: string; entry: string | null; problem: string };
  /** `package`: its path; `entry`: which entry of it. */
  'not-exportable': { package: string; entry: string | null; problem: string };
  'package-exists': { id: string; store: string; source: string };
  /** `debian`: the Debian package that has the program. */
  'program-missing': { program: string; debian: string; purpose: string };
  // configuration and stores
  'invalid-config': { path: string; field: string | null; problem: string };
  'colon-in-path': { path: string };
  'owner-unknown': { path: string };
  /** `make`: the command that would write it, for a lock. */
  'no-such-file': { path: string; make?: string };
  'no-known-tree': { path: string };
  /**
   * `reason`: the tree is not the caller's to write, or its own collector would delete the file. `file`: what its owner would have to write,
   * line by line. `instead`: where a store that leads there could be.
   */
  'adopt-elsewhere': { path: string; kind: string; reason: 'not-writable' | 'swept'; file: readonly string[]; instead: string };
  /** `kind`: whose tree it is. `instead`: the command for another store. */
  'adopted-store': { path: string; kind: string; instead: string | null };
  'store-configured': { path: string; problem: string; /** The line of the file that would say it. */ missing?: string };
  // collection
  condemned: { id: string; store: string };
  'record-not-writable': { stores: readonly string[] };
  'not-in-quarantine': { ids: readonly string[]; stores: readonly string[]; quarantined: readonly string[] };
  'not-restored': { id: string; store: string; problem: string };
  // environment
  'env-conflict': { conflicts: ReadonlyArray<{ variable: string; packages: readonly [string, string]; values: readonly [string, string] }> };
  'invalid-env': { package: string; variable: string; problem: string };
  'csh-newline': { variable: string };
  'not-active': { profile: string; active: string | null };
  // pack
  /** `output`: as the command line had it. */
  'links-outside': { profile: string; links: readonly { readonly path: string; readonly target: string }[]; output: string };
  'pack-failed': { problem: string; hint: string | null };
  // run
  'no-command': { command: string };
  /** `lost`: where its link in the profile leads, and nothing is; else `null`. `nearest`: a command of a like name. */
  'command-not-found': { command: string; profile: string; lost: string | null; nearest: string | null };
  'command-not-executable': { command: string; reason: string };
  'run-failed': { problem: string; hint: string | null };
}

/** A step that the system refused. */
export interface FailedStep {
  readonly step: string;
  readonly path: string;
  readonly reason: string;
  readonly errno: number;
  /** What became of the change that it was part of, where that is known. */
  readonly state: ChangeState | null;
  /** The profile of that change. */
  readonly profile: string | null;
  /** The way out, where one is known. */
  readonly way?: string;
}

/**
 * `unchanged`: nothing is changed; `made`: the change is made and shown; `recorded`: it is made, and the profile's link shows it after the
 * next change or repair.
 */
export type ChangeState = 'unchanged' | 'made' | 'recorded';

/** One path that several packages, or a package and a file of the user's, bring to a profile. */
export interface Collision {
  readonly path: string;
  readonly packages: readonly { readonly id: string; readonly name: string; readonly store: string }[];
  readonly unmanaged: boolean;
}

/** Demands that cannot hold together: each side is a chain from what was requested down to the last demand. */
export interface Clash {
  readonly sides: readonly (readonly string[])[];
}

/** What the stores have of one name. */
export interface SeenCandidates {
  readonly name: string;
  readonly packages: readonly { readonly id: string; readonly store: string; readonly problem: string | null }[];
}

/** One thing in which a lock and what there is now differ, each side in words. */
export interface Difference {
  readonly subject: string;
  readonly locked: string;
  readonly found: string;
}

export type ErrorCode = keyof ErrorData;
