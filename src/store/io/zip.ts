import zlib from 'node:zlib';
import { readRange } from '../../fs/byte-reader.js';
import type { Refuse } from './tar-reader.js';

/** A member of a zip archive that is stored as it is, and where its bytes are. */
interface ZipMember {
  readonly name: string;
  readonly from: number;
  readonly size: number;
  readonly crc: number;
}

const END = 22;
const COMMENT = 0xffff;

async function readAll(path: string, from: number, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readRange(path, from, length)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The members of a zip archive by its central directory. Only stored members, which is all that a `.conda` file has; no zip64, no encryption.
 * @throws what `refuse` makes of anything else.
 */
export async function readZip(path: string, size: number, refuse: Refuse): Promise<ZipMember[]> {
  const tail = await readAll(path, Math.max(0, size - END - COMMENT), Math.min(size, END + COMMENT));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + END > tail.length || end + END + tail.readUInt16LE(end + 20) !== tail.length) throw refuse(null, 'it ends without the directory of a zip archive: it was cut short');
  const [count, length, from] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const place = size - tail.length + end;
  if (from + length !== place) throw refuse(null, 'the directory of the zip archive is not where it should be');
  const directory = await readAll(path, from, length);
  const members: ZipMember[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw refuse(null, 'the directory of the zip archive cannot be read');
    const [flags, method, crc, packed, unpacked] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10), directory.readUInt32LE(at + 16), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)];
    const [nameLength, extra, comment, header] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32), directory.readUInt32LE(at + 42)];
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    if (method !== 0 || packed !== unpacked || (flags & 1) !== 0) throw refuse(name, 'it is compressed or encrypted within the zip archive');
    members.push({ name, from: await contentOf(path, { header, name, refuse }), size: packed, crc });
    at += 46 + nameLength + extra + comment;
  }
  if (at !== directory.length) throw refuse(null, 'the directory of the zip archive cannot be read');
  return members.sort((a, b) => a.from - b.from);
}

async function contentOf(path: string, { header, name, refuse }: { readonly header: number; readonly name: string; readonly refuse: Refuse }): Promise<number> {
  const local = await readAll(path, header, 30 + Buffer.byteLength(name));
  if (local.length < 30 || local.readUInt32LE(0) !== 0x04034b50 || local.toString('utf8', 30) !== name) throw refuse(name, 'its header within the zip archive says otherwise than the directory');
  return header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
}

/** The bytes of a member, whose checksum is looked at when all of them were read. @throws what `refuse` makes of another checksum. */
export async function* memberChunks(path: string, member: ZipMember, refuse: Refuse): AsyncGenerator<Buffer, void> {
  let [sum, size] = [0, 0];
  for await (const chunk of readRange(path, member.from, member.size)) {
    sum = crc32(chunk, sum);
    size += chunk.length;
    yield chunk;
  }
  if (size !== member.size || sum !== member.crc) throw refuse(member.name, 'its checksum within the zip archive does not match');
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
  return value;
});

/** Node has it from 20.15 on. */
const native = (zlib as { readonly crc32?: (data: Buffer, before: number) => number }).crc32;

function crc32(bytes: Buffer, before: number): number {
  if (native !== undefined) return native(bytes, before);
  let value = ~before;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] as number);
  return ~value >>> 0;
}
