/* Who carries out a request that came twice. */
#include "store/db_fixture.h"

#include "base/error.h"
#include "store/idempotent.h"
#include "store/record_sql.h"

static IdempotentRequest *asked(const char *caller, const char *key, int64_t at_ms)
{
  IdempotentRequest *request = record_new(&idempotent_request_table);
  request->caller = (g_free(request->caller), g_strdup(caller));
  request->key = (g_free(request->key), g_strdup(key));
  request->digest = (g_free(request->digest), g_strdup("digest"));
  request->created_at_ms = at_ms;
  return request;
}

static bool take(DbConn *conn, IdempotentRequest *request)
{
  g_autoptr(GError) error = NULL;
  bool taken = false;
  idempotent_take(conn, request, &taken, &error);
  g_assert_no_error(error);
  return taken;
}

static void test_take(TestDb *test)
{
  g_autoptr(DbConn) conn = test_db_acquire(test);
  g_autoptr(GError) error = NULL;
  const int64_t now_ms = 10 * (int64_t)IDEMPOTENT_KEEP_MS;
  g_autoptr(IdempotentRequest) first = asked("key 1", "a", now_ms), again = asked("key 1", "a", now_ms + 1),
                               other = asked("key 2", "a", now_ms), answered = asked("key 1", "a", now_ms + 2);
  g_assert_true(take(conn, first));
  g_assert_false(take(conn, again));
  g_assert_cmpint(again->status, ==, FIELD_NULL_INT);
  g_assert_true(take(conn, other));
  g_assert_true(idempotent_answer(conn, first->id, 202, "{\"job\":7}", &error));
  g_assert_false(take(conn, answered));
  g_assert_cmpint(answered->status, ==, 202);
  g_assert_cmpstr(answered->answer, ==, "{\"job\":7}");
  g_assert_true(idempotent_release(conn, other->id, &error));
  g_autoptr(IdempotentRequest) free_again = asked("key 2", "a", now_ms + 3);
  g_assert_true(take(conn, free_again));

  /* One that a dead server left is taken over, one that was answered is kept for a day. */
  g_autoptr(IdempotentRequest) later = asked("key 2", "a", now_ms + IDEMPOTENT_ABANDONED_MS + 100);
  g_assert_true(take(conn, later));
  g_autoptr(IdempotentRequest) same_day = asked("key 1", "a", now_ms + IDEMPOTENT_KEEP_MS);
  g_assert_false(take(conn, same_day));
  g_autoptr(IdempotentRequest) next_day = asked("key 1", "a", now_ms + IDEMPOTENT_KEEP_MS + 1);
  g_assert_true(take(conn, next_day));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  test_db_each("/idempotent/take", test_take);
  return g_test_run();
}
