import { constants } from 'node:os';

/** Numbers that libuv has no name for, so that Node's `code` is useless: decide on the number (Linux, generic ABI). */
const UNNAMED = { EDQUOT: 122, ESTALE: 116, ENOLCK: 37, EUCLEAN: 117 } as const;

export type Errno = keyof typeof constants.errno | keyof typeof UNNAMED;

let table: Readonly<Record<string, number>> | null = null;

/** Error numbers by name. */
const numbers = (): Readonly<Record<string, number>> => (table ??= { ...constants.errno, ...UNNAMED });

/** True when `error` is a system error with one of these error numbers. */
export function hasErrno(error: unknown, ...names: readonly Errno[]): boolean {
  const number = errnoOf(error);
  if (number === null) return false;
  // Where the name itself tells, the numbers, which Node would have to load a module for, need not be asked.
  return names.includes((error as NodeJS.ErrnoException).code as Errno) || names.some((name) => numbers()[name] === number);
}

/** The positive error number of a system error, `null` for anything else. */
export function errnoOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return null;
  return Math.abs(error.errno);
}

/** The symbolic name of an error number (`EDQUOT`), or `errno N`. */
function errnoName(number: number): string {
  for (const [name, value] of Object.entries(numbers())) if (value === number) return name;
  return `errno ${number}`;
}

const WORDS: Partial<Record<Errno, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space or no inodes left on the file system',
  EDQUOT: 'your disk quota is used up',
  ESTALE: 'stale file handle: the file server lost or replaced it',
  EIO: 'input/output error',
  EMFILE: 'too many open files in this process',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'too many levels of symbolic links',
  E2BIG: 'its arguments and variables are too many, or one of them too long',
  ETXTBSY: 'it is open for writing',
  EEXIST: 'it exists already',
  ENOTEMPTY: 'the directory is not empty',
  EUCLEAN: 'the file system is damaged',
  ENOLCK: 'no locks available',
  ETIMEDOUT: 'the file server did not answer in time',
};

/** What an error number means, in words for a user. */
export function errnoWords(number: number): string {
  const name = errnoName(number);
  return WORDS[name as Errno] ?? name;
}
