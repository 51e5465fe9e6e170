/* Files too large for memory, written in a stream, in nox's own form of paths and errors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Readable, Writable } from 'node:stream';
import { fileSystemError } from '../errors.js';
import type { Pause } from '../interrupt.js';
import { raw } from './bytes.js';
import { hasErrno } from './errno.js';

/** Somewhere to write to, piece by piece. */
export interface Sink {
  write(piece: Buffer): Promise<void>;
  /** Ends it and resolves once everything has arrived. */
  end(): Promise<void>;
  /** Gives up, whatever state it is in; nothing is written any longer when this resolves. */
  abort(): Promise<void>;
}

/** How an external program ended badly: it could not be found, or what it said. */
export type ProgramFailure = { readonly program: string } & ({ readonly missing: true } | { readonly missing: false; readonly said: string });

/** A new file, compressed by zlib when told. */
export function fileSink(path: string, options: { readonly gzip: boolean }): Sink {
  const file = newFile(path);
  if (!options.gzip) return streamSink(file, finished(file), { path, abort: () => file.destroy() });
  const gzip = createGzip();
  gzip.pipe(file);
  file.on('error', (error) => gzip.destroy(error));
  return streamSink(gzip, finished(file), { path, abort: () => [gzip, file].forEach((stream) => stream.destroy()) });
}

interface Program {
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Makes the error that is thrown when it fails. */
  readonly failure: (failure: ProgramFailure) => Error;
}

/** The standard input of a program; what it prints becomes a new file at `output`, where one is given. */
export function programSink(program: Program, output: string | null): Sink {
  const out = output === null ? 'ignore' as const : fs.openSync(raw(output), 'wx');
  let child: ChildProcess;
  try {
    child = spawn(program.name, program.words, { stdio: ['pipe', out, 'pipe'], env: program.environment });
  } finally {
    if (typeof out === 'number') fs.closeSync(out);
  }
  const [stdin, stderr] = [child.stdin as Writable, child.stderr as Readable];
  let said = '';
  stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString()}`.slice(-2000)));
  stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(hasErrno(error, 'ENOENT') ? program.failure({ program: program.name, missing: true }) : error));
    child.on('close', (status) => (status === 0 ? resolve() : reject(program.failure({ program: program.name, missing: false, said: said.trim() }))));
  });
  return streamSink(stdin, ended, { path: program.name, abort: () => void child.kill('SIGKILL') });
}

function newFile(path: string): fs.WriteStream {
  return fs.createWriteStream(raw(path), { flags: 'wx', highWaterMark: 1 << 20 });
}

function streamSink(into: Writable, ended: Promise<void>, { path, abort }: { readonly path: string; readonly abort: () => void }): Sink {
  // Whoever writes or ends it is told; a failure in between must not end the process.
  const failed = ended.catch((error: unknown) => {
    throw fileSystemError('write', path, error);
  });
  failed.catch(() => undefined);
  return {
    async write(piece) {
      if (piece.length > 0 && !into.write(piece)) await Promise.race([once(into, 'drain').catch(() => failed), failed]);
    },
    async end() {
      into.end();
      await failed;
    },
    async abort() {
      abort();
      await failed.catch(() => undefined);
    },
  };
}

/** The SHA-256 of a file in hex, and its size. @throws what `pause` throws. */
export async function digestFile(path: string, pause: Pause): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of fs.createReadStream(raw(path), { highWaterMark: 1 << 20 })) {
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
      await pause();
    }
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
  return { sha256: hash.digest('hex'), bytes };
}
