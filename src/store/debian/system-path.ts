/** Paths of a Debian system and of a package laid out like /usr/local. */
import { posix } from 'node:path';

/** `usr/lib/x` and `lib/x` are both `lib/x`, as on a system with a merged /usr. */
export const flatten = (path: string): string => (path === 'usr' ? '' : path.startsWith('usr/') ? path.slice(4) : path);

/** What a symlink at a path of a Debian system leads to, lexically: a flattened path with a slash before it. */
export function systemTarget(link: string, text: string): string {
  const absolute = posix.resolve('/', text.startsWith('/') ? '.' : posix.dirname(link), text);
  return `/${flatten(absolute.slice(1))}`;
}

/** `prefix=/usr` of a pkg-config file becomes relative to the place of the file, and other paths below /usr relative to the prefix. */
export function mendPkgConfig(path: string, text: string): string {
  if (!/^prefix\s*=/m.test(text)) {
    // A file without a prefix names /usr again and again.
    return text.replace(/^(\w+\s*=\s*)\/usr(?=\/|$)/gm, `$1\${pcfiledir}/${upFrom(path)}`);
  }
  const mended = text.replace(/^(prefix\s*=\s*)\/usr[ \t]*$/m, `$1\${pcfiledir}/${upFrom(path)}`);
  return mended === text ? text : mended.replace(/^(?!prefix\b)(\w+\s*=\s*)\/usr(?=\/|$)/gm, '$1${prefix}');
}

const upFrom = (path: string): string => path.split('/').slice(1).map(() => '..').join('/');
