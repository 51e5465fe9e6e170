import { createByteReader, openStream } from '../../fs/byte-reader.js';
import { compressionOf } from '../../fs/compression.js';
import { fromBytes } from '../../fs/bytes.js';
import { createAdmission } from '../archive/admission.js';
import { alternativesIn, type Control, parseControl } from '../debian/control.js';
import { isMadeAlternative } from '../debian-remedies.js';
import { debianId } from '../debian/metadata.js';
import { flatten, mendPkgConfig, systemTarget } from '../debian/system-path.js';
import { nextMember, openAr } from './ar.js';
import { openMode } from '../stored-mode.js';
import { readTar, type Refuse, type TarOffer, type TarVisitor } from './tar-reader.js';
import { createTreeWriter, type TreeWriter } from './tree-writer.js';
import { decompressing, refuseOf, type UnpackedPackage, type UnpackJob } from './unpack-job.js';

/** Bytes of the part that describes a package. */
const CONTROL_LIMIT = 64 << 20;

/**
 * Unpacks a Debian package, laid out like /usr/local. Its scripts are never run; what they would have done that can be told is among the notes.
 * Texts of symlinks are paths of a Debian system, with a slash before them, until they are mended.
 * @throws `not-importable`, `program-missing`.
 */
export async function unpackDeb(job: UnpackJob): Promise<UnpackedPackage> {
  const refuse = refuseOf(job.source);
  const stream = openStream(job.source);
  if (stream === null) throw refuse(null, 'it is not a regular file');
  const reader = createByteReader(stream.chunks);
  let described: Described | null = null;
  let tree: TreeWriter | null = null;
  try {
    await openAr(reader, refuse);
    for (let member = await nextMember(reader, refuse); member !== null; member = await nextMember(reader, refuse)) {
      const end = reader.position + member.size;
      const content = reader.pass(member.size);
      if (/^control\.tar(\.|$)/.test(member.name) && described === null) described = await readControl(job, content, refuse);
      else if (/^data\.tar(\.|$)/.test(member.name) && tree === null) tree = await readData(job, content, refuse);
      // What the program that decompresses did not ask for, and members that say nothing of the package.
      await reader.skip(end - reader.position);
      if (reader.position !== end) throw refuse(member.name, 'the archive ends before this member does: it was cut short');
    }
  } finally {
    await reader.close();
  }
  if (described === null || tree === null) throw refuse(null, `it has no ${described === null ? 'control.tar' : 'data.tar'}, so it is no Debian package`);
  const { control, notes, alternatives } = described;
  for (const { link, target } of alternatives.filter((one) => isMadeAlternative(one.link))) makeAlternative(tree, flatten(link.slice(1)), flatten(target.slice(1)));
  return {
    source: job.source, format: 'deb', id: debianId(control), root: tree.root, rootMode: tree.rootMode, entries: tree.entries, links: tree.links, notes: [...notes, ...tree.notes],
    ...stream.digest(), metadata: {}, control, exported: null,
  };
}

interface Described {
  readonly control: Control;
  readonly notes: readonly string[];
  readonly alternatives: ReadonlyArray<{ readonly link: string; readonly target: string }>;
}

/** Links a name to a program of the same package, where the name is free. */
function makeAlternative({ entries, links }: TreeWriter, path: string, target: string): void {
  const found = links.get(target) ?? entries.get(target);
  if (found !== undefined && !entries.has(path) && !links.has(path)) links.set(path, { text: `/${target}`, mtime: found.mtime });
}

async function* peeked(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  if (head.length > 0) yield head;
  yield* rest;
}

/** Reads a member of an archive as a tar, by its first bytes compressed or not. */
async function openMember(job: UnpackJob, content: AsyncGenerator<Buffer, void>): Promise<ReturnType<typeof decompressing>> {
  const first = await content.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  return decompressing(job, compressionOf(head), peeked(head, content));
}

async function readControl(job: UnpackJob, content: AsyncGenerator<Buffer, void>, refuse: Refuse): Promise<Described> {
  const files = new Map<string, string>();
  let size = 0;
  const reader = await openMember(job, content);
  try {
    await readTar(reader, {
      other: () => undefined,
      small({ path }, bytes) {
        size += bytes.length;
        if (size > CONTROL_LIMIT) throw refuse(null, `its control.tar is larger than ${CONTROL_LIMIT} bytes`);
        const name = path.replace(/^\.?\//, '');
        if (['control', 'preinst', 'postinst', 'conffiles', 'triggers'].includes(name)) files.set(name, fromBytes(bytes));
        return null;
      },
      async large({ path }, chunks) {
        for await (const chunk of chunks) size += chunk.length;
        if (size > CONTROL_LIMIT) throw refuse(path, `its control.tar is larger than ${CONTROL_LIMIT} bytes`);
      },
    }, refuse);
  } finally {
    await reader.close();
  }
  const control = parseControl(files.get('control') ?? '');
  if (typeof control === 'string') throw refuse(null, control);
  const scripts = ['preinst', 'postinst'].filter((name) => files.has(name));
  const alternatives = scripts.flatMap((name) => alternativesIn(files.get(name) ?? ''));
  return {
    control,
    alternatives,
    notes: [
      ...(scripts.length === 0 ? [] : [`its maintainer script${scripts.length === 1 ? '' : 's'} (${scripts.join(', ')}) ${scripts.length === 1 ? 'was' : 'were'} not run`]),
      ...alternatives.filter(({ link }) => !isMadeAlternative(link)).map(({ link, target }) => `the alternative ${link} -> ${target} was not made`),
    ],
  };
}

async function readData(job: UnpackJob, content: AsyncGenerator<Buffer, void>, refuse: Refuse): Promise<TreeWriter> {
  const admission = createAdmission({ limits: job.limits, setId: 'drop', place: flatten, refuse });
  const tree = createTreeWriter(job.workshop, {
    admission, refuse, pause: job.pause,
    linkText: (offered, text) => systemTarget(offered, text),
    mend: (path, bytes) => (/(^|\/)pkgconfig\/[^/]+\.pc$/.test(path) ? mendBytes(path, bytes) : bytes),
  });
  const reader = await openMember(job, content);
  try {
    await readTar(reader, opened(tree.visitor), refuse);
    await tree.flush();
  } finally {
    await reader.close();
  }
  return tree;
}

/** What is closed to others is so for the daemon that would own it; the content is what anybody may download. */
function opened(visitor: TarVisitor): TarVisitor {
  const open = (offer: TarOffer): TarOffer => ({ ...offer, mode: openMode(offer.type, offer.mode) });
  return { other: (offer) => visitor.other(open(offer)), small: (offer, content) => visitor.small(open(offer), content), large: (offer, content) => visitor.large(open(offer), content) };
}

/** Texts of pkg-config files may be in any encoding; only ASCII is looked for. */
const mendBytes = (path: string, bytes: Buffer): Buffer => Buffer.from(mendPkgConfig(path, bytes.toString('latin1')), 'latin1');
