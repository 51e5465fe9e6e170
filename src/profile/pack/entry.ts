/** What is to be written at one path of a pack. Paths are relative to its root, times whole seconds since 1970. */
export type PackEntry =
  | { readonly op: 'directory'; readonly path: string; readonly mode: number }
  | { readonly op: 'file'; readonly path: string; readonly mode: number; readonly mtime: number; readonly size: number; readonly source: string }
  | { readonly op: 'text'; readonly path: string; readonly content: Buffer }
  | { readonly op: 'symlink'; readonly path: string; readonly text: string }
  /** The same file as the one at `to`, which comes earlier. */
  | { readonly op: 'hard-link'; readonly path: string; readonly to: string };

/** A symlink that leads out of all that is packed. */
export interface OutsideLink {
  /** Absolute path of the link. */
  readonly path: string;
  readonly target: string;
}

/** What becomes of links that lead out of the pack: refused, what they lead to packed too, or left as they are. */
export const OUTSIDE_WAYS = ['refuse', 'copy', 'keep'] as const;

export type OutsideWay = (typeof OUTSIDE_WAYS)[number];

/**
 * The permissions of a packed entry: those of a plain file or program, whatever the umask was; what only its owner could read
 * stays so. Set-user-id and the like are never packed.
 */
export function packedMode(mode: number, isDirectory: boolean): number {
  const whole = isDirectory || (mode & 0o100) !== 0 ? 0o755 : 0o644;
  return (mode & 0o044) === 0 ? whole & 0o700 : whole;
}

/** Time of a file in whole seconds, as far as tar and squashfs can hold it. */
export function packedTime(mtimeMs: number): number {
  return Math.min(Math.max(Math.floor(mtimeMs / 1000), 0), 0xffff_ffff);
}
