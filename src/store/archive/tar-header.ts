/** Headers of tar archives: ustar, with the extensions of POSIX.1-2001 (pax) and of GNU that real archives use. Names are bytes. */
import { fromBytes, toBytes } from '../../fs/bytes.js';
import { contentTime } from '../contents.js';

export const BLOCK = 512;

/** What one header block says. */
export interface TarHeader {
  readonly name: string;
  readonly linkName: string;
  /** Permission bits, set-user-id and its like included. */
  readonly mode: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Whole seconds since 1970, in the bounds of `contentTime`. */
  readonly mtime: number;
  /** `0` file, `1` hard link, `2` symlink, `5` directory, `x` and `g` pax, `L` and `K` long names of GNU; whatever else is written. */
  readonly kind: string;
}

/** Reads a header block of 512 bytes; a text that says what is wrong with it. */
export function parseTarHeader(block: Buffer): TarHeader | string {
  const told = octal(block, 148, 8);
  if (told === null || told !== checksum(block)) return 'the checksum of its header does not match';
  const [mode, size, mtime] = [octal(block, 100, 8), octal(block, 124, 12), octal(block, 136, 12)];
  if (mode === null || size === null || mtime === null || size < 0 || !Number.isSafeInteger(size)) return 'a number in its header cannot be read';
  const magic = block.toString('latin1', 257, 265);
  if (!magic.startsWith('ustar') && !isEmpty(block, 257, 8)) return 'its header is of no known format';
  const posix = magic.startsWith('ustar\0');
  const prefix = posix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const kind = block[156] === 0 ? '0' : String.fromCharCode(block[156] as number);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: textAt(block, 157, 100),
    mode: mode & 0o7777,
    size: kind === '0' || kind === '7' || /[A-Zgx]/.test(kind) ? size : 0,
    mtime: contentTime(mtime),
    // Before there were directories in the format, a slash at the end said so; only for entries that are of no kind.
    kind: block[156] === 0 && name.endsWith('/') ? '5' : kind,
  };
}

function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block[at] as number;
  return sum;
}

/** A number in octal digits, or in base 256 where the first bit says so; `null` for anything else. */
function octal(block: Buffer, from: number, length: number): number | null {
  if (((block[from] as number) & 0x80) !== 0) {
    if (block[from] === 0xff) return -1;
    let value = (block[from] as number) & 0x7f;
    for (let at = from + 1; at < from + length; at += 1) value = value * 256 + (block[at] as number);
    return value;
  }
  const digits = /^ *([0-7]*)[ \0]*$/.exec(block.toString('latin1', from, from + length));
  return digits === null ? null : Number.parseInt(digits[1] === '' ? '0' : (digits[1] as string), 8);
}

function textAt(block: Buffer, from: number, length: number): string {
  const bytes = block.subarray(from, from + length);
  const end = bytes.indexOf(0);
  return fromBytes(end < 0 ? bytes : bytes.subarray(0, end));
}

function isEmpty(block: Buffer, from: number, length: number): boolean {
  return block.subarray(from, from + length).every((byte) => byte === 0);
}

/** True for a block of zeros. */
export const isZeroBlock = (block: Buffer): boolean => isEmpty(block, 0, block.length);

/** The records of a pax header, `LENGTH KEY=VALUE` and a newline each; a text that says what is wrong. */
export function parsePax(body: Buffer): ReadonlyMap<string, string> | string {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = body.toString('latin1', at, space < 0 ? at : Math.min(space, at + 20));
    const length = /^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0;
    const equals = body.indexOf(0x3d, space);
    if (length <= digits.length + 2 || at + length > body.length || body[at + length - 1] !== 0x0a || equals < 0 || equals >= at + length) return 'its extended header cannot be read';
    records.set(fromBytes(body.subarray(space + 1, equals)), fromBytes(body.subarray(equals + 1, at + length - 1)));
    at += length;
  }
  return records;
}

/** What is to be written of an entry. */
type TarEntry = Omit<TarHeader, 'kind'> & { readonly kind: '0' | '2' | '5' };

/** The blocks before an entry's content: one header, with a pax header before it where that cannot hold the names or the size. */
export function formatTarHeader(entry: TarEntry): Buffer {
  const [name, linkName] = [toBytes(entry.name), toBytes(entry.linkName)];
  const records = [
    ...(fits(name) ? [] : [record('path', name)]),
    ...(fits(linkName) ? [] : [record('linkpath', linkName)]),
    ...(entry.size < 8 ** 11 ? [] : [record('size', Buffer.from(String(entry.size)))]),
  ];
  const main = block({ ...entry, size: entry.size < 8 ** 11 ? entry.size : 0 }, name, linkName);
  if (records.length === 0) return main;
  const body = Buffer.concat(records);
  const pax = block({ ...entry, kind: 'x', mode: 0o644, size: body.length }, Buffer.from('pax'), Buffer.alloc(0));
  return Buffer.concat([pax, body, paddingOf(body.length), main]);
}

/** The zeros that fill the last block of content. */
export const paddingOf = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** What ends an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);

/** Names of other bytes than ASCII are in some character set or other, unless pax says that they are not. */
const fits = (name: Buffer): boolean => name.length <= 100 && name.every((byte) => byte < 0x80);

function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function block(entry: Omit<TarHeader, 'name' | 'linkName'>, name: Buffer, linkName: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.subarray(0, 100).copy(header, 0);
  // A name that is cut behind a slash would be taken for a directory by some readers.
  if (name.length > 100 && name[99] === 0x2f) header[99] = 0x5f;
  header.write(digits(entry.mode, 7), 100, 'latin1');
  header.write(digits(0, 7), 108, 'latin1');
  header.write(digits(0, 7), 116, 'latin1');
  header.write(digits(entry.size, 11), 124, 'latin1');
  header.write(digits(contentTime(entry.mtime), 11), 136, 'latin1');
  header.write(entry.kind, 156, 'latin1');
  linkName.subarray(0, 100).copy(header, 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const digits = (value: number, length: number): string => value.toString(8).padStart(length, '0');
