import picomatch from 'picomatch';

/** Entries at the top of a package that describe it and are no part of what it installs. */
const DESCRIPTIONS: ReadonlySet<string> = new Set(['.nox', '.spack', 'nox-package.yaml', 'nox-store.yaml']);

/** True for a top-level entry that never becomes part of a profile. */
export function isDescription(name: string): boolean {
  return DESCRIPTIONS.has(name);
}

const LIBC = /^(?:ld-linux.*|ld64\.so\..*|libc\.so\..*|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|libresolv\.so\.2|libnss_.*)$/s;
/** What else is built with it and needs the very same release, by its private symbols. */
const LIBC_COMPANION = /^lib(?:mvec\.so\.1|util\.so\.1|anl\.so\.1|nsl\.so\.1|BrokenLocale\.so\.1|thread_db\.so\.1|c_malloc_debug\.so\.0|memusage\.so|pcprofile\.so)$/;
/** Files that glibc's own packages install under the names of their release, `libc-2.31.so`. */
const LIBC_RELEASE = /^(?:ld|libc|libm|libpthread|libdl|librt|libresolv)-2\.[0-9]+\.so$/;

/** True for the C library's own files by name: on LD_LIBRARY_PATH they would crash every program of the host. */
export function isLibc(name: string): boolean {
  return name.startsWith('l') && (LIBC.test(name) || LIBC_COMPANION.test(name) || LIBC_RELEASE.test(name));
}

/** Indexes and logs that many packages ship and that belong to none: the first one is linked, and that is that. */
const JUNK: readonly string[] = [
  '{share/,}info/dir{,.gz,.old}',
  '**/perllocal.pod',
  '**/.packlist',
  '**/__pycache__/*.pyc',
  '{share/,}icons/*/icon-theme.cache',
  'share/mime/{XMLnamespaces,aliases,generic-icons,globs,globs2,icons,magic,mime.cache,subclasses,treemagic,types,version}',
  'share/applications/mimeinfo.cache',
  '**/gschemas.compiled',
  '**/gdk-pixbuf-2.0/*/loaders.cache',
  '**/gtk-*/*/immodules.cache',
  '{share/,}man/{whatis,index.db,mandb,index.bt,CACHEDIR.TAG}',
  '**/fonts.{dir,scale}',
  '**/.uuid',
  'etc/ld.so.{cache,conf}',
  'lib/charset.alias',
  'share/locale/locale.alias',
  '**/easy-install.pth',
  // What conda, Nix and EasyBuild keep of a package inside of it, under the same names in each.
  'info/{about.json,files,git,has_prefix,hash_input.json,icon.png,index.json,link.json,no_link,no_softlink,paths.json,platform,repodata_record.json,run_exports.json}',
  'info/{licenses,recipe,test,tests}/**',
  'nix-support/*',
  'easybuild/**',
];
let junk: ((path: string) => boolean) | null = null;

/** True for a path that never collides. */
export function isJunk(path: string): boolean {
  // Compiling them takes milliseconds, which a command without collisions saves.
  junk ??= picomatch(JUNK as string[], { dot: true });
  return junk(path);
}
