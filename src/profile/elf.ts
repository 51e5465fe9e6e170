/** Reads at most `length` bytes at `offset` of a file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Buffer;

/** What an ELF file asks of the loader. */
interface ElfDynamic {
  /** Names of the libraries that it needs. */
  readonly needed: readonly string[];
  /** Its RUNPATH, else its RPATH, directory by directory, as written. */
  readonly runpath: readonly string[];
}

/** Program headers, bytes of the dynamic section, names, and bytes of one name that are looked at. */
const MOST = { headers: 4096, dynamic: 1 << 20, names: 10_000, name: 1 << 16 };
const PT = { load: 1, dynamic: 2 };
const DT = { end: 0, needed: 1, strtab: 5, rpath: 15, runpath: 29 };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** How words are read: by class and byte order. */
interface Words {
  readonly is64: boolean;
  readonly half: (bytes: Buffer, at: number) => number;
  readonly word: (bytes: Buffer, at: number) => number;
  /** An address or offset; beyond what a number holds exactly, NaN, with which nothing is found. */
  readonly long: (bytes: Buffer, at: number) => number;
}

/**
 * The dynamic section of an ELF file of either class and byte order (System V ABI, chapters 4 and 5); `null` for anything else,
 * a static program and a damaged file included. Reads only what it needs, and ends for any bytes.
 */
export function readElf(read: ReadAt): ElfDynamic | null {
  const header = read(0, 64);
  const words = wordsOf(header);
  if (words === null) return null;
  const segments = segmentsOf(read, header, words);
  const dynamic = segments.find(({ type }) => type === PT.dynamic);
  if (dynamic === undefined) return null;
  const tags = tagsOf(read(dynamic.offset, Math.min(dynamic.size, MOST.dynamic)), words);
  const strings = offsetOf(segments, tags.find(([tag]) => tag === DT.strtab)?.[1] ?? NaN);
  if (strings === null) return null;
  const texts = (wanted: number): string[] => tags.filter(([tag]) => tag === wanted).slice(0, MOST.names).flatMap(([, at]) => textAt(read, strings + at) ?? []);
  const [runpath] = [...texts(DT.runpath), ...texts(DT.rpath)];
  return { needed: texts(DT.needed), runpath: (runpath ?? '').split(':').filter((directory) => directory !== '') };
}

function wordsOf(header: Buffer): Words | null {
  if (header.length < 52 || header.readUInt32BE(0) !== 0x7f454c46) return null;
  const [kind, order] = [header[4], header[5]];
  if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2) || (kind === 2 && header.length < 64)) return null;
  const little = order === 1;
  const word = (bytes: Buffer, at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const exact = (value: bigint): number => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : NaN);
  return {
    is64: kind === 2,
    half: (bytes, at) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    word,
    long: kind === 1 ? word : (bytes, at) => exact(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)),
  };
}

function segmentsOf(read: ReadAt, header: Buffer, { is64, half, word, long }: Words): Segment[] {
  const [start, size, count] = is64 ? [long(header, 32), half(header, 54), half(header, 56)] : [word(header, 28), half(header, 42), half(header, 44)];
  const least = is64 ? 56 : 32;
  if (size < least || Number.isNaN(start)) return [];
  const table = read(start, size * Math.min(count, MOST.headers));
  const segments: Segment[] = [];
  for (let at = 0; at + size <= table.length; at += size) {
    const [offset, address, length] = is64 ? [8, 16, 32] : [4, 8, 16];
    segments.push({ type: word(table, at), offset: long(table, at + offset), address: long(table, at + address), size: long(table, at + length) });
  }
  return segments.filter((segment) => !Number.isNaN(segment.offset + segment.address + segment.size));
}

function tagsOf(section: Buffer, { is64, long }: Words): ReadonlyArray<readonly [tag: number, value: number]> {
  const width = is64 ? 8 : 4;
  const tags: Array<readonly [number, number]> = [];
  for (let at = 0; at + 2 * width <= section.length; at += 2 * width) {
    const tag = long(section, at);
    if (tag === DT.end) break;
    tags.push([tag, long(section, at + width)]);
  }
  return tags;
}

/** Where in the file an address of the loaded program lies. */
function offsetOf(segments: readonly Segment[], address: number): number | null {
  const holder = segments.find((segment) => segment.type === PT.load && address >= segment.address && address - segment.address < segment.size);
  return holder === undefined ? null : holder.offset + address - holder.address;
}

function textAt(read: ReadAt, offset: number): string | null {
  if (!Number.isSafeInteger(offset)) return null;
  for (const length of [256, MOST.name]) {
    const bytes = read(offset, length);
    const end = bytes.indexOf(0);
    if (end >= 0) return bytes.toString('utf8', 0, end);
    if (bytes.length < length) return null;
  }
  return null;
}
