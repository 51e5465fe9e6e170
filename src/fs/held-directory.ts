/** Directories held open, so that nobody can put another one in their place while entries in them are renamed or removed. */
import fs from 'node:fs';
import { step } from '../errors.js';
import { raw } from './bytes.js';

/**
 * Opens `root` and then `parts` one below the other, none of them through a symlink but `root` itself, and runs `run` with a path
 * that leads to the last directory whatever happens to its name. The path is good in this process and in its children.
 * @throws `file-system`, `not-permitted`.
 */
export function inHeldDirectory<T>(root: string, parts: readonly string[], run: (held: string) => T): T {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const open: number[] = [];
  const held = (): string => `/proc/${process.pid}/fd/${open.at(-1)}`;
  try {
    open.push(step('open', root, () => fs.openSync(raw(root), O_RDONLY | O_DIRECTORY)));
    for (const part of parts) open.push(step('open', `${root}/${parts.join('/')}`, () => fs.openSync(raw(`${held()}/${part}`), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)));
    return run(held());
  } finally {
    for (const fd of open) fs.closeSync(fd);
  }
}
