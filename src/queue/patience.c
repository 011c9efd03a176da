/* Decides when leases are not looked at. Test: tests/unit/queue/test_patience.c */
#include "queue/patience.h"

bool patience_asked(Patience *patience, int64_t now_ms, int64_t *ret_gap_ms)
{
  int64_t gap_ms = patience->looked_at_ms == 0 ? 0 : now_ms - patience->looked_at_ms;
  bool was_away = gap_ms > PATIENCE_AWAY_MS || gap_ms < 0;
  patience->looked_at_ms = now_ms;
  if (was_away)
    patience->until_ms = now_ms + PATIENCE_MS;
  *ret_gap_ms = was_away ? gap_ms : 0;
  return now_ms < patience->until_ms;
}
