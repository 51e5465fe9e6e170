import { basename } from 'node:path';
import { openStream, readHead } from '../../fs/byte-reader.js';
import { compressionOf } from '../../fs/compression.js';
import { createAdmission } from '../archive/admission.js';
import { EXPORT_MANIFEST } from '../archive/export-manifest.js';
import { readTar, type TarOffer, type TarVisitor } from './tar-reader.js';
import { createTreeWriter, type TreeWriter } from './tree-writer.js';
import { condaOf, isCondaTree } from './unpack-conda.js';
import { beginExport, type ExportTrees } from './unpack-export.js';
import { decompressing, refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';
import { withoutTop } from './rebase-tree.js';

/** Bytes of a manifest that is read into memory. */
const MANIFEST_LIMIT = 400 << 20;

/** Unpacks a tar archive: one package, a conda package, or those that nox exported. @throws `not-importable`, `damaged`, `program-missing`. */
export async function unpackTar(job: UnpackJob): Promise<UnpackedPackage[]> {
  const refuse = refuseOf(job.source);
  const stream = openStream(job.source);
  if (stream === null) throw refuse(null, 'it is not a regular file');
  const reader = decompressing(job, compressionOf(readHead(job.source, 16)), stream.chunks);
  const chosen = chooseByFirst(job);
  try {
    await readTar(reader, chosen.visitor, refuse);
  } finally {
    await reader.close();
    await stream.chunks.return();
  }
  if (chosen.exported() !== null) return await (chosen.exported() as ExportTrees).finish(stream.digest());
  const tree = chosen.tree();
  if (tree === null) throw refuse(null, 'it holds nothing');
  await tree.flush();
  if (isCondaTree(tree)) return [condaOf(job, tree, stream.digest())];
  const { name, ...placed } = withoutTop(tree, refuse);
  return [{ source: job.source, format: 'tar', id: name ?? nameOf(job.source), ...placed, notes: tree.notes, ...stream.digest(), metadata: {}, control: null, exported: null }];
}

const nameOf = (source: string): string => basename(source).replace(/\.(tar(\.(gz|xz|zst|bz2))?|tgz|txz|tzst|tbz2?)$/i, '');

interface Choice {
  readonly visitor: TarVisitor;
  readonly exported: () => ExportTrees | null;
  readonly tree: () => TreeWriter | null;
}

/** What an archive is, its first entry says. */
function chooseByFirst(job: UnpackJob): Choice {
  const refuse = refuseOf(job.source);
  let exported: ExportTrees | null = null;
  let tree: TreeWriter | null = null;
  const isFirst = (offer: TarOffer): boolean => exported === null && tree === null && offer.path === EXPORT_MANIFEST;
  const visitor = (): TarVisitor => {
    if (exported !== null) return exported.visitor;
    tree ??= createTreeWriter(job.workshop, { admission: createAdmission({ limits: job.limits, setId: 'refuse', refuse }), refuse, pause: job.pause });
    return tree.visitor;
  };
  return {
    exported: () => exported,
    tree: () => tree,
    visitor: {
      other: (offer) => visitor().other(offer),
      small(offer, content) {
        if (!isFirst(offer)) return visitor().small(offer, content);
        exported = beginExport(job, content);
        return null;
      },
      async large(offer, content) {
        if (!isFirst(offer)) return await visitor().large(offer, content);
        if (offer.size > MANIFEST_LIMIT) throw refuse(offer.path, `it is larger than ${MANIFEST_LIMIT} bytes`);
        const chunks: Buffer[] = [];
        for await (const chunk of content) chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        if (bytes.length !== offer.size) throw refuse(offer.path, 'the archive ends before this file does: it was cut short');
        exported = beginExport(job, bytes);
      },
    },
  };
}
