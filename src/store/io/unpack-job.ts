import { NoxError } from '../../errors.js';
import { type ByteReader, createByteReader } from '../../fs/byte-reader.js';
import { type Compression, decompress } from '../../fs/compression.js';
import { type Limits } from '../archive/admission.js';
import type { Contents, Provenance } from '../contents.js';
import type { Control } from '../debian/control.js';
import type { PartialMetadata } from '../metadata.js';
import type { Refuse } from './tar-reader.js';
import type { Pause } from '../../interrupt.js';
import type { PlannedTree } from './tree-writer.js';

/** One source to unpack. */
export interface UnpackJob {
  /** Absolute path. */
  readonly source: string;
  /** An empty directory of the caller's own. */
  readonly workshop: string;
  /** The caller's `PATH`, for the programs that decompress. */
  readonly path: string;
  readonly limits: Limits;
  /** Called often. */
  readonly pause: Pause;
}

/** A package as it was unpacked: its files are written, its symlinks are not. */
export interface UnpackedPackage extends PlannedTree {
  readonly source: string;
  readonly format: Provenance['format'];
  /** The identifier that the source tells. */
  readonly id: string;
  readonly notes: readonly string[];
  /** Of the source; `null` for a directory. */
  readonly sha256: string | null;
  readonly size: number | null;
  /** What the source says of itself in another form than `nox-package.yaml`. */
  readonly metadata: PartialMetadata;
  /** Of a Debian package: its links are to be mended. */
  readonly control: Control | null;
  /** Of an archive that nox exported: what it is to be. */
  readonly exported: { readonly digest: string; readonly entries: Contents; readonly provenance: Provenance | null } | null;
}

/** Errors of one source. */
export function refuseOf(source: string): Refuse {
  return (entry, problem) => new NoxError('not-importable', { source, entry, problem });
}

/** Reads decompressed chunks, and refuses what expands without measure. */
export function decompressing(job: UnpackJob, kind: Compression | null, input: AsyncIterable<Buffer>): ByteReader {
  if (kind === null) return createByteReader(input);
  const refuse = refuseOf(job.source);
  const counted = { bytes: 0 };
  async function* counting(): AsyncGenerator<Buffer, void> {
    for await (const chunk of input) {
      counted.bytes += chunk.length;
      yield chunk;
    }
  }
  async function* measured(): AsyncGenerator<Buffer, void> {
    let size = 0;
    for await (const chunk of decompress(kind as Compression, counting(), { path: job.path, refuse: (problem) => refuse(null, problem) })) {
      size += chunk.length;
      if (size > job.limits.expansionFrom && size > counted.bytes * job.limits.expansion) throw refuse(null, `it expands to more than ${job.limits.expansion} times its size`);
      yield chunk;
    }
  }
  return createByteReader(measured());
}
