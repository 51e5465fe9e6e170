declare const brand: unique symbol;

/** A package's path relative to its store (`root-6.30.02`, `ROOT/6.30.02`); minted by `parsePackageId`. */
export type PackageId = string & { readonly [brand]: 'PackageId' };

/** What a package says about itself; every field may be absent. */
export interface Metadata {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly homepage: string | null;
  readonly license: string | null;
  readonly platform: string | null;
  /** Dependency texts as written: `zlib`, `zlib@^1.2`, `id:zlib-1.2.13`. */
  readonly depends: readonly string[];
  /** Requests (name, or name with range) that may not be in one profile with this package. */
  readonly conflicts: readonly string[];
  /** Names, or `name@version`, that this package also satisfies. */
  readonly provides: readonly string[];
  /** Which package wins a collision, as in Nix: the lower number; absent counts as 5. */
  readonly priority: number | null;
  readonly env: EnvDeclaration | null;
  /** The path it was built for, when it cannot run elsewhere. */
  readonly prefix: string | null;
  /** How programs of it that look at where they lie are made to work from a profile. */
  readonly remedies: Remedies | null;
}

/** Files that a profile holds itself in the place of links, by globs of their paths. Of a file that several match, the last kind counts. */
export interface Remedies {
  /** As copies: a program that looks at where it lies finds the profile. */
  readonly copy: readonly string[];
  /** As a script that sets variables and runs the package's own program. */
  readonly wrap: Readonly<Record<string, EnvDeclaration>>;
  /** As copies with texts replaced; the new ones may contain `${profile}` and `${package}`. */
  readonly rewrite: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Variables that a package declares; texts may contain `${profile}` and `${package}`. */
export interface EnvDeclaration {
  readonly set: Readonly<Record<string, string>>;
  readonly prepend: Readonly<Record<string, readonly string[]>>;
  readonly append: Readonly<Record<string, readonly string[]>>;
}

/** What a listing tells of a package. */
export interface ListedPackage {
  readonly id: PackageId;
  /** Absolute path of the store that holds it. */
  readonly store: string;
  /** Absolute path of the package: store, slash, identifier (a symlink entry is not resolved). */
  readonly path: string;
  readonly name: string;
  /** As written; `null` when nothing tells it. */
  readonly version: string | null;
  /** For an alias: the identifier in the same store that its symlink leads to. */
  readonly aliasOf: PackageId | null;
  /** Why its metadata cannot be used, in words; `null` when all is well. A package with a problem cannot be added. */
  readonly problem: string | null;
}

/** A package as found in a store. */
export interface Package extends ListedPackage {
  readonly metadata: Metadata;
  /** Keys of its metadata that are ignored and look like a field's misspelt. */
  readonly misspelt: readonly string[];
}

/** A store as scanned. */
export interface Store<P extends ListedPackage = Package> {
  /** Absolute path as configured. */
  readonly path: string;
  readonly writable: boolean;
  readonly missing: boolean;
  /** Sorted by identifier. */
  readonly packages: readonly P[];
}

/** The stores of a command in order of precedence: the first wins. */
export type StorePath = readonly Store[];
