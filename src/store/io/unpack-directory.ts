import { basename, posix } from 'node:path';
import { byName } from '../../fs/bytes.js';
import { openForReading, readDirectory, readFileCapped, readLink, realPath, status, statusFollowed, type Status } from '../../fs/disk.js';
import { NOX } from '../../layout.js';
import { createAdmission } from '../archive/admission.js';
import { contentTime } from '../contents.js';
import { leadsOut } from '../link-text.js';
import type { Refuse, TarOffer, TarVisitor } from './tar-reader.js';
import { createTreeWriter } from './tree-writer.js';
import { refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';

const SMALL = 1 << 20;

/**
 * Copies a directory that is to become a package; a `.nox/` at its top, of a package of another store, is left behind. Absolute symlinks into
 * the directory become relative.
 * @throws `not-importable`; what cannot be read.
 */
export async function unpackDirectory(job: UnpackJob): Promise<UnpackedPackage> {
  const refuse = refuseOf(job.source);
  const sources = [job.source, realPath(job.source) ?? job.source];
  const tree = createTreeWriter(job.workshop, { admission: createAdmission({ limits: job.limits, setId: 'refuse', refuse }), refuse, pause: job.pause, linkText: (at, text) => inside(sources, at, text) });
  // The source may be a link to the directory.
  tree.visitor.other({ path: './', type: 'directory', mode: statusFollowed(job.source)?.mode ?? 0o700, size: 0, text: '', mtime: 0 });
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    await job.pause();
    const entries = readDirectory(at === '' ? job.source : `${job.source}/${at}`).sort((a, b) => byName(a.name, b.name));
    for (const { name } of entries) {
      if (at === '' && name === NOX) continue;
      const path = at === '' ? name : `${at}/${name}`;
      const found = status(`${job.source}/${path}`);
      if (found === null) throw refuse(path, 'it went away while it was read');
      await offer(tree.visitor, { source: job.source, path, found, refuse });
      if (found.type === 'directory') pending.push(path);
    }
  }
  await tree.flush();
  return {
    source: job.source, format: 'directory', id: basename(job.source), root: tree.root, rootMode: tree.rootMode, entries: tree.entries, links: tree.links, notes: tree.notes,
    sha256: null, size: null, metadata: {}, control: null, exported: null,
  };
}

interface Origin {
  readonly source: string;
  readonly path: string;
  readonly found: Status;
  readonly refuse: Refuse;
}

async function offer(visitor: TarVisitor, { source, path, found, refuse }: Origin): Promise<void> {
  const at = `${source}/${path}`;
  const base: TarOffer = { path, type: found.type, mode: found.mode, size: 0, text: '', mtime: contentTime(found.mtimeMs / 1000) };
  if (found.type === 'symlink') return visitor.other({ ...base, text: readLink(at) });
  if (found.type !== 'file') return visitor.other(base);
  if (found.size > SMALL) return visitor.large({ ...base, size: found.size }, chunksOf(at, () => refuse(path, 'it changed while it was read')));
  const content = readFileCapped(at, SMALL, { follow: false });
  if (!Buffer.isBuffer(content)) throw refuse(path, 'it changed while it was read');
  await visitor.small({ ...base, size: content.length }, content);
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* chunksOf(path: string, changed: () => Error): AsyncGenerator<Buffer, void> {
  const file = openForReading(path);
  if (file === null) throw changed();
  try {
    for (let position = 0; ; ) {
      const buffer = Buffer.allocUnsafe(SMALL);
      const got = file.read(buffer, position);
      if (got === 0) return;
      position += got;
      yield buffer.subarray(0, got);
    }
  } finally {
    file.close();
  }
}

/** The text of a symlink that leads into the source, which has these paths, made relative. */
function inside(sources: readonly string[], at: string, text: string): string {
  if (!text.startsWith('/')) return text;
  const clean = posix.normalize(text).replace(/(?<=.)\/$/, '');
  const root = sources.find((source) => clean === source || clean.startsWith(`${source}/`));
  if (root === undefined) return text;
  // Behind a link, `..` is not the directory before it: it stays wherever it does not lead out.
  const written = text.startsWith(`${root}/`) ? text.slice(root.length).replace(/^\/+/, '') : '..';
  const rest = leadsOut('', written) ? clean.slice(root.length + 1) : written;
  return `${'../'.repeat(at.split('/').length - 1)}${rest}` || '.';
}
