/* Decides when a password may be tried again. Test: tests/unit/auth/test_lockout.c */
#include "auth/lockout.h"

#include "auth/network.h"
#include "base/error.h"

enum { NAME_MAX_BYTES = 64 };

int64_t lockout_wait_ms(int64_t failures, int64_t free)
{
  if (failures < free)
    return 0;
  int64_t doublings = MIN(failures - free, 20); /* more only overflow */
  return MIN((int64_t)LOCKOUT_FIRST_MS << doublings, (int64_t)LOCKOUT_LONGEST_MS);
}

/* What is counted: "address 192.0.2.1", "name anna from 192.0.2.1". The caller frees both. */
typedef struct {
  char *address, *pair;
} Subjects;

static Subjects subjects_of(const char *name, const char *address)
{
  g_autofree char *network = network_household(address);
  g_autofree char *valid = g_utf8_make_valid(name, -1);
  g_autofree char *cut = g_strndup(valid, NAME_MAX_BYTES);
  g_autofree char *again = g_utf8_make_valid(cut, -1); /* the cut may have hit the middle of a character */
  return (Subjects){g_strconcat("address ", network, NULL), g_strconcat("name ", again, " from ", network, NULL)};
}

static void subjects_clear(Subjects *subjects)
{
  g_free(subjects->address);
  g_free(subjects->pair);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Subjects, subjects_clear)

/* Counts one more failure unless the subject has to wait; *ret_wait_ms is 0 then. The upsert holds the row, so of many attempts
 * at once each finds the count of the one before. */
static bool count(DbConn *conn, const char *subject, int64_t free, int64_t now_ms, int64_t *ret_wait_ms, GError **error)
{
  static const char add[] = "INSERT INTO login_failures (subject, failures, last_at_ms, blocked_until_ms) VALUES ($1, 1, $2, 0) "
                            "ON CONFLICT (subject) DO UPDATE SET last_at_ms = excluded.last_at_ms, "
                            "failures = CASE WHEN login_failures.last_at_ms < $3 THEN 1 ELSE login_failures.failures + 1 END "
                            "WHERE login_failures.blocked_until_ms <= excluded.last_at_ms RETURNING failures";
  int64_t failures = 0, until_ms = 0;
  bool counted = false, found = false;
  if (!db_query_int(conn, add, DB_ARGS(DB_TEXT(subject), DB_INT(now_ms), DB_INT(now_ms - LOCKOUT_FORGET_MS)), &failures, &counted,
                    error))
    return false;
  *ret_wait_ms = 0;
  if (counted) {
    int64_t wait_ms = lockout_wait_ms(failures, free);
    return wait_ms == 0 || db_exec(conn, "UPDATE login_failures SET blocked_until_ms = $1 WHERE subject = $2",
                                   DB_ARGS(DB_INT(now_ms + wait_ms), DB_TEXT(subject)), NULL, error);
  }
  if (!db_query_int(conn, "SELECT blocked_until_ms FROM login_failures WHERE subject = $1", DB_ARGS(DB_TEXT(subject)), &until_ms,
                    &found, error))
    return false;
  *ret_wait_ms = MAX(until_ms - now_ms, 1);
  return true;
}

bool lockout_enter(DbConn *conn, const char *name, const char *address, const Clock *clock, int64_t *ret_wait_ms, GError **error)
{
  g_auto(Subjects) subjects = subjects_of(name, address);
  int64_t now_ms = clock_now_ms(clock), wait_ms = 0;
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  if (!transaction || !count(conn, subjects.address, LOCKOUT_ADDRESS_FREE, now_ms, &wait_ms, error))
    return false;
  if (wait_ms == 0 && !count(conn, subjects.pair, LOCKOUT_PAIR_FREE, now_ms, &wait_ms, error))
    return false;
  if (wait_ms == 0)
    return db_commit(transaction, error);
  /* Nothing is counted: somebody who tries again too early does not make it worse for the whole address. */
  *ret_wait_ms = wait_ms;
  return fail(error, REEVE_ERROR_LIMIT, "Too many attempts to sign in; wait %" G_GINT64_FORMAT " seconds.",
              (wait_ms + 999) / 1000);
}

bool lockout_forgive(DbConn *conn, const char *name, const char *address, GError **error)
{
  g_auto(Subjects) subjects = subjects_of(name, address);
  g_autoptr(DbTransaction) transaction = db_begin(conn, error);
  return transaction &&
         db_exec(conn,
                 "UPDATE login_failures SET failures = failures - 1, blocked_until_ms = 0 WHERE subject = $1 AND failures > 0",
                 DB_ARGS(DB_TEXT(subjects.address)), NULL, error) &&
         db_exec(conn, "DELETE FROM login_failures WHERE subject = $1", DB_ARGS(DB_TEXT(subjects.pair)), NULL, error) &&
         db_commit(transaction, error);
}
