/**
 * What a second thread runs. It is started from the texts of these functions, so that it needs no file of its own: they know nothing but their
 * arguments.
 */
import type { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { Errno } from './errno.js';

/** Links to entries of one directory, by name. */
export interface LinkBatch {
  /** Absolute path of the directory that holds what they lead to. */
  readonly target: string;
  readonly names: readonly string[];
  /** Absolute path of a directory that holds links of the same names and texts, of the caller's own, which may become one with them; `null` for none. */
  readonly like: string | null;
}

/** A directory with links to make in it. */
export interface LinkedDirectory {
  /** Absolute path. */
  readonly path: string;
  /** Whether it is still to be made; its parent is there. */
  readonly isNew: boolean;
  readonly links: readonly LinkBatch[];
}

/** What the thread is given: directories to make, with their links, or the word that there are no more. */
export type Task = readonly LinkedDirectory[] | 'end';

/** What the thread answers: when it fails, with what is left of an error between threads, and at the end. */
export type Answer = { readonly what: 'create link' | 'create directory'; readonly path: string; readonly error: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'errno'> } | 'ended';

/** What both threads see: numbers, each at the place that `WORDS` says. */
export interface Surroundings {
  readonly state: Int32Array;
  readonly words: { readonly up: number; readonly done: number; readonly failed: number };
  readonly noSharing: readonly string[];
}

/** The calls that the thread makes. */
interface Calls {
  readonly mkdirSync: typeof mkdirSync;
  readonly linkSync: typeof linkSync;
  readonly symlinkSync: typeof symlinkSync;
}

/** A symlink to make, in the form that Node takes. */
interface RawLink {
  readonly path: string | Buffer;
  readonly text: string | Buffer;
  /** A symlink of the same text, of the caller's own, that may become one with it; `null` for none. */
  readonly like: string | Buffer | null;
}

/** Why two names cannot share one link: the file system, its limit, or who owns the other; or the other is gone. */
export const NO_SHARING: readonly Errno[] = ['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EACCES', 'ENOENT', 'EOPNOTSUPP'];

/** Makes a symlink; one that is like another by a hard link to that, which costs neither an inode nor a block, where that is possible. */
export function makeLinkWith(fs: Pick<Calls, 'linkSync' | 'symlinkSync'>, { path, text, like }: RawLink, noSharing: readonly string[]): void {
  if (like !== null) {
    try {
      return fs.linkSync(like, path);
    } catch (error) {
      if (!noSharing.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  fs.symlinkSync(text, path);
}

/** The thread's loop. After a failure it makes nothing more: all is taken away then. */
export function serve(port: MessagePort, { state, words, noSharing }: Surroundings, fs: Calls, makeLink: typeof makeLinkWith): void {
  const answer = (text: Answer): void => port.postMessage(text);
  const make = ({ path, isNew, links }: LinkedDirectory): void => {
    let step = { what: 'create directory' as 'create directory' | 'create link', path };
    try {
      if (isNew) fs.mkdirSync(path);
      for (const { target, names, like } of links) {
        for (const name of names) {
          step = { what: 'create link', path: `${path}/${name}` };
          makeLink(fs, { path: step.path, text: `${target}/${name}`, like: like === null ? null : `${like}/${name}` }, noSharing);
        }
      }
    } catch (error) {
      const { message, code, errno } = error as NodeJS.ErrnoException;
      Atomics.store(state, words.failed, 1);
      answer({ ...step, error: { message, code, errno } });
    }
  };

  port.on('message', (task: Task) => {
    if (task === 'end') {
      answer('ended');
      return port.close();
    }
    for (const directory of task) if (Atomics.load(state, words.failed) === 0) make(directory);
    Atomics.add(state, words.done, 1);
  });
  Atomics.store(state, words.up, 1);
}
