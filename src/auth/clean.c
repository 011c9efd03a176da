/* Decides how long the tables of access remember. Test: tests/unit/auth/test_session.c */
#include "auth/clean.h"

#include "auth/lockout.h"
#include "store/access_rows.h"

static const int64_t day_ms = 24 * 60 * 60 * 1000LL;

bool auth_clean(DbConn *conn, const SessionRules *rules, int64_t audit_days, const Clock *clock, int64_t *ret_count,
                GError **error)
{
  int64_t now_ms = clock_now_ms(clock);
  const AccessEnds ends = {.session_expired_ms = now_ms,
                           .session_used_ms = now_ms - rules->idle_ms,
                           .key_expired_ms = now_ms - KEY_SHOWN_DAYS * day_ms,
                           .setup_expired_ms = now_ms,
                           .failure_ms = now_ms - LOCKOUT_FORGET_MS,
                           .audit_ms = audit_days > 0 ? now_ms - audit_days * day_ms : INT64_MIN};
  return access_rows_clean(conn, &ends, ret_count, error);
}
