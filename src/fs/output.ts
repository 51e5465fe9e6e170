import fs from 'node:fs';
import { hasErrno } from './errno.js';
import { waitNow } from './wait.js';

/** Milliseconds until a pipe that is full is tried again. */
const PAUSE = 2;

/**
 * Writes all of a text to a descriptor, waiting for as long as a pipe is full. Unlike Node's streams it loads no module for sockets and
 * terminals, which takes as long as a whole small command. Throws what the system says.
 */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      if (!hasErrno(error, 'EAGAIN')) throw error;
      waitNow(PAUSE);
    }
  }
}

/** Closes a descriptor that this process was given; content when it is closed. */
export function closeDescriptor(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch (error) {
    if (!hasErrno(error, 'EBADF')) throw error;
  }
}

/** Major number of /dev/null and its like. */
const MEMORY = 1;

/** True when the descriptor may be a terminal; only then is it worth asking Node for its stream. */
export function mayBeTerminal(fd: number): boolean {
  try {
    const found = fs.fstatSync(fd);
    return found.isCharacterDevice() && ((found.rdev >> 8) & 0xfff) !== MEMORY;
  } catch {
    return false;
  }
}
