/* Files that the program carries. */
#include "base/embedded.h"

#include <glib.h>

static void test_find(void)
{
  static const EmbeddedFile files[] = {{"a", (const unsigned char *)"1", 1}, {"a.gz", (const unsigned char *)"22", 2}};
  g_assert_true(embedded_find(files, 2, "a") == &files[0]);
  g_assert_true(embedded_find(files, 2, "a.gz") == &files[1]);
  g_assert_null(embedded_find(files, 1, "a.gz"));
  g_assert_null(embedded_find(files, 2, ""));
  g_assert_null(embedded_find(NULL, 0, "a"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/embedded/find", test_find);
  return g_test_run();
}
