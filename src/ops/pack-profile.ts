import { pathOf } from '../config.js';
import type { Context } from '../context.js';
import { packedScripts } from '../env/ready/packed.js';
import { NoxError } from '../errors.js';
import { byName } from '../fs/bytes.js';
import { archiveTarget } from '../fs/archive-file.js';
import { statusFollowed } from '../fs/disk.js';
import { seal } from '../fs/sealed.js';
import { ownEntries, type ScannedPack, scanPack } from '../profile/io/pack/scan-pack.js';
import { writePack } from '../profile/io/pack/write-pack.js';
import { dropLease, type OwnLease, takeLease } from '../profile/io/lease.js';
import { nameOf, type ProfileState, selectorOf } from '../profile/io/read-profile.js';
import type { Manifest } from '../profile/manifest.js';
import type { OutsideWay, PackEntry } from '../profile/pack/entry.js';
import { formatOfName, PACK_FORMATS, type PackFormat } from '../profile/pack/format.js';
import { packedSpec, placePackages, type PlacedPackage } from '../profile/pack/place.js';
import { packKind } from '../profile/pack/record.js';
import { openProfile, type ProfileSelection } from './find-profile.js';
import { interruptible, type Interruption, paced, withdrawable } from '../interrupt.js';
import { userName } from '../user-name.js';

interface PackRequest {
  readonly selection: ProfileSelection;
  /** The file to make. */
  readonly output: string;
  /** Where the name of the file does not tell. */
  readonly format: PackFormat | undefined;
  readonly outside: OutsideWay;
  readonly dryRun: boolean;
}

export interface PackResult {
  readonly profile: string;
  readonly generation: number;
  readonly path: string;
  readonly format: PackFormat;
  readonly packages: readonly string[];
  readonly files: number;
  /** Of all files before compression; each inode once. */
  readonly contentBytes: number;
  /** Size and digest of the pack; `null` for a dry run. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** What links led to outside of all packages and is packed too. */
  readonly outside: readonly { readonly source: string; readonly path: string }[];
  /** Sockets, pipes and devices, which are left out. */
  readonly leftOut: readonly string[];
  readonly dryRun: boolean;
}

/** A request with its form and the file to make. */
interface Determined extends PackRequest {
  readonly format: PackFormat;
  readonly target: string;
}

/**
 * Packs one generation with all of its packages into one file that needs neither stores nor nox. A lease holds the generation and
 * its packages meanwhile.
 * @throws `links-outside`, `program-missing`, `pack-failed`, `package-gone`, `interrupted`, and what reading the profile throws.
 */
export async function packProfile(context: Context, request: PackRequest): Promise<PackResult> {
  if (request.output === '-') throw new NoxError('usage', { problem: 'a pack is not written to standard output; name a file (./- for one of that name)', command: null });
  const format = request.format ?? formatOfName(request.output);
  if (format === null) throw new NoxError('usage', { problem: `the name "${request.output}" does not tell the form of the pack; add --format ${PACK_FORMATS.join('|')}`, command: null });
  const target = archiveTarget(pathOf(context, request.output));
  const state = openProfile(context, request.selection);
  return interruptible((pause, come) => withdrawable(pause, () => packState(context, { ...request, format, target }, { state, interruption: { pause: paced(pause), come } })));
}

async function packState(context: Context, request: Determined, { state, interruption }: { readonly state: ProfileState; readonly interruption: Interruption }): Promise<PackResult> {
  const { format, target } = request;
  const lease = request.dryRun ? null : leaseOn(context, state);
  try {
    const placed = placePackages(state.manifest.packages);
    const scanned = await scanPack({ tree: state.tree, placed, outside: request.outside, profile: selectorOf(state.ref), progress: context.progress, pause: interruption.pause });
    if (scanned.refused.length > 0) throw new NoxError('links-outside', { profile: selectorOf(state.ref), links: [...scanned.refused].sort((a, b) => byName(a.path, b.path)), output: request.output });
    const entries = allEntries(state.manifest, placed, scanned);
    const digest = request.dryRun ? null : await writePack({
      entries, format, target, top: `${state.ref.name}-${state.manifest.number}`, epoch: epochOf(context, state.manifest),
      now: Math.floor(context.now().getTime() / 1000), environment: context.environment, progress: context.progress, interruption,
    });
    return describe(state, entries, { ...request, scanned, digest });
  } finally {
    if (lease !== null) dropLease(lease);
  }
}

function leaseOn(context: Context, { path, ref, tree, manifest }: ProfileState): OwnLease | null {
  try {
    const lease = takeLease(ref.home, { profile: path, generation: manifest.number, tree, user: userName(), job: null }, context.now());
    if (statusFollowed(tree) === null) {
      dropLease(lease);
      throw new NoxError('no-such-generation', { profile: selectorOf(ref), generation: manifest.number, existing: [] });
    }
    return lease;
  } catch (error) {
    if (!(error instanceof NoxError) || error.code !== 'not-permitted') throw error;
    // A release is never pruned.
    if (manifest.kind !== 'release') context.say(`${error.message}; "${selectorOf(ref)}" is packed without a lease`);
    return null;
  }
}

function allEntries({ profile, number, createdAt, env, omit, packages }: Manifest, placed: readonly PlacedPackage[], { entries, copied }: ScannedPack): PackEntry[] {
  const record = seal(packKind, {
    profile, generation: number, createdAt,
    packages: packages.map(({ id, name, version, store, requested }, at) => ({ id, name, version, store, requested, path: placed[at]?.place ?? '' })),
    outside: copied.map(({ physical, place }) => ({ source: physical, path: place })),
  });
  const scripts = packedScripts({ spec: packedSpec(env, placed), omit });
  const taken = new Set(entries.map(({ path }) => path));
  const own = ownEntries(scripts, record, (path) => taken.has(path));
  return [...entries.filter(({ path }) => path !== own[0]?.path), ...own].sort((a, b) => byName(a.path, b.path));
}

/** Seconds since 1970 for what has no time of its own. */
function epochOf({ environment }: Context, { createdAt }: Manifest): number {
  const given = environment['SOURCE_DATE_EPOCH'] ?? '';
  return /^\d{1,10}$/.test(given) ? Number(given) : Math.floor(Date.parse(createdAt) / 1000);
}

interface Outcome extends Pick<Determined, 'dryRun' | 'format' | 'target'> {
  readonly scanned: ScannedPack;
  readonly digest: { readonly sha256: string; readonly bytes: number } | null;
}

function describe({ ref, manifest }: ProfileState, entries: readonly PackEntry[], { format, target, scanned, digest, dryRun }: Outcome): PackResult {
  return {
    profile: nameOf(ref),
    generation: manifest.number,
    path: target,
    format,
    packages: manifest.packages.map(({ id }) => id),
    files: entries.filter(({ op }) => op !== 'directory').length,
    contentBytes: entries.reduce((sum, entry) => sum + (entry.op === 'file' ? entry.size : entry.op === 'text' ? entry.content.length : 0), 0),
    bytes: digest?.bytes ?? null,
    sha256: digest?.sha256 ?? null,
    outside: scanned.copied.map(({ physical, place }) => ({ source: physical, path: place })),
    leftOut: scanned.special,
    dryRun,
  };
}
