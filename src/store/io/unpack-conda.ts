import { openStream } from '../../fs/byte-reader.js';
import { fromBytes } from '../../fs/bytes.js';
import { compressionOf } from '../../fs/compression.js';
import { readFileCapped } from '../../fs/disk.js';
import { pausing } from '../../interrupt.js';
import { createAdmission } from '../archive/admission.js';
import { describeConda } from '../conda-package.js';
import { moveDirectory } from './rebase-tree.js';
import { readTar } from './tar-reader.js';
import { createTreeWriter, type TreeWriter } from './tree-writer.js';
import { decompressing, refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';
import { memberChunks, readZip } from './zip.js';

/** Bytes of one file that describes a package. */
const DESCRIPTION_LIMIT = 64 << 20;

/** True for a tree with what conda writes into each package. */
export function isCondaTree({ entries }: Pick<TreeWriter, 'entries'>): boolean {
  return entries.get('info/index.json')?.type === 'file' && (entries.has('info/files') || entries.has('info/paths.json'));
}

/** Unpacks a `.conda` file: a zip archive of compressed tar archives. @throws `not-importable`, `program-missing`. */
export async function unpackConda(job: UnpackJob): Promise<UnpackedPackage> {
  const refuse = refuseOf(job.source);
  const digest = await digestOfFile(job);
  const members = await readZip(job.source, digest.size, refuse);
  const archives = members.filter(({ name }) => /^(pkg|info)-[^/]*\.tar\.(zst|bz2|gz)$/.test(name));
  if (archives.length !== 2) throw refuse(null, 'it does not hold one pkg-….tar and one info-….tar, so it is no conda package');
  const tree = createTreeWriter(job.workshop, { admission: createAdmission({ limits: job.limits, setId: 'refuse', refuse }), refuse, pause: job.pause });
  for (const member of archives) {
    const chunks = memberChunks(job.source, member, refuse);
    const first = await chunks.next();
    const head = first.done === true ? Buffer.alloc(0) : first.value;
    const reader = decompressing(job, compressionOf(head), (async function* () {
      yield head;
      yield* chunks;
    })());
    try {
      await readTar(reader, tree.visitor, refuse);
    } finally {
      await reader.close();
    }
  }
  await tree.flush();
  if (!isCondaTree(tree)) throw refuse(null, 'it has no info/index.json, so it is no conda package');
  return condaOf(job, tree, digest);
}

async function digestOfFile({ source, pause }: UnpackJob): Promise<{ readonly sha256: string; readonly size: number }> {
  const stream = openStream(source);
  if (stream === null) throw refuseOf(source)(null, 'it is not a regular file');
  for await (const chunk of pausing(stream.chunks, pause)) if (chunk.length === 0) break;
  return stream.digest();
}

/**
 * The package of a tree as conda packs it. Its `info/`, which each has, goes to `share/conda/<name>-<version>-<build>/`, so that packages do
 * not collide.
 * @throws `not-importable`.
 */
export function condaOf(job: UnpackJob, tree: TreeWriter, file: { readonly sha256: string; readonly size: number }): UnpackedPackage {
  const refuse = refuseOf(job.source);
  const text = (name: string): string | null => {
    // The tree has no symlinks yet, so this is one of its own files.
    if (tree.entries.get(`info/${name}`)?.type !== 'file') return null;
    const bytes = readFileCapped(`${tree.root}/info/${name}`, DESCRIPTION_LIMIT, { follow: false });
    if (!Buffer.isBuffer(bytes)) throw refuse(`info/${name}`, `it is larger than ${DESCRIPTION_LIMIT} bytes`);
    return fromBytes(bytes);
  };
  const described = describeConda({ index: text('index.json'), about: text('about.json'), paths: text('paths.json'), hasPrefix: text('has_prefix'), link: text('link.json') }, (path) => tree.entries.has(path));
  if (typeof described === 'string') throw refuse(null, described);
  const { distribution, metadata, notes } = described;
  const place = `share/conda/${distribution}`;
  if (tree.entries.has(place) || tree.links.has(place) || tree.links.has('share') || tree.links.has('share/conda')) throw refuse(place, 'nox keeps what conda says of the package there');
  moveDirectory(tree, 'info', place);
  const { root, rootMode, entries, links } = tree;
  return { source: job.source, format: 'conda', id: distribution, root, rootMode, entries, links, notes: [...tree.notes, ...notes], ...file, metadata, control: null, exported: null };
}

