import { pathOf, type PlaceFlags } from '../config.js';
import type { Context } from '../context.js';
import { NoxError } from '../errors.js';
import { compress, type Compression } from '../fs/compression.js';
import { archiveTarget, publishArchive } from '../fs/archive-file.js';
import { writeStream } from '../fs/new-files.js';
import { byName, display, fromBytes } from '../fs/bytes.js';
import { interruptible, paced, type Pause, pausing, withdrawable } from '../interrupt.js';
import { statusFollowed } from '../fs/disk.js';
import { sha256 } from '../fs/sha256.js';
import type { ExportManifest } from '../store/archive/export-manifest.js';
import { type ContentEntry, type Contents, contentTime, digestOf, sortContents } from '../store/contents.js';
import { isMap } from '../store/fields.js';
import { provenanceOf, readContents, sealedContents } from '../store/io/read-contents.js';
import { readInside } from '../store/io/read-inside.js';
import { OWN_FILE } from '../store/io/read-metadata.js';
import type { ScannedStore } from '../store/io/scan.js';
import { archiveOf } from '../store/io/tar-writer.js';
import { parseYaml, YAML_LIMIT } from '../store/io/yaml-file.js';
import { overlayMetadata } from '../store/overlay-metadata.js';
import type { Package } from '../store/package.js';
import { resolve } from '../store/resolve/resolve.js';
import { isClosed } from '../store/stored-mode.js';
import { readStores } from './read-stores.js';
import { selectPackages } from './select-packages.js';

interface ExportOptions {
  readonly requests: readonly string[];
  /** With all that they depend on, as a profile of them would have it. */
  readonly closure: boolean;
  /** As typed. */
  readonly output: string;
  readonly dryRun: boolean;
}

export interface ExportResult {
  readonly dryRun: boolean;
  readonly file: string;
  /** `null` for a dry run. */
  readonly sha256: string | null;
  readonly size: number | null;
  readonly packages: ReadonlyArray<{ readonly id: string; readonly store: string; readonly digest: string; readonly entries: number }>;
}

const SUFFIXES: ReadonlyArray<readonly [RegExp, Compression | null]> = [[/\.tar$/, null], [/\.(tar\.gz|tgz)$/, 'gzip'], [/\.(tar\.zst|tzst)$/, 'zstd'], [/\.(tar\.xz|txz)$/, 'xz']];

/**
 * `export PKG… -o FILE`: one archive of packages, complete from the first moment that the file has its name; the same packages give the same bytes.
 * @throws `no-such-package`, `usage` for a suffix that says no format, `no-such-file` for a missing directory, `special-file`, `not-exportable`, `damaged`, `package-unusable`, what the resolver refuses.
 */
