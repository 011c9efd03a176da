/* Decides how long the tables of access remember. Test: tests/unit/auth/test_session.c */
#include "auth/clean.h"

#include "auth/lockout.h"

static const int64_t day_ms = 24 * 60 * 60 * 1000LL;

bool auth_clean(DbConn *conn, const SessionRules *rules, int64_t audit_days, const Clock *clock, int64_t *ret_count,
                GError **error)
{
  int64_t now_ms = clock_now_ms(clock), count = 0;
  const struct {
    const char *sql;
    int64_t before_ms;
  } rows[] = {
      {"DELETE FROM sessions WHERE expires_at_ms <= $1", now_ms},
      {"DELETE FROM sessions WHERE used_at_ms <= $1", now_ms - rules->idle_ms},
      {"DELETE FROM api_keys WHERE expires_at_ms <= $1", now_ms - KEY_SHOWN_DAYS * day_ms},
      {"DELETE FROM setup_tokens WHERE expires_at_ms <= $1", now_ms},
      {"DELETE FROM login_failures WHERE last_at_ms < $1", now_ms - LOCKOUT_FORGET_MS},
      {"DELETE FROM audit WHERE at_ms < $1", audit_days > 0 ? now_ms - audit_days * day_ms : INT64_MIN},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    int64_t changed = 0;
    if (!db_exec(conn, rows[i].sql, DB_ARGS(DB_INT(rows[i].before_ms)), &changed, error))
      return false;
    count += changed;
  }
  *ret_count = count;
  return true;
}
