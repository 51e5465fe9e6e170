import { readHead } from '../../fs/byte-reader.js';
import { statusFollowed } from '../../fs/disk.js';
import { NoxError } from '../../errors.js';
import { compressionOf } from '../../fs/compression.js';
import { BLOCK, parseTarHeader } from '../archive/tar-header.js';
import { unpackConda } from './unpack-conda.js';
import { unpackDeb } from './unpack-deb.js';
import { unpackDirectory } from './unpack-directory.js';
import { refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';
import { unpackTar } from './unpack-tar.js';

/**
 * Unpacks whatever a source is, by its content and not by its name, into a private directory. Nothing of it is executed, nothing is written
 * outside, no symlink is made.
 * @throws `not-importable` naming the entry, `no-such-file`, `program-missing`, `damaged`; what the file system refuses.
 */
export async function unpackSource(job: UnpackJob): Promise<UnpackedPackage[]> {
  const found = statusFollowed(job.source);
  if (found === null) throw new NoxError('no-such-file', { path: job.source });
  if (found.type === 'directory') return [await unpackDirectory(job)];
  if (found.type !== 'file') throw refuseOf(job.source)(null, 'it is neither a file nor a directory');
  const head = readHead(job.source, 512);
  if (head.subarray(0, 8).toString('latin1') === '!<arch>\n') return [await unpackDeb(job)];
  if (head.subarray(0, 4).toString('latin1') === 'PK\x03\x04') return [await unpackConda(job)];
  if (head.every((byte) => byte === 0)) throw refuseOf(job.source)(null, 'it is empty');
  if (compressionOf(head) === null && !isTarHead(head)) throw refuseOf(job.source)(null, 'it is neither a directory, a tar archive (plain, gzip, xz, zstd, bzip2), a .deb nor a conda package');
  return await unpackTar(job);
}

/** By the magic, be the header damaged; archives from before there was one by a header that is right. */
const isTarHead = (head: Buffer): boolean => head.toString('latin1', 257, 262) === 'ustar' || (head.length === BLOCK && typeof parseTarHeader(head) !== 'string');
