/** Compressed streams: gzip by Node, the others by Node where it knows them and else by the system's programs. */
import { spawn } from 'node:child_process';
import { PassThrough, pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { NoxError } from '../errors.js';

export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2';

const MAGIC: ReadonlyArray<readonly [Compression, Buffer]> = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh')],
];

/** How a file is compressed, by its first bytes; `null` for not. */
export function compressionOf(head: Buffer): Compression | null {
  return MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? null;
}

/** Where programs are looked for, and how what is wrong with the data is told. */
interface Coding {
  /** The caller's `PATH`. */
  readonly path: string;
  refuse(problem: string): Error;
}

const PROGRAMS: Readonly<Record<Exclude<Compression, 'gzip'>, { readonly debian: string; readonly decode: readonly string[]; readonly encode: readonly string[] }>> = {
  xz: { debian: 'xz-utils', decode: ['-dcq', '-T1', '--memlimit-decompress=2GiB'], encode: ['-zcq', '-6', '-T1'] },
  zstd: { debian: 'zstd', decode: ['-dcq'], encode: ['-cq', '-10', '-T1'] },
  bzip2: { debian: 'bzip2', decode: ['-dc'], encode: ['-zc'] },
};

/** Bytes of a program's complaint that are kept. */
const COMPLAINT = 2000;

/**
 * The decompressed bytes. Ended early, it stops all that it started.
 * @throws what `refuse` makes of damaged or cut data or of what follows the data; `program-missing`; what `input` throws.
 */
export async function* decompress(kind: Compression, input: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer, void> {
  if (kind === 'gzip') return yield* transformed(zlib.createGunzip({ chunkSize: 256 << 10 }), input, coding);
  yield* byProgram(kind, { args: PROGRAMS[kind].decode, purpose: `reading ${kind} data` }, input, coding);
}

/** The compressed bytes: the same for the same input. @throws `program-missing`; what `input` throws. */
export async function* compress(kind: Compression, input: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer, void> {
  if (kind === 'gzip') return yield* transformed(zlib.createGzip({ level: 6, chunkSize: 256 << 10 }), input, coding);
  yield* byProgram(kind, { args: PROGRAMS[kind].encode, purpose: `writing ${kind} data` }, input, coding);
}

async function* transformed(transform: Transform, input: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer, void> {
  pipeline(Readable.from(input), transform, () => undefined);
  try {
    for await (const chunk of transform) yield chunk as Buffer;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'Z_BUF_ERROR') throw coding.refuse('its gzip data ends too early');
    throw code.startsWith('Z_') ? coding.refuse('its gzip data is damaged') : error;
  } finally {
    transform.destroy();
  }
}

async function* byProgram(kind: Exclude<Compression, 'gzip'>, how: { readonly args: readonly string[]; readonly purpose: string }, input: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer, void> {
  const child = spawn(kind, how.args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: coding.path, LC_ALL: 'C' } });
  const failures: Error[] = [];
  let complaint = '';
  const ended = new Promise<number>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      failures.push(error.code === 'ENOENT' ? new NoxError('program-missing', { program: kind, debian: PROGRAMS[kind].debian, purpose: how.purpose }) : error);
      resolve(-1);
    });
    child.on('close', (status) => resolve(status ?? -1));
  });
  child.stderr.on('data', (text: Buffer) => {
    if (complaint.length < COMPLAINT) complaint += text.toString('latin1');
  });
  // A program that gives up closes its input; why it did is in its status. What the input itself throws counts.
  pipeline(Readable.from(input), child.stdin, (error) => {
    if (error && !['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(error.code ?? '')) failures.push(error);
  });
  const output = child.stdout.pipe(new PassThrough({ highWaterMark: 1 << 20 }));
  let finished = false;
  try {
    for await (const chunk of output) yield chunk as Buffer;
    const status = await ended;
    finished = true;
    if (failures[0] !== undefined) throw failures[0];
    // bzip2 only warns of what follows its data.
    if (status !== 0 || (kind === 'bzip2' && complaint !== '')) throw coding.refuse(`its ${kind} data is damaged, or ends too early${reasonOf(complaint)}`);
  } finally {
    if (!finished) child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdin.destroy();
  }
}

function reasonOf(complaint: string): string {
  const line = complaint.trim().split('\n')[0]?.replace(/^[^:]*: *(\([^)]*\)|\(stdin\)|\/\*stdin\*\\)? *:? */, '').trim() ?? '';
  return line === '' ? '' : ` (${line.slice(0, 200)})`;
}
