/*
 * Makes the entries of a list, one call each, in the list's order: what a program can do at best that links everything.
 * LIST: for each entry a letter and NUL-terminated words: dPATH, fPATH (an empty file), lPATH TARGET (a symlink), hPATH TARGET (a hard link;
 * TARGET relative to SOURCE). Paths are relative to ROOT, which exists. "sync": one syncfs at the end.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *load(const char *path, size_t *size) {
  int fd = open(path, O_RDONLY);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0) err(1, "%s", path);
  char *text = malloc(st.st_size + 1);
  for (*size = 0; *size < (size_t)st.st_size;) {
    ssize_t got = read(fd, text + *size, st.st_size - *size);
    if (got <= 0) err(1, "%s", path);
    *size += got;
  }
  close(fd);
  return text;
}

int main(int argc, char **argv) {
  if (argc < 3) errx(2, "usage: replay LIST ROOT [sync|nosync [SOURCE]]");
  size_t size;
  char *at = load(argv[1], &size), *end = at + size;
  int root = open(argv[2], O_RDONLY | O_DIRECTORY);
  int source = argc > 4 ? open(argv[4], O_RDONLY | O_DIRECTORY) : -1;
  if (root < 0) err(1, "%s", argv[2]);
  while (at < end) {
    char op = *at++, *path = at;
    at += strlen(at) + 1;
    int failed;
    if (op == 'd') {
      failed = mkdirat(root, path, 0755);
    } else if (op == 'f') {
      failed = mknodat(root, path, S_IFREG | 0644, 0);
    } else {
      char *target = at;
      at += strlen(at) + 1;
      failed = op == 'l' ? symlinkat(target, root, path) : linkat(source, target, root, path, 0);
    }
    if (failed) err(1, "%c %s", op, path);
  }
  if (argc > 3 && strcmp(argv[3], "sync") == 0 && syncfs(root) < 0) err(1, "syncfs");
  return 0;
}
