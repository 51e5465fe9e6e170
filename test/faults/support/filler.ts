import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export type Room = 'blocks' | 'inodes';

const PAGE = 4096;

/** Takes a file system's room away, all but some. */
interface Filler {
  /** Leaves exactly so many blocks or inodes free. */
  leave(free: number): void;
  /** Gives everything back. */
  empty(): void;
}

/** Mounts a tmpfs; the other kind of room is ample. */
export function mountTmpfs(at: string, limit: Room): void {
  fs.mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', limit === 'blocks' ? 'size=6m,nr_inodes=20000' : 'size=64m,nr_inodes=1000', 'none', at]);
}

/** By one file that grows and shrinks, or by many empty ones. */
export function filler(at: string, limit: Room): Filler {
  const directory = `${at}/fill`;
  fs.mkdirSync(directory);
  const free = (): number => (limit === 'blocks' ? fs.statfsSync(at).bfree : fs.statfsSync(at).ffree);
  let made = 0;
  const file = `${directory}/blocks`;
  const grow = (): void => (limit === 'blocks' ? fs.appendFileSync(file, Buffer.alloc(PAGE, 1)) : fs.writeFileSync(`${directory}/${(made += 1)}`, ''));
  const shrink = (): void => {
    if (limit === 'blocks') return fs.truncateSync(file, fs.statSync(file).size - PAGE);
    fs.unlinkSync(`${directory}/${made}`);
    made -= 1;
  };
  if (limit === 'blocks') fs.writeFileSync(file, '');
  return {
    leave(wanted) {
      while (free() > wanted) grow();
      while (free() < wanted) shrink();
    },
    empty() {
      if (limit === 'blocks') fs.truncateSync(file, 0);
      else while (made > 0) shrink();
    },
  };
}
