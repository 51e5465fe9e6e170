import type { ByteReader } from '../../fs/byte-reader.js';
import { fromBytes } from '../../fs/bytes.js';
import type { Offered } from '../archive/admission.js';
import { contentTime } from '../contents.js';
import { BLOCK, isZeroBlock, parsePax, parseTarHeader, type TarHeader } from '../archive/tar-header.js';

/** An entry of an archive with its time in whole seconds. */
export type TarOffer = Offered & { readonly mtime: number };

/** What is done with the entries of an archive, in its order. */
export interface TarVisitor {
  /** Directories, links, and what no package may hold. */
  other(offer: TarOffer): void;
  /** A file whose content fits into memory. A promise is waited for. */
  small(offer: TarOffer, content: Buffer): Promise<void> | null;
  large(offer: TarOffer, content: AsyncIterable<Buffer>): Promise<void>;
}

/** Makes an error of a problem, in an entry or in the archive as a whole. */
export type Refuse = (entry: string | null, problem: string) => Error;

/** Bytes up to which a file is handed over whole. */
const SMALL = 1 << 20;
/** Bytes of an extended header or a long name. */
const EXTENSION = 1 << 20;

const TYPES: Readonly<Record<string, Offered['type']>> = { '0': 'file', '7': 'file', '1': 'hard link', '2': 'symlink', '5': 'directory' };

/** Names of what the next entry is, from headers before it. */
interface Extensions {
  readonly [key: string]: string;
}

/**
 * Reads a tar archive to its end: every header is checked, two blocks of zeros must end it, and nothing but zeros may follow.
 * @throws what `refuse` makes of a problem; what the reader and the visitor throw.
 */
export async function readTar(reader: ByteReader, visitor: TarVisitor, refuse: Refuse): Promise<void> {
  let shared: Extensions = {};
  let extensions: Extensions = {};
  for (;;) {
    const block = reader.takeNow(BLOCK) ?? (await reader.take(BLOCK));
    if (block.length < BLOCK) throw refuse(null, block.length === 0 ? 'it ends without the blocks that end an archive: it was cut short' : 'it ends in the middle of a header');
    if (isZeroBlock(block)) return await finish(reader, refuse);
    const header = parseTarHeader(block);
    if (typeof header === 'string') throw refuse(null, `at byte ${reader.position - BLOCK}: ${header}`);
    if (header.kind === 'x' || header.kind === 'g') {
      const records = parsePax(await contentOf(reader, header, refuse));
      if (typeof records === 'string') throw refuse(header.name, records);
      if (header.kind === 'g') shared = { ...shared, ...Object.fromEntries(records) };
      else extensions = { ...extensions, ...Object.fromEntries(records) };
    } else if (header.kind === 'L' || header.kind === 'K') {
      const content = await contentOf(reader, header, refuse);
      const end = content.indexOf(0);
      extensions = { ...extensions, [header.kind === 'L' ? 'path' : 'linkpath']: fromBytes(end < 0 ? content : content.subarray(0, end)) };
    } else {
      await visitOne(reader, { header, extensions: { ...shared, ...extensions }, visitor, refuse });
      extensions = {};
    }
  }
}

async function visitOne(reader: ByteReader, { header, extensions, visitor, refuse }: { readonly header: TarHeader; readonly extensions: Extensions; readonly visitor: TarVisitor; readonly refuse: Refuse }): Promise<void> {
  const offer = offerOf(header, extensions, refuse);
  if (offer.type !== 'file') return visitor.other(offer);
  const padding = (BLOCK - (offer.size % BLOCK)) % BLOCK;
  if (offer.size <= SMALL) {
    const content = reader.takeNow(offer.size) ?? (await reader.take(offer.size));
    if (content.length < offer.size) throw cutShort(offer.path, refuse);
    const waiting = visitor.small(offer, content);
    if (waiting !== null) await waiting;
  } else {
    const end = reader.position + offer.size;
    await visitor.large(offer, reader.pass(offer.size));
    if (reader.position !== end) throw cutShort(offer.path, refuse);
  }
  const rest = reader.takeNow(padding) ?? (await reader.take(padding));
  if (rest.length < padding) throw cutShort(offer.path, refuse);
  if (!isZeroBlock(rest)) throw refuse(offer.path, 'what fills its last block is not zeros');
}

const cutShort = (path: string, refuse: Refuse): Error => refuse(path, 'the archive ends before this file does: it was cut short');

function offerOf(header: TarHeader, extensions: Extensions, refuse: Refuse): TarOffer {
  const path = extensions['path'] ?? header.name;
  const sparse = Object.keys(extensions).some((key) => key.startsWith('GNU.sparse'));
  const size = extensions['size'] === undefined ? header.size : /^\d{1,15}$/.test(extensions['size']) ? Number(extensions['size']) : -1;
  if (size < 0) throw refuse(path, 'its size cannot be read');
  const type = sparse ? undefined : TYPES[header.kind];
  if (type === undefined && /[SVMD]/.test(header.kind)) throw refuse(path, `it is of a kind that GNU tar alone has ("${header.kind}")`);
  if (sparse) throw refuse(path, 'it is a sparse file: write the archive without --sparse');
  const time = extensions['mtime'];
  if (time !== undefined && !/^-?\d{1,12}(\.\d*)?$/.test(time)) throw refuse(path, 'its time cannot be read');
  const mtime = time === undefined ? header.mtime : contentTime(Number(time));
  return { path, type: type ?? 'other', mode: header.mode, size: type === 'file' ? size : 0, text: extensions['linkpath'] ?? header.linkName, mtime };
}

async function contentOf(reader: ByteReader, header: TarHeader, refuse: Refuse): Promise<Buffer> {
  if (header.size > EXTENSION) throw refuse(header.name, `its extended header is larger than ${EXTENSION} bytes`);
  const length = Math.ceil(header.size / BLOCK) * BLOCK;
  const content = await reader.take(length);
  if (content.length < length) throw cutShort(header.name, refuse);
  if (!isZeroBlock(content.subarray(header.size))) throw refuse(header.name, 'what fills its last block is not zeros');
  return content.subarray(0, header.size);
}

async function finish(reader: ByteReader, refuse: Refuse): Promise<void> {
  const second = await reader.take(BLOCK);
  if (second.length < BLOCK || !isZeroBlock(second)) throw refuse(null, 'it ends without the blocks that end an archive: it was cut short');
  for await (const chunk of reader.rest()) if (!isZeroBlock(chunk)) throw refuse(null, 'something follows its end');
}
