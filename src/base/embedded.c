/* Finds one of the files that the program carries. Test: tests/unit/base/test_embedded.c */
#include "base/embedded.h"

#include <string.h>

const EmbeddedFile *embedded_find(const EmbeddedFile *files, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(files[i].name, name) == 0)
      return &files[i];
  return NULL;
}