export async function exportPackages(context: Context, flags: PlaceFlags, options: ExportOptions): Promise<ExportResult> {
  const file = pathOf(context, options.output);
  const format = SUFFIXES.find(([suffix]) => suffix.test(file));
  if (format === undefined) throw new NoxError('usage', { problem: `"${options.output}" says no format: it ends in .tar, .tar.gz, .tar.zst or .tar.xz`, command: null });
  const target = archiveTarget(file);
  const stores = await readStores(context, flags);
  const packages = chosen(options, () => (options.closure ? closureOf(stores, options.requests) : selectPackages(stores, options.requests)));
  const described: Described[] = [];
  for (const pkg of packages) {
    // The times of a package that was imported are those of its manifest; what it holds is what is there.
    const contents = await readContents(pkg.path, pkg.id);
    const digest = digestOf(contents);
    const sealed = sealedContents(pkg.path);
    if (sealed !== null && digestOf(sealed) !== digest) throw new NoxError('damaged', { path: pkg.path, problem: 'it is not what was imported any longer', package: pkg.id });
    const entries = (sealed ?? contents).map((entry) => ({ ...entry, mtime: contentTime(entry.mtime) }));
    described.push(withStoreMetadata({ pkg, exported: { id: pkg.id, digest, entries, provenance: provenanceOf(pkg.path) }, own: null }, stores));
  }
  const manifest: ExportManifest = { count: described.reduce((sum, { exported }) => sum + exported.entries.length, 0), packages: described.map(({ exported }) => exported) };
  const rootOf = new Map(described.map(({ pkg }) => [pkg.id as string, pkg.path]));
  const progress = (done: number): void => context.progress.update('exporting', done, manifest.count);
  const own = new Map(described.flatMap(({ pkg, own: text }) => (text === null ? [] : [[pkg.id as string, text] as const])));
  if (own.size > 0) context.say(`what nox-store.yaml says of ${display([...own.keys()].join(', '))} goes along in ${own.size === 1 ? 'its' : 'their'} nox-package.yaml`);
  const bytes = (pause: Pause): AsyncIterable<Buffer> => pausing(archiveOf(manifest, { rootOf: (id) => rootOf.get(id) ?? '', described: own, progress }), paced(pause));
  const coding = { path: context.environment['PATH'] ?? '/usr/bin:/bin', refuse: (problem: string) => new NoxError('file-system', { step: 'compress', path: file, reason: problem, errno: 5, state: null, profile: null }) };
  const closed = described.filter(({ pkg, exported }) => isClosedSomewhere(pkg, exported.entries)).map(({ pkg }) => pkg.id);
  if (closed.length > 0) context.say(`${display(closed.join(', '))} ${closed.length === 1 ? 'has' : 'have'} files that are closed to others, so nobody but you ${options.dryRun ? 'could' : 'can'} read the archive`);
  const chunks = (pause: Pause): AsyncIterable<Buffer> => (format[1] === null ? bytes(pause) : compress(format[1], bytes(pause), coding));
  const written = options.dryRun ? null : await interruptible((pause) => withdrawable(pause, () => publishArchive({ target, pause }, (draft) => writeStream(draft, chunks(pause), closed.length > 0 ? { mode: 0o600 } : null, file))));
  return {
    dryRun: options.dryRun, file, sha256: written?.sha256 ?? null, size: written?.size ?? null,
    packages: described.map(({ pkg, exported }) => ({ id: pkg.id, store: pkg.store, digest: exported.digest, entries: exported.entries.length })),
  };
}

/** A package as it goes into the archive; `own` is the `nox-package.yaml` that it is to have instead of what is there. */
interface Described {
  readonly pkg: Package;
  readonly exported: ExportManifest['packages'][number];
  readonly own: Buffer | null;
}

/** What the store's file says of a package, which is nothing at another site, becomes what the package says. @throws `package-unusable`. */
function withStoreMetadata({ pkg, exported, own }: Described, stores: readonly ScannedStore[]): Described {
  const said = stores.find(({ path }) => path === pkg.store)?.config.packages.get(pkg.aliasOf ?? pkg.id);
  if (said === undefined || Object.keys(said.metadata).length === 0) return { pkg, exported, own };
  if (pkg.problem !== null) throw new NoxError('package-unusable', { id: pkg.id, store: pkg.store, problem: pkg.problem });
  const reading = readInside(pkg.path, OWN_FILE, YAML_LIMIT);
  const value = Buffer.isBuffer(reading) ? parseYaml(fromBytes(reading)).value : null;
  const text = Buffer.from(overlayMetadata(isMap(value) ? value : null, said.metadata));
  const before = exported.entries.find(({ path }) => path === OWN_FILE);
  const mtime = before?.mtime ?? exported.entries.reduce((latest, entry) => Math.max(latest, entry.mtime), 0);
  const file: ContentEntry = { type: 'file', path: OWN_FILE, mode: before?.type === 'file' ? before.mode : 0o444, mtime, size: text.length, sha256: sha256(text) };
  const entries = sortContents([...exported.entries.filter((entry) => entry !== before), file]);
  return { pkg, exported: { ...exported, entries, digest: digestOf(entries) }, own: text };
}

/** Sorted by identifier; one identifier can be in an archive only once. */
function chosen(options: ExportOptions, choose: () => readonly Package[]): Package[] {
  const packages = [...choose()].sort((a, b) => byName(a.id, b.id));
  const twice = packages.find((pkg, at) => packages[at - 1]?.id === pkg.id);
  if (twice !== undefined) throw new NoxError('two-of-one-name', { name: twice.id, requests: options.requests });
  return packages;
}

function isClosedSomewhere({ path }: Package, entries: Contents): boolean {
  return isClosed('directory', statusFollowed(path)?.mode ?? 0) || entries.some(({ type, mode }) => type !== 'symlink' && isClosed(type, mode));
}

function closureOf(stores: Parameters<typeof resolve>[0], requests: readonly string[]): readonly Package[] {
  return resolve(stores, { profile: 'export', installed: [], add: requests, del: [], upgrade: [] }).packages.map(({ pkg }) => pkg);
}
