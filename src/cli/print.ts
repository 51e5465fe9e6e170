import { errnoOf, errnoWords, hasErrno } from '../fs/errno.js';
import { writeTo } from '../fs/change.js';
import { writeAll } from '../fs/output.js';

/** Writes to standard output. An answer that cannot be written ends the program with an error in one line. */
export function print(bin: string, text: string): void {
  write(1, bin, text);
}

/** Writes to standard error, in the same way. */
export function tell(bin: string, text: string): void {
  write(2, bin, text);
}

let mayHold = false;

/** Whether all that was printed is written by now: what went through a stream of Node's to anything but a terminal may not be. */
export const isAllWritten = (): boolean => !mayHold;

/** The same for what libraries write through Node's streams; oclif's own listener throws. */
export function watchStreams(bin: string, streams: readonly NodeJS.WriteStream[]): void {
  mayHold ||= streams.some((stream) => !stream.isTTY);
  for (const stream of streams) stream.removeAllListeners('error').on('error', (error) => end(bin, error));
}

function write(fd: number, bin: string, text: string): void {
  try {
    writeAll(fd, text);
  } catch (error) {
    end(bin, error);
  }
}

/** `nox… | head -1` ends quietly. */
function end(bin: string, error: unknown): never {
  if (!hasErrno(error, 'EPIPE')) writeTo(2, `${bin}: cannot write the answer: ${errnoWords(errnoOf(error) ?? 0)}; what the command did stands\n`);
  return process.exit(hasErrno(error, 'EPIPE') ? (process.exitCode ?? 0) : 1);
}
