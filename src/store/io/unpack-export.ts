import { unseal } from '../../fs/sealed.js';
import { makeDirectory } from '../../fs/change.js';
import { cleanPath, createAdmission } from '../archive/admission.js';
import { type ExportManifest, exportKind } from '../archive/export-manifest.js';
import { type ContentEntry, contentTime, sortContents } from '../contents.js';
import { identifierProblem } from '../identifier.js';
import { storedDirectoryMode, storedMode } from '../stored-mode.js';
import type { TarOffer, TarVisitor } from './tar-reader.js';
import { createTreeWriter, type TreeWriter } from './tree-writer.js';
import { refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';

type Exported = ExportManifest['packages'][number];

/** Packages of an archive that nox exported, while it is read. */
export interface ExportTrees {
  readonly visitor: TarVisitor;
  /** Compares all that was read with the manifest. @throws `not-importable`. */
  finish(file: { readonly sha256: string; readonly size: number }): Promise<UnpackedPackage[]>;
}

/** Begins with the manifest, the first entry of such an archive. @throws `damaged`, `newer-format`, `not-importable`. */
export function beginExport(job: UnpackJob, manifest: Buffer): ExportTrees {
  const refuse = refuseOf(job.source);
  const { packages, count } = unseal(exportKind, manifest, `${job.source}: the manifest`);
  if (packages.reduce((sum, { entries }) => sum + entries.length, 0) !== count) throw refuse(null, 'its manifest does not have as many entries as it says');
  const trees = new Map<string, { readonly exported: Exported; readonly tree: TreeWriter }>();
  packages.forEach((exported, index) => {
    const problem = identifierProblem(exported.id) ?? (trees.has(exported.id) ? 'it is there twice' : null);
    if (problem !== null) throw refuse(null, `its manifest has the identifier "${exported.id}": ${problem}`);
    const root = `${job.workshop}/${index}`;
    makeDirectory(root, 0o700);
    const admission = createAdmission({ limits: job.limits, setId: 'refuse', refuse, place: (path) => path.slice(exported.id.length + 1) });
    trees.set(exported.id, { exported, tree: createTreeWriter(root, { admission, refuse, pause: job.pause }) });
  });
  const treeOf = (offer: TarOffer): TarVisitor => {
    const path = cleanPath(offer.path);
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const found = trees.get(path.slice(0, end));
      if (found !== undefined) return found.tree.visitor;
    }
    const found = trees.get(path);
    if (found === undefined) throw refuse(offer.path, 'it belongs to no package of the manifest');
    return found.tree.visitor;
  };
  return {
    visitor: {
      other: (offer) => treeOf(offer).other(offer),
      small: (offer, content) => treeOf(offer).small(offer, content),
      large: (offer, content) => treeOf(offer).large(offer, content),
    },
    async finish(file) {
      const unpacked: UnpackedPackage[] = [];
      for (const { exported, tree } of trees.values()) {
        await tree.flush();
        compare(exported, tree, (entry, problem) => refuse(entry, problem));
        unpacked.push({
          source: job.source, format: 'nox', id: exported.id, root: tree.root, rootMode: tree.rootMode, entries: tree.entries, links: tree.links, ...file, metadata: {}, control: null, exported,
          notes: [...tree.notes, ...(exported.provenance === null ? [] : [originOf(exported.provenance)])],
        });
      }
      return unpacked;
    },
  };
}

function originOf({ source, sha256, user, host, importedAt }: NonNullable<Exported['provenance']>): string {
  return `it was first imported from "${source}"${sha256 === null ? '' : ` (SHA-256 ${sha256})`}, by ${user} on ${host} at ${importedAt}`;
}

/** Both lists are walked side by side; the first difference is told. */
function compare({ id, entries }: Exported, tree: TreeWriter, refuse: (entry: string, problem: string) => Error): void {
  const links = [...tree.links].map(([path, link]): ContentEntry => ({ type: 'symlink', path, mode: 0o777, ...link }));
  const found = new Map(sortContents([...tree.entries.values(), ...links]).map((entry) => [entry.path, entry]));
  for (const should of entries) {
    const is = found.get(should.path);
    if (is === undefined) throw refuse(`${id}/${should.path}`, 'the manifest has it and the archive does not');
    if (canonical(is) !== canonical(should)) throw refuse(`${id}/${should.path}`, 'it is not what the manifest says');
    found.delete(should.path);
  }
  const [extra] = found.keys();
  if (extra !== undefined) throw refuse(`${id}/${extra}`, 'the archive has it and the manifest does not');
}

/** All that an archive keeps; write bits are the store's. */
function canonical(entry: ContentEntry): string {
  const { type, path } = entry;
  // Earlier ones wrote times into the manifest that no header has room for.
  const mtime = contentTime(entry.mtime);
  if (type === 'file') return JSON.stringify([type, path, mtime, storedMode(entry.mode), entry.size, entry.sha256]);
  return JSON.stringify(type === 'symlink' ? [type, path, mtime, entry.text] : [type, path, mtime, storedDirectoryMode(entry.mode, 0o555)]);
}
