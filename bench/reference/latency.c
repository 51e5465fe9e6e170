/*
 * A library to preload: each call that names or lists a file first waits BENCH_DELAY_US microseconds, as on a busy network file system, and is
 * counted in the file BENCH_COUNT (a 64-bit number, shared by all processes). With BENCH_NO_SYNC nothing is forced to disk. Calls on an open
 * file (read, write, fstat, close, fsync) wait for nothing. libuv makes some calls by syscall(2), so that is watched too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static long delay;
static int no_sync;
static atomic_long *counter;

__attribute__((constructor)) static void start(void) {
  const char *text = getenv("BENCH_DELAY_US"), *count = getenv("BENCH_COUNT");
  delay = text ? atol(text) * 1000 : 0;
  no_sync = getenv("BENCH_NO_SYNC") != NULL;
  int fd = count ? (int)syscall(SYS_openat, AT_FDCWD, count, O_RDWR | O_CLOEXEC, 0) : -1;
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED) counter = shared;
  close(fd);
}

static void request(int times) {
  if (times == 0) return;
  static __thread int exact;
  if (counter) atomic_fetch_add(counter, times);
  if (!delay) return;
  // Without this the kernel adds up to 50 us to each wait.
  if (!exact) exact = prctl(PR_SET_TIMERSLACK, 1000) == 0;
  struct timespec wait = {0, delay * times};
  nanosleep(&wait, NULL);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name)
#define WATCH(times, type, name, params, args) \
  type name params { static type (*real) params; if (!real) real = dlsym(RTLD_NEXT, #name); request(times); return real args; }
#define WATCH_OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
    REAL(int, name, const char *, int, ...); request(1); return real(path, flags, mode); }
#define WATCH_OPENAT(name) \
  int name(int fd, const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
    REAL(int, name, int, const char *, int, ...); request(1); return real(fd, path, flags, mode); }
#define PATH const char *p
#define TWO const char *p, const char *q

WATCH_OPEN(open)
WATCH_OPEN(open64)
WATCH_OPENAT(openat)
WATCH_OPENAT(openat64)
WATCH(1, int, symlink, (TWO), (p, q))
WATCH(1, int, symlinkat, (const char *p, int fd, const char *q), (p, fd, q))
WATCH(1, int, link, (TWO), (p, q))
WATCH(1, int, linkat, (int f, const char *p, int g, const char *q, int flags), (f, p, g, q, flags))
WATCH(1, int, mkdir, (PATH, mode_t m), (p, m))
WATCH(1, int, mkdirat, (int fd, PATH, mode_t m), (fd, p, m))
WATCH(1, int, mknodat, (int fd, PATH, mode_t m, dev_t d), (fd, p, m, d))
WATCH(1, char *, mkdtemp, (char *p), (p))
WATCH(1, int, rename, (TWO), (p, q))
WATCH(1, int, renameat, (int f, const char *p, int g, const char *q), (f, p, g, q))
WATCH(1, int, renameat2, (int f, const char *p, int g, const char *q, unsigned flags), (f, p, g, q, flags))
WATCH(1, int, unlink, (PATH), (p))
WATCH(1, int, unlinkat, (int fd, PATH, int flags), (fd, p, flags))
WATCH(1, int, rmdir, (PATH), (p))
WATCH(1, int, stat, (PATH, struct stat *s), (p, s))
WATCH(1, int, stat64, (PATH, struct stat64 *s), (p, s))
WATCH(1, int, lstat, (PATH, struct stat *s), (p, s))
WATCH(1, int, lstat64, (PATH, struct stat64 *s), (p, s))
WATCH(*p != 0, int, fstatat, (int fd, PATH, struct stat *s, int flags), (fd, p, s, flags))
WATCH(*p != 0, int, fstatat64, (int fd, PATH, struct stat64 *s, int flags), (fd, p, s, flags))
WATCH(1, int, __xstat, (int v, PATH, struct stat *s), (v, p, s))
WATCH(1, int, __xstat64, (int v, PATH, struct stat64 *s), (v, p, s))
WATCH(1, int, __lxstat, (int v, PATH, struct stat *s), (v, p, s))
WATCH(1, int, __lxstat64, (int v, PATH, struct stat64 *s), (v, p, s))
WATCH(1, int, __fxstatat, (int v, int fd, PATH, struct stat *s, int flags), (v, fd, p, s, flags))
WATCH(1, int, __fxstatat64, (int v, int fd, PATH, struct stat64 *s, int flags), (v, fd, p, s, flags))
WATCH(*p != 0, int, statx, (int fd, PATH, int flags, unsigned mask, struct statx *s), (fd, p, flags, mask, s))
WATCH(1, int, statfs, (PATH, struct statfs *s), (p, s))
WATCH(1, int, statfs64, (PATH, struct statfs64 *s), (p, s))
WATCH(1, int, access, (PATH, int m), (p, m))
WATCH(1, int, faccessat, (int fd, PATH, int m, int flags), (fd, p, m, flags))
WATCH(1, int, chmod, (PATH, mode_t m), (p, m))
WATCH(1, int, fchmodat, (int fd, PATH, mode_t m, int flags), (fd, p, m, flags))
WATCH(1, int, utimensat, (int fd, PATH, const struct timespec t[2], int flags), (fd, p, t, flags))
WATCH(1, ssize_t, readlink, (PATH, char *b, size_t n), (p, b, n))
WATCH(1, ssize_t, readlinkat, (int fd, PATH, char *b, size_t n), (fd, p, b, n))
WATCH(1, char *, realpath, (PATH, char *b), (p, b))
/* A listing is two requests: open and read. */
WATCH(2, DIR *, opendir, (PATH), (p))
WATCH(1, DIR *, fdopendir, (int fd), (fd))
WATCH(2, int, scandir, (PATH, struct dirent ***l, int (*f)(const struct dirent *), int (*c)(const struct dirent **, const struct dirent **)), (p, l, f, c))
WATCH(2, int, scandir64, (PATH, struct dirent64 ***l, int (*f)(const struct dirent64 *), int (*c)(const struct dirent64 **, const struct dirent64 **)), (p, l, f, c))

#define FORCE(name, params, args) \
  int name params { static int (*real) params; if (no_sync) return 0; if (!real) real = dlsym(RTLD_NEXT, #name); return real args; }
FORCE(fsync, (int fd), (fd))
FORCE(fdatasync, (int fd), (fd))
FORCE(syncfs, (int fd), (fd))

/* nox has sync(1) call syncfs, in an environment of its own: it ends at once, having done nothing. */
int execvp(const char *file, char *const argv[]) {
  if (no_sync && strcmp(file, "sync") == 0) _exit(0);
  REAL(int, execvp, const char *, char *const[]);
  return real(file, argv);
}

long syscall(long number, ...) {
  REAL(long, syscall, long, ...);
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  switch (number) {
    case SYS_statx: if (*(const char *)b != 0) request(1); break;
    case SYS_openat: case SYS_symlinkat: case SYS_linkat: case SYS_mkdirat: case SYS_unlinkat: case SYS_readlinkat:
    case SYS_renameat2: case SYS_faccessat: case SYS_newfstatat: request(1); break;
    case SYS_fsync: case SYS_fdatasync: case SYS_syncfs: if (no_sync) return 0; break;
    default: break;
  }
  return real(number, a, b, c, d, e, f);
}
