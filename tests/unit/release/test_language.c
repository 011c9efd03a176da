#include "release/language.h"

#include <glib.h>

static void test_rows(void)
{
  g_assert_cmpuint(n_language_rows, ==, LANGUAGE_GEORGIAN - LANGUAGE_ORIGINAL + 1);
  g_assert_cmpuint(release_language_table.n_rows, ==, n_language_rows);
  for (size_t i = 0; i < n_language_rows; i++) {
    const LanguageRow *row = &release_language_rows[i];
    g_assert_cmpint(row->id, ==, (int)i + LANGUAGE_ORIGINAL);
    g_assert_true(release_language_find(row->id) == row);
    g_assert_true(release_language_named(row->name) == row);
    g_assert_true(release_language_named(row->key) == row);
    g_assert_cmpint(release_language_table.rows[i].value, ==, row->id);
    g_assert_cmpstr(release_language_table.rows[i].name, ==, row->key);
    g_assert_true((*row->code == '\0') == (row->id <= LANGUAGE_UNKNOWN));
  }
  g_assert_null(release_language_find(58));
  g_assert_null(release_language_find(-3));
  g_assert_null(release_language_named("Klingon"));
  g_assert_cmpint(release_language_named("portuguese (brazil)")->id, ==, LANGUAGE_PORTUGUESE_BR);
  g_assert_cmpint(release_language_named("PT-BR")->id, ==, 30);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/language/rows", test_rows);
  return g_test_run();
}
