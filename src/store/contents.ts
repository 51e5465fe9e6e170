/**
 * What a package consists of, entry by entry, and the digest that stands for it. A package's own `.nox/` is no part of its contents,
 * its `nox-package.yaml` is: two packages that say different things of themselves are different packages.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { toBytes } from '../fs/bytes.js';
import type { SealedKind } from '../fs/sealed.js';

/** `path`: relative to the package. `mode`: permission bits. `mtime`: whole seconds since 1970. */
const common = { path: v.string(), mode: v.number(), mtime: v.number() };
const directory = v.object({ type: v.literal('directory'), ...common });
/** `sha256`: 64 hexadecimal digits. */
const file = v.object({ type: v.literal('file'), ...common, size: v.number(), sha256: v.string() });
const symlink = v.object({ type: v.literal('symlink'), ...common, text: v.string() });
const entry = v.variant('type', [directory, file, symlink]);

type ContentDirectory = Readonly<v.InferOutput<typeof directory>>;
export type ContentFile = Readonly<v.InferOutput<typeof file>>;
type ContentSymlink = Readonly<v.InferOutput<typeof symlink>>;
/** One entry of a package. The mode of a symlink is always 0o777. */
export type ContentEntry = ContentDirectory | ContentFile | ContentSymlink;

/** All entries of a package but its root and its `.nox/`, sorted by the bytes of their paths, so that a directory comes before what it holds. */
export type Contents = readonly ContentEntry[];

const schema = v.object({
  /** As {@link digestOf} has it for the entries. */
  digest: v.string(),
  entries: v.pipe(v.array(entry), v.readonly()),
});

/** The contents of a package as they were when it was imported: `.nox/contents.json`. */
export const contentsKind: SealedKind<typeof schema> = { kind: 'contents', version: 1, schema, limit: 400 << 20 };

const provenance = v.object({
  /** What it was imported from: the last component of its path; sha256 of the file, `null` for a directory. */
  source: v.string(),
  format: v.picklist(['directory', 'tar', 'deb', 'conda', 'nox']),
  sha256: v.nullable(v.string()),
  size: v.nullable(v.number()),
  /** RFC 3339, UTC. */
  importedAt: v.string(),
  user: v.string(),
  uid: v.number(),
  host: v.string(),
  /** Version of the nox that did it. */
  nox: v.string(),
  /** What the source holds and the package does not, or holds in another form, in words. */
  notes: v.pipe(v.array(v.string()), v.readonly()),
});

/** Where an imported package came from: `.nox/provenance.json`. */
export type Provenance = Readonly<v.InferOutput<typeof provenance>>;

export const provenanceKind: SealedKind<typeof provenance> = { kind: 'provenance', version: 1, schema: provenance, limit: 4 << 20 };

/** How many entries are no directories, and the bytes of the files among them. */
export function extentOf(contents: Contents): { readonly files: number; readonly bytes: number } {
  const files = contents.filter(({ type }) => type !== 'directory');
  return { files: files.length, bytes: files.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0) };
}

/** The last second that the header of an archive has room for, in the year 2242. */
const LAST_TIME = 8 ** 11 - 1;

/** A time as contents have it, whole seconds since 1970, of one in seconds; what lies beyond is the first or the last that there is. */
export const contentTime = (seconds: number): number => Math.min(Math.max(Math.floor(seconds), 0), LAST_TIME);

const ASCII = /^[\x00-\x7f]*$/;

/** Order of paths by their bytes: that of `LC_ALL=C sort`. */
export function byPath(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(toBytes(a), toBytes(b));
}

/** Entries in the order that {@link Contents} promises. */
export function sortContents(entries: readonly ContentEntry[]): Contents {
  return [...entries].sort((a, b) => byPath(a.path, b.path));
}

/**
 * The digest of contents: `sha256:` and 64 hexadecimal digits, over the line `nox-contents 1` and, for each entry, four fields that
 * each end in NUL: its type; `x` for a file that anybody may execute, else nothing; its path; the SHA-256 of a file or the text of a symlink.
 * Times, owners and all other permission bits are left out, so that a package has one digest wherever it is.
 */
export function digestOf(contents: Contents): string {
  const hash = createHash('sha256').update('nox-contents 1\n');
  for (const one of contents) hash.update(toBytes(canonical(one)));
  return `sha256:${hash.digest('hex')}`;
}

function canonical(one: ContentEntry): string {
  const executable = one.type === 'file' && (one.mode & 0o111) !== 0 ? 'x' : '';
  const what = one.type === 'file' ? one.sha256 : one.type === 'symlink' ? one.text : '';
  return [one.type, executable, one.path, what, ''].join('\0');
}

/** How an entry that is there differs from the one that should be: in words; `null` when it does not. Times do not count. */
export function differenceOf(should: ContentEntry, is: ContentEntry): string | null {
  if (should.type !== is.type) return `is a ${is.type}, was a ${should.type}`;
  if (should.type === 'symlink') return is.type === 'symlink' && is.text !== should.text ? `leads to "${is.text}", led to "${should.text}"` : null;
  if (should.type === 'file' && is.type === 'file') {
    if (is.size !== should.size) return `has ${is.size} bytes, had ${should.size}`;
    if (is.sha256 !== should.sha256) return 'has other content';
  }
  return is.mode === should.mode ? null : `has mode ${octal(is.mode)}, had ${octal(should.mode)}`;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
