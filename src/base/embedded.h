/* Files that the program carries, as tools/embed.py writes them.
 *
 * Thread-safety: constant. */
#pragma once

#include <stddef.h>

typedef struct {
  const char *name;           /* path below the directory they were embedded from, "assets/index.js" */
  const unsigned char *bytes; /* a NUL follows */
  size_t length;
} EmbeddedFile;

/* The one of this name; NULL if there is none. `files` may be NULL if `n` is 0. */
const EmbeddedFile *embedded_find(const EmbeddedFile *files, size_t n, const char *name);
