#include "base/error.h"

#include <errno.h>

static void test_rows(void)
{
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  for (int code = REEVE_ERROR_INVALID; code <= REEVE_ERROR_INTERNAL; code++) {
    const ReeveErrorRow *row = reeve_error_row(code);
    g_assert_nonnull(row->name);
    g_assert_nonnull(row->title);
    g_assert_cmpint(row->http_status, >=, 400);
    g_assert_cmpint(row->http_status, <=, 599);
    g_assert_cmpint(row->exit_code, >, 0);
    g_assert_cmpint(row->exit_code, <, 64);
    g_assert_true(g_hash_table_add(names, (void *)row->name));
  }
  g_assert_cmpstr(reeve_error_row(-1)->name, ==, "internal");
  g_assert_cmpstr(reeve_error_row(1000)->name, ==, "internal");
}

static void test_code(void)
{
  g_autoptr(GError) ours = g_error_new(REEVE_ERROR, REEVE_ERROR_LIMIT, "x");
  g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_assert_cmpint(reeve_error_code(ours), ==, REEVE_ERROR_LIMIT);
  g_assert_cmpint(reeve_error_code(foreign), ==, REEVE_ERROR_INTERNAL);
  g_assert_cmpint(reeve_error_code(NULL), ==, REEVE_ERROR_INTERNAL);
}

static void test_fail(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_false(fail(&error, REEVE_ERROR_CONFLICT, "The %s is %d", "job", 7));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_assert_cmpstr(error->message, ==, "The job is 7");
  g_assert_false(fail(NULL, REEVE_ERROR_CONFLICT, "nobody asks"));
  g_assert_false(fail_errno(NULL, EIO, "nobody asks"));
}

static void test_errno(void)
{
  static const struct {
    int error;
    ReeveErrorCode code;
  } rows[] = {
      {ENOENT, REEVE_ERROR_NOT_FOUND},
      {ENOTDIR, REEVE_ERROR_NOT_FOUND},
      {EACCES, REEVE_ERROR_DENIED},
      {EROFS, REEVE_ERROR_DENIED},
      {ENOSPC, REEVE_ERROR_NO_SPACE},
      {EMFILE, REEVE_ERROR_UNAVAILABLE},
      {ENOMEM, REEVE_ERROR_UNAVAILABLE},
      {EDQUOT, REEVE_ERROR_NO_SPACE},
      {EIO, REEVE_ERROR_IO},
      {EEXIST, REEVE_ERROR_CONFLICT},
      {ECANCELED, REEVE_ERROR_CANCELLED},
      {ETIMEDOUT, REEVE_ERROR_TIMEOUT},
      {0, REEVE_ERROR_IO},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(fail_errno(&error, rows[i].error, "Cannot open %s", "f"));
    g_assert_error(error, REEVE_ERROR, (int)rows[i].code);
    g_autofree char *message = g_strdup_printf("Cannot open f: %s", g_strerror(rows[i].error));
    g_assert_cmpstr(error->message, ==, message);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/error/rows", test_rows);
  g_test_add_func("/error/code", test_code);
  g_test_add_func("/error/fail", test_fail);
  g_test_add_func("/error/errno", test_errno);
  return g_test_run();
}
