/** A stream of bytes read piece by piece: what archives consist of. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { fileSystemError, NoxError, step } from '../errors.js';
import { raw } from './bytes.js';

export interface ByteReader {
  /** Bytes handed out so far. */
  readonly position: number;
  /** The next `length` bytes, fewer only at the end. They are good until the caller is done with them. */
  take(length: number): Promise<Buffer>;
  /** The same when all of them are there already, else `null`. */
  takeNow(length: number): Buffer | null;
  /** The next `length` bytes as they come; ends early where the stream does. */
  pass(length: number): AsyncGenerator<Buffer, void>;
  /** All that is left. */
  rest(): AsyncGenerator<Buffer, void>;
  /** Passes over so many bytes, as far as there are any. */
  skip(length: number): Promise<void>;
  /** Ends the stream wherever it is. */
  close(): Promise<void>;
}

const NOTHING = Buffer.alloc(0);

/** Reads from chunks of any size. */
export function createByteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let current: Buffer = NOTHING;
  let position = 0;
  const more = async (): Promise<boolean> => {
    const next = await source.next();
    if (next.done === true) return false;
    current = current.length === 0 ? next.value : Buffer.concat([current, next.value]);
    return true;
  };
  const cut = (length: number): Buffer => {
    const piece = current.subarray(0, length);
    current = current.subarray(piece.length);
    position += piece.length;
    return piece;
  };
  const next = async (most: number): Promise<Buffer> => {
    if (most > 0 && current.length === 0) await more();
    return cut(most);
  };
  async function* pass(length: number): AsyncGenerator<Buffer, void> {
    for (let left = length; left > 0; ) {
      if (current.length === 0 && !(await more())) return;
      const piece = cut(left);
      left -= piece.length;
      yield piece;
    }
  }
  return {
    get position() {
      return position;
    },
    async take(length) {
      while (current.length < length && (await more()));
      return cut(length);
    },
    takeNow: (length) => (current.length < length ? null : cut(length)),
    pass,
    rest: () => pass(Infinity),
    async skip(length) {
      let left = length;
      for (let piece = await next(left); left > 0 && piece.length > 0; piece = await next(left)) left -= piece.length;
    },
    async close() {
      await source.return?.();
    },
  };
}

/** A file that is read once from its beginning to its end, and what all of it was. */
interface FileStream {
  readonly chunks: AsyncGenerator<Buffer, void>;
  /** SHA-256 and bytes of all that was read so far. */
  digest(): { readonly sha256: string; readonly size: number };
}

const CHUNK = 512 << 10;

/**
 * Opens a regular file, following symlinks, never blocking on a FIFO; `null` when it is something else. It is closed when its chunks end.
 * @throws `file-system`, `not-permitted`.
 */
export function openStream(path: string): FileStream | null {
  const fd = step('read', path, () => fs.openSync(raw(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  if (!fs.fstatSync(fd).isFile()) {
    fs.closeSync(fd);
    return null;
  }
  const hash = createHash('sha256');
  let size = 0;
  async function* chunks(): AsyncGenerator<Buffer, void> {
    try {
      for (;;) {
        // A new buffer each time, since pieces of it may still be waiting to be written.
        const buffer = Buffer.allocUnsafeSlow(CHUNK);
        const got = await new Promise<number>((resolve, reject) => fs.read(fd, buffer, 0, CHUNK, size, (error, length) => (error === null ? resolve(length) : reject(fileSystemError('read', path, error) as Error))));
        if (got === 0) return;
        size += got;
        hash.update(buffer.subarray(0, got));
        yield buffer.subarray(0, got);
      }
    } finally {
      fs.closeSync(fd);
    }
  }
  return { chunks: chunks(), digest: () => ({ sha256: hash.copy().digest('hex'), size }) };
}

/** The first bytes of a regular file, following symlinks. @throws `no-such-file`. */
export function readHead(path: string, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return step('read', path, () => {
    if (fs.statSync(raw(path), { throwIfNoEntry: false })?.isFile() !== true) throw new NoxError('no-such-file', { path });
    const fd = fs.openSync(raw(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, 0));
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** A part of a file, by its place in it. @throws `file-system`. */
export async function* readRange(path: string, from: number, length: number): AsyncGenerator<Buffer, void> {
  const fd = step('read', path, () => fs.openSync(raw(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  try {
    for (let at = 0; at < length; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, length - at));
      const position = from + at;
      const got = await new Promise<number>((resolve, reject) => fs.read(fd, buffer, 0, buffer.length, position, (error, read) => (error === null ? resolve(read) : reject(fileSystemError('read', path, error) as Error))));
      if (got === 0) return;
      at += got;
      yield buffer.subarray(0, got);
    }
  } finally {
    fs.closeSync(fd);
  }
}
