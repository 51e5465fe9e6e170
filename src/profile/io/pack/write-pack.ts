import type { Environment, Progress } from '../../../context.js';
import { NoxError } from '../../../errors.js';
import type { Interruption } from '../../../interrupt.js';
import { publishArchive } from '../../../fs/archive-file.js';
import { openForReading } from '../../../fs/disk.js';
import { digestFile, fileSink, type ProgramFailure, programSink, type Sink } from '../../../fs/stream.js';
import type { PackEntry } from '../../pack/entry.js';
import type { PackFormat } from '../../pack/format.js';
import { tarEnd, tarHeader, tarPadding } from '../../pack/tar.js';

interface WriteRequest {
  readonly entries: readonly PackEntry[];
  readonly format: PackFormat;
  /** The file to make, as `archiveTarget` told it. */
  readonly target: string;
  /** The directory that everything lies in, for tars. */
  readonly top: string;
  /** Seconds since 1970 for all that has no time of its own. */
  readonly epoch: number;
  /** The time of the day, in the same unit. */
  readonly now: number;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly interruption: Interruption;
}

/**
 * Writes a pack, which appears whole. The same entries give the same bytes.
 * @throws `program-missing`, `pack-failed`, `not-permitted`, `file-system`, `interrupted`.
 */
export function writePack(request: WriteRequest): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const { target, interruption: { pause } } = request;
  return publishArchive({ target, pause }, async (draft) => {
    if (request.format === 'squashfs') await writeImage(request, draft);
    else await writeTar(request, sinkOf(request.format, request.environment, draft));
    return digestFile(draft, pause);
  });
}

/** Makes an image, and decompresses all of it once: what cannot be read is never put in place. */
async function writeImage(request: WriteRequest, draft: string): Promise<void> {
  await writeTar(request, imageSink(request, draft));
  // It takes a name for a file to write to, `-` as well.
  await untilEnd(programSink({ name: 'unsquashfs', words: ['-pf', '/dev/null', draft], environment: request.environment, failure: failureOf('squashfs-tools') }, null), request, () => Promise.resolve());
}

/** Fills a sink and ends it, or gives it up when that fails or a signal comes. */
async function untilEnd(sink: Sink, { interruption }: WriteRequest, fill: () => Promise<void>): Promise<void> {
  try {
    await fill();
    await Promise.race([sink.end(), interruption.come]);
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function writeTar(request: WriteRequest, sink: Sink): Promise<void> {
  const { entries, format, top, epoch, progress, interruption: { pause } } = request;
  const rooted = format === 'squashfs' ? (path: string) => path : (path: string) => (path === '' ? top : `${top}/${path}`);
  let length = 0;
  const write = async (piece: Buffer): Promise<void> => {
    length += piece.length;
    await pause();
    await sink.write(piece);
  };
  return untilEnd(sink, request, async () => {
    if (format !== 'squashfs') await write(headerOf({ op: 'directory', path: '', mode: 0o755 }, rooted, epoch));
    for (const [at, entry] of entries.entries()) {
      progress.update('packing', at, entries.length);
      await write(headerOf(entry, rooted, epoch));
      if (entry.op === 'text') await write(Buffer.concat([entry.content, tarPadding(entry.content.length)]));
      else if (entry.op === 'file') await writeContent(entry, write);
    }
    await sink.write(tarEnd(length));
  });
}

function headerOf(entry: PackEntry, rooted: (path: string) => string, epoch: number): Buffer {
  const common = { path: rooted(entry.path), mtime: epoch, size: 0, target: '' };
  switch (entry.op) {
    case 'directory': return tarHeader({ ...common, type: 'directory', mode: entry.mode });
    case 'symlink': return tarHeader({ ...common, type: 'symlink', mode: 0o777, target: entry.text });
    case 'hard-link': return tarHeader({ ...common, type: 'hard-link', mode: 0o644, target: rooted(entry.to) });
    case 'text': return tarHeader({ ...common, type: 'file', mode: 0o644, size: entry.content.length });
    case 'file': return tarHeader({ ...common, type: 'file', mode: entry.mode, mtime: entry.mtime, size: entry.size });
  }
}

const CHUNK = 1 << 20;

async function writeContent({ source, size }: PackEntry & { op: 'file' }, write: (piece: Buffer) => Promise<void>): Promise<void> {
  const changed = (): NoxError => new NoxError('pack-failed', { problem: `"${source}" changed while it was packed`, hint: 'run it again' });
  const file = openForReading(source);
  if (file === null) throw changed();
  try {
    let at = 0;
    while (at < size) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
      const got = file.read(buffer, at);
      if (got < buffer.length) throw changed();
      await write(buffer);
      at += got;
    }
    if (file.read(Buffer.alloc(1), size) > 0) throw changed();
    await write(tarPadding(size));
  } finally {
    file.close();
  }
}

function sinkOf(format: Exclude<PackFormat, 'squashfs'>, environment: Environment, draft: string): Sink {
  switch (format) {
    case 'tar':
    case 'tar.gz': return fileSink(draft, { gzip: format === 'tar.gz' });
    case 'tar.zst': return programSink({ name: 'zstd', words: ['-q', '-c', '-T0'], environment, failure: failureOf('zstd') }, draft);
  }
}

function imageSink({ entries, epoch, now, environment }: WriteRequest, draft: string): Sink {
  // mksquashfs gives later times this one: it must not be earlier than any file, or Python takes its .pyc files for stale. Nor may it
  // lie in the future, or the image's own directory gets the time of the day.
  const newest = entries.reduce((latest, entry) => (entry.op === 'file' && entry.mtime <= now ? Math.max(latest, entry.mtime) : latest), epoch);
  // On a busy machine the search for duplicates of mksquashfs 4.5.1 makes images that cannot be read, and it reports success; what is one inode is one file anyway.
  const words = ['-', draft, '-tar', '-comp', 'lz4', '-b', '128K', '-no-duplicates', '-root-mode', '755', '-noappend', '-no-xattrs', '-no-progress', '-quiet'];
  return programSink({ name: 'mksquashfs', words, environment: { ...environment, SOURCE_DATE_EPOCH: String(newest) }, failure: failureOf('squashfs-tools') }, null);
}

const failureOf = (debian: string) => (failure: ProgramFailure): NoxError =>
  failure.missing
    ? new NoxError('program-missing', { program: failure.program, debian, purpose: 'writing this form of pack' })
    : new NoxError('pack-failed', { problem: `${failure.program}: ${failure.said || 'it failed and said nothing'}`, hint: null });
