/* For tests of single steps: a scan with its words tagged. */
#pragma once

#include "release/release.h"
#include "release/tag.h"

#include <string.h>

static inline Release *read_name(const char *name)
{
  return release_parse(name, strlen(name), NULL);
}

static inline Scan *scan_new(const char *text)
{
  Scan *scan = g_new0(Scan, 1);
  scan->last_year = RELEASE_LAST_YEAR;
  scan_text(scan, text, strlen(text));
  return scan;
}

static inline Scan *tagged_new(const char *text)
{
  Scan *scan = scan_new(text);
  tag_words(scan);
  return scan;
}
