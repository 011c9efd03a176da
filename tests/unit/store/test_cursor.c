/* What a page's cursor carries, and what is refused. */
#include "store/cursor.h"

#include "base/error.h"

#include <string.h>

static void test_round_trip(void)
{
  static const char *const values[] = {"", "x", "/films/Größe.mkv", "line\nbreak\n", "a b", "大🎬"};
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *cursor = cursor_new("order", values[i], INT64_MAX - (int64_t)i);
    g_assert_cmpuint(strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ==, strlen(cursor));
    g_autofree char *value = NULL;
    int64_t id;
    g_assert_true(cursor_parse(cursor, "order", &value, &id, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(value, ==, values[i]);
    g_assert_cmpint(id, ==, INT64_MAX - (int64_t)i);
    g_assert_false(cursor_parse(cursor, "other", &value, &id, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  }
}

static void test_garbage(void)
{
  g_autofree char *long_one = g_strnfill(100000, 'A');
  g_autofree char *negative = cursor_new("order", "1", -1);
  const char *const cursors[] = {"",     "x",     "!!!!", "AAAA",   "b3JkZXI", "b3JkZXIKMQ", "b3JkZXIKeAox", "b3JkZXIKMQr_",
                                 "====", "a b c", "/+/+", long_one, negative};
  for (size_t i = 0; i < G_N_ELEMENTS(cursors); i++) {
    g_autoptr(GError) error = NULL;
    char *value = NULL;
    int64_t id = 5;
    g_assert_false(cursor_parse(cursors[i], "order", &value, &id, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    g_assert_null(value);
    g_assert_cmpint(id, ==, 5);
  }
  g_autoptr(GError) error = NULL;
  g_autofree char *words = cursor_new("order", "ten", 1);
  int64_t value = 3, id = 4;
  g_assert_false(cursor_parse_int(words, "order", &value, &id, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_cmpint(value, ==, 3);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cursor/round-trip", test_round_trip);
  g_test_add_func("/cursor/garbage", test_garbage);
  return g_test_run();
}
