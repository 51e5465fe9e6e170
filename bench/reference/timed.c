/*
 * Runs a command after a sync(2), so that it doesn't pay for what was written before it, and writes to descriptor 3: wall, user and system time in
 * microseconds, peak resident memory of its largest process in kB, exit status (128 + signal).
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long us(struct timeval t) { return t.tv_sec * 1000000L + t.tv_usec; }

int main(int argc, char **argv) {
  if (argc < 3) errx(2, "usage: timed sync|nosync COMMAND...");
  fcntl(3, F_SETFD, FD_CLOEXEC);
  if (strcmp(argv[1], "sync") == 0) sync();
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  pid_t child = vfork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) err(1, "%s", argv[2]);
  clock_gettime(CLOCK_MONOTONIC, &to);
  long wall = (to.tv_sec - from.tv_sec) * 1000000L + (to.tv_nsec - from.tv_nsec) / 1000;
  dprintf(3, "%ld %ld %ld %ld %d\n", wall, us(usage.ru_utime), us(usage.ru_stime), usage.ru_maxrss,
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
