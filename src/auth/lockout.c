/* Decides when a password may be tried again. Test: tests/unit/auth/test_lockout.c */
#include "auth/lockout.h"

#include "auth/network.h"
#include "base/error.h"
#include "store/access_rows.h"

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

/* Counts one more failure unless the subject has to wait; *ret_wait_ms is 0 then. The count holds the row, so of many attempts at
 * once each finds that of the one before. */
static bool count(DbConn *conn, const char *subject, int64_t free, int64_t now_ms, int64_t *ret_wait_ms, GError **error)
{
  int64_t failures = 0, until_ms = 0;
  if (!failure_row_count(conn, subject, now_ms, now_ms - LOCKOUT_FORGET_MS, &failures, error))
    return false;
  if (failures > 0) {
    int64_t wait_ms = lockout_wait_ms(failures, free);
    *ret_wait_ms = 0;
    return wait_ms == 0 || failure_row_block(conn, subject, now_ms + wait_ms, error);
  }
  if (!failure_row_blocked_until(conn, subject, &until_ms, error))
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
  return transaction && failure_row_take_back(conn, subjects.address, error) && failure_row_forget(conn, subjects.pair, error) &&
         db_commit(transaction, error);
}
