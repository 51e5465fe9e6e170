import { NoxError } from '../../errors.js';
import { openForReading, statusFollowed } from '../../fs/disk.js';
import { seal } from '../../fs/sealed.js';
import { createAdmission, LIMITS } from '../archive/admission.js';
import { EXPORT_MANIFEST, type ExportManifest, exportKind } from '../archive/export-manifest.js';
import { END_OF_ARCHIVE, formatTarHeader, paddingOf } from '../archive/tar-header.js';
import type { ContentEntry, ContentFile } from '../contents.js';
import { storedDirectoryMode } from '../stored-mode.js';
import { OWN_FILE } from './read-metadata.js';
import type { Refuse } from './tar-reader.js';

const CHUNK = 512 << 10;

interface ArchiveOptions {
  readonly rootOf: (id: string) => string;
  readonly described: ReadonlyMap<string, Buffer>;
  readonly progress: (entries: number) => void;
}

/**
 * The bytes of an archive of packages: the manifest, then each package with its entries in order, of owner 0, with the times that the manifest
 * has. `rootOf` tells where a package is, `described` what its `nox-package.yaml` is to be instead of what is there, by identifier. The same
 * packages give the same bytes.
 * @throws `not-exportable` for a name that no archive may have, or a file that is not what the manifest says.
 */
export function* archiveOf(manifest: ExportManifest, { rootOf, described, progress }: ArchiveOptions): Generator<Buffer, void> {
  const text = Buffer.from(seal(exportKind, manifest));
  yield formatTarHeader({ name: EXPORT_MANIFEST, linkName: '', mode: 0o644, size: text.length, mtime: 0, kind: '0' });
  yield text;
  yield paddingOf(text.length);
  let done = 0;
  for (const { id, entries } of manifest.packages) {
    const root = rootOf(id);
    const admission = createAdmission({ limits: LIMITS, setId: 'drop', refuse: refusing(root) });
    const mode = storedDirectoryMode(statusFollowed(root)?.mode ?? 0o755, 0o755);
    yield formatTarHeader({ name: `${id}/`, linkName: '', mode, size: 0, mtime: 0, kind: '5' });
    for (const entry of entries) {
      admission.admit({ path: entry.path, type: entry.type, mode: 0o644, size: entry.type === 'file' ? entry.size : 0, text: entry.type === 'symlink' ? entry.text : '' });
      yield* blocksOf(`${id}/${entry.path}`, entry, (entry.path === OWN_FILE ? described.get(id) : undefined) ?? root);
      done += 1;
      progress(done);
    }
  }
  yield END_OF_ARCHIVE;
}

/** Errors of one package. */
const refusing = (root: string): Refuse => (entry, problem) => new NoxError('not-exportable', { package: root, entry, problem });

function* blocksOf(name: string, entry: ContentEntry, from: string | Buffer): Generator<Buffer, void> {
  const { mtime } = entry;
  const mode = entry.mode & 0o777;
  if (entry.type !== 'file') {
    const link = entry.type === 'symlink';
    yield formatTarHeader({ name: link ? name : `${name}/`, linkName: link ? entry.text : '', mode: link ? mode : mode | 0o200, size: 0, mtime, kind: link ? '2' : '5' });
    return;
  }
  yield formatTarHeader({ name, linkName: '', mode, size: entry.size, mtime, kind: '0' });
  if (typeof from === 'string') yield* contentOf(entry, from);
  else yield from;
  yield paddingOf(entry.size);
}

/** The content is hashed again by whoever imports it; here its size must hold, or all that follows would be shifted. */
function* contentOf(entry: ContentFile, root: string): Generator<Buffer, void> {
  const refuse = refusing(root);
  const file = openForReading(`${root}/${entry.path}`);
  if (file === null) throw refuse(entry.path, 'it is no file any longer');
  try {
    for (let position = 0; position < entry.size; ) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, entry.size - position));
      const got = file.read(buffer, position);
      if (got < buffer.length) throw refuse(entry.path, 'it is shorter than the contents of the package say');
      position += got;
      yield buffer;
    }
    if (file.read(Buffer.alloc(1), entry.size) > 0) throw refuse(entry.path, 'it is longer than the contents of the package say');
  } finally {
    file.close();
  }
}
