import type { ByteReader } from '../../fs/byte-reader.js';
import type { Refuse } from './tar-reader.js';

/** A member of an `ar` archive; its content is what the reader gives next. */
interface ArMember {
  readonly name: string;
  readonly size: number;
}

/** Reads the magic of an `ar` archive. @throws what `refuse` makes of anything else. */
export async function openAr(reader: ByteReader, refuse: Refuse): Promise<void> {
  if ((await reader.take(8)).toString('latin1') !== '!<arch>\n') throw refuse(null, 'it is no ar archive');
}

/** The next member, `null` at the end. The content of the one before must have been read, its padding not. @throws what `refuse` makes of a problem. */
export async function nextMember(reader: ByteReader, refuse: Refuse): Promise<ArMember | null> {
  if (reader.position % 2 === 1) {
    const padding = await reader.take(1);
    if (padding.length === 1 && padding[0] !== 0x0a) throw refuse(null, `at byte ${reader.position - 1}: a member ends with something else than a newline`);
  }
  const header = await reader.take(60);
  if (header.length === 0) return null;
  const text = header.toString('latin1');
  const size = /^\d+ *$/.exec(text.slice(48, 58));
  if (header.length < 60 || !text.endsWith('`\n') || size === null) throw refuse(null, `at byte ${reader.position - header.length}: the header of a member cannot be read`);
  return { name: text.slice(0, 16).replace(/\/? *$/, ''), size: Number(size[0]) };
}
