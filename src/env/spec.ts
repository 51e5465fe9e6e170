/**
 * What a profile's environment consists of, before it meets the environment of a shell. `${profile}` in a value stands
 * for the root of the profile: its own path, or that of one generation when pinned.
 */
export interface EnvSpec {
  /** Variable to its whole value. */
  readonly set: Readonly<Record<string, string>>;
  /** Path variable to the elements put before what is there, in final order. */
  readonly prepend: Readonly<Record<string, readonly string[]>>;
  /** Path variable to the elements put after what is there, in final order. */
  readonly append: Readonly<Record<string, readonly string[]>>;
}

/** What of a built (or planned) profile the path variables depend on. */
export interface FarmView {
  /** True when the profile has this directory (path relative to its root, `lib/x86_64-linux-gnu`). */
  hasDirectory(path: string): boolean;
  /** Those names of subdirectories of a directory of the profile that are meant; empty when there is none. */
  subdirectories(path: string, isMeant: (name: string) => boolean): readonly string[];
  /** True when the directory itself holds a shared library (`*.so`, `*.so.*`). */
  hasSharedLibrary(path: string): boolean;
}
