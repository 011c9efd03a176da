/* Decides when files that wait are looked at again. Test: tests/unit/tune/test_wait.c */
#include "tune/wait.h"

#include <glib.h>

int64_t wait_next_ms(int64_t since_ms, int64_t now_ms)
{
  int64_t waited_ms = MAX(now_ms - since_ms, 0);
  if (waited_ms >= WAIT_END_MS)
    return INT64_MIN;
  return now_ms + MIN(CLAMP(waited_ms, WAIT_FIRST_MS, WAIT_LONGEST_MS), WAIT_END_MS - waited_ms);
}

char *wait_words(int64_t pause_ms)
{
  int64_t minutes = MAX((pause_ms + 30 * 1000) / (60 * 1000), 1);
  int64_t n = minutes < 120 ? minutes : (minutes + 30) / 60;
  return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", n, minutes < 120 ? "minute" : "hour", n == 1 ? "" : "s");
}
