/** Archives made by hand, so that they may be as wrong as need be. */

/** One entry; `kind` and the fields are written as they are. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly kind?: string;
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly link?: string;
  /** The size to claim, instead of that of the content. */
  readonly size?: number;
  readonly mtime?: number;
}

const BLOCK = 512;

/** One entry's blocks in the format of ustar. */
export function tarEntry({ name, kind = '0', mode = 0o644, content = '', link = '', size, mtime = 1_700_000_000 }: RawEntry): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name as string).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136);
  header.write(kind, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

/** A pax header for the next entry (`x`) or all that follow (`g`). */
export function pax(records: Readonly<Record<string, string>>, kind = 'x'): RawEntry {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => {
    const rest = Buffer.from(` ${key}=${value}\n`);
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    return Buffer.concat([Buffer.from(String(length)), rest]);
  }));
  return { name: 'pax', kind, content };
}

/** A whole archive. */
export function tar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

/** An `ar` archive. */
export function ar(members: ReadonlyArray<readonly [name: string, content: Buffer]>): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(([name, content]) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`), content, Buffer.alloc(content.length % 2, '\n'),
  ])]);
}

/** A Debian package with this control file, these scripts and these files. */
export function deb(control: string, data: readonly RawEntry[], compress: (bytes: Buffer) => Buffer, scripts: Readonly<Record<string, string>> = {}): Buffer {
  const described = tar([{ name: './', kind: '5', mode: 0o755 }, { name: './control', content: control }, ...Object.entries(scripts).map(([name, content]) => ({ name: `./${name}`, mode: 0o755, content }))]);
  return ar([['debian-binary', Buffer.from('2.0\n')], ['control.tar.xx', compress(described)], ['data.tar.xx', compress(tar(data))]]);
}

/** A zip archive of stored members. */
export function zip(members: ReadonlyArray<readonly [name: string, content: Buffer]>, crc: (bytes: Buffer) => number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of members) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, tail, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06'), end]);
}
