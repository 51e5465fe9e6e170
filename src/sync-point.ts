import type { Context } from './context.js';
import { waitForFifo } from './fs/disk.js';

/**
 * A place where a test may hold this process: with `NOX_SYNC_POINTS` set to a directory that holds a FIFO of the point's name, it
 * waits there until somebody writes to it. Costs nothing otherwise.
 */
export function syncPoint({ environment }: Pick<Context, 'environment'>, name: string): void {
  const directory = environment['NOX_SYNC_POINTS'];
  if (directory !== undefined && directory !== '') waitForFifo(`${directory}/${name}`);
}
