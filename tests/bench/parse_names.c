/* Reads a release's name a line and writes what it says as a JSON object a line: for scoring the parser against lists of names.
 */
#include "release/release.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, stdin)) > 0) {
    if (line[length - 1] == '\n')
      length--;
    g_autoptr(Release) release = release_parse(line, (size_t)length, NULL);
    g_autoptr(json_t) json = release_json(release);
    g_autofree char *text = json_text(json);
    puts(text);
  }
  free(line);
  return 0;
}
