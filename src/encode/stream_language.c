/* Which languages QuickTime can say. Test: tests/unit/encode/test_plan_streams.c */
#include "encode/plan_internal.h"

#include <stddef.h>

/* QuickTime's own list of languages, by the codes that ffmpeg's isom.c gives to Apple's numbers: a mixture of B and T codes. */
const char *language_quicktime(const char *language)
{
  static const char *const held[] = {"eng", "fra", "ger", "ita", "dut", "spa", "dan", "por", "nor", "heb", "jpn", "ara",
                                     "fin", "gre", "ice", "tur", "chi", "urd", "hin", "tha", "kor", "lit", "pol", "hun",
                                     "est", "lav", "rus", "alb", "ron", "ces", "slk", "slv", "mac", "bul", "ukr", "arm",
                                     "geo", "tib", "bur", "may", "vie", "ind", "tam", "tel", "ben", "swa", NULL};
  for (size_t i = 0; held[i]; i++)
    if (language_same(held[i], language))
      return held[i];
  return NULL;
}
