import { spawnSync } from 'node:child_process';
import { raw } from './bytes.js';
import { syncDirectoryCall } from './calls.js';
import { syncDirectory, syncFile } from './change.js';
import { areSlow, drain } from './drain.js';

/** Files and directories beyond which the whole file system may be forced to disk by one call instead of each by its own. */
const MANY = 48;

/** True when so many files and directories are forced to disk better by {@link syncFileSystem} where each takes its time. */
export const areMany = (count: number): boolean => count > MANY;

/** Milliseconds a directory up to which each is forced on its own: where one write of the log takes all along, the others cost a system call. */
const QUICK = 0.06;
/** Milliseconds that a call for the whole file system takes at least: a process, and what the log of others and the places of our own take. */
const WHOLE = 60;
/** Directories between two looks at the clock. */
const TOGETHER = 64;

/**
 * Forces new files and directories of a tree to disk: each by itself, also where they are many, as long as that is quick, since a call for the
 * whole file system waits for what others write, and writes what its log keeps already; else by that call.
 */
export async function forceTree({ tree, files, directories }: { readonly tree: string; readonly files: readonly string[]; readonly directories: readonly string[] }): Promise<void> {
  const many = areMany(files.length + directories.length);
  if (many && (areSlow() || areMany(files.length)) && syncFileSystem(tree)) return;
  for (const file of files) syncFile(file);
  const done = many ? forceWhileQuick(directories) : 0;
  if (done < directories.length && !(many && syncFileSystem(tree))) await drain(directories.slice(done), syncDirectoryCall);
}

/** Forces directories, in order, while that is quick, or few are left, and their file system can; returns how many. */
function forceWhileQuick(directories: readonly string[]): number {
  let began = performance.now();
  for (const [at, directory] of directories.entries()) {
    if (!syncDirectory(directory)) return at;
    // The first one waits for all that was written, and says nothing of the others.
    if (at === 0) began = performance.now();
    else if (at % TOGETHER === 0) {
      const each = (performance.now() - began) / at;
      if (each > QUICK && each * (directories.length - at) > WHOLE) return at + 1;
    }
  }
  return directories.length;
}

/**
 * Forces all that was written to the file system of a directory to disk, by syncfs(2), which Node does not have and GNU's `sync -f` is.
 * False where that program is not to be had, does not know the flag, or reports a failure: then nothing is promised.
 */
export function syncFileSystem(directory: string): boolean {
  // Words of a child are text: a path of other bytes is named by the caller's own descriptors elsewhere, and not worth it here.
  if (typeof raw(directory) !== 'string') return false;
  const { status, error } = spawnSync('sync', ['-f', '--', directory], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  return error === undefined && status === 0;
}
