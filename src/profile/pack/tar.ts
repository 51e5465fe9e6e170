/**
 * Tar in the form of GNU tar and ustar, written here because names are bytes: long ones get an entry of type `L` or `K` before
 * theirs, numbers that do not fit are base 256. Format: the manual of GNU tar, "Basic Tar Format".
 */
import { toBytes } from '../../fs/bytes.js';

interface TarEntry {
  readonly type: 'file' | 'hard-link' | 'symlink' | 'directory';
  readonly path: string;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly size: number;
  /** Of links: where they lead. */
  readonly target: string;
}

const BLOCK = 512;
const TYPES = { file: '0', 'hard-link': '1', symlink: '2', directory: '5' } as const;
const NAME_LENGTH = 100;

/** What precedes an entry's content; owner and group are 0. */
export function tarHeader(entry: TarEntry): Buffer {
  const name = toBytes(entry.type === 'directory' ? `${entry.path}/` : entry.path);
  const target = toBytes(entry.target);
  return Buffer.concat([...longName('K', target), ...longName('L', name), block(TYPES[entry.type], { ...entry, name, target })]);
}

/** The bytes that fill up the last block of a content of that size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The end of a tar of that many bytes: at least two empty blocks, up to a full record of 20. */
export function tarEnd(length: number): Buffer {
  const record = 20 * BLOCK;
  return Buffer.alloc(Math.ceil((length + 2 * BLOCK) / record) * record - length);
}

function longName(type: 'K' | 'L', text: Buffer): Buffer[] {
  if (text.length <= NAME_LENGTH) return [];
  const content = Buffer.concat([text, Buffer.alloc(1)]);
  const header = block(type, { name: Buffer.from('././@LongLink'), target: Buffer.alloc(0), mode: 0o644, mtime: 0, size: content.length });
  return [header, content, tarPadding(content.length)];
}

interface Fields {
  readonly name: Buffer;
  readonly target: Buffer;
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
}

function block(type: string, { name, target, mode, mtime, size }: Fields): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0, 0, NAME_LENGTH);
  number(header, mode, { at: 100, length: 8 });
  number(header, 0, { at: 108, length: 8 });
  number(header, 0, { at: 116, length: 8 });
  number(header, size, { at: 124, length: 12 });
  number(header, mtime, { at: 136, length: 12 });
  header.write(type, 156);
  target.copy(header, 157, 0, NAME_LENGTH);
  header.write('ustar  \0', 257);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function number(header: Buffer, value: number, { at, length }: { readonly at: number; readonly length: number }): void {
  const octal = value.toString(8);
  if (octal.length < length) header.write(octal.padStart(length - 1, '0'), at);
  else {
    header.writeUInt8(0x80, at);
    header.writeBigUInt64BE(BigInt(value), at + length - 8);
  }
}
