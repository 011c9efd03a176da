#include "base/error.h"
#include "cli/instance.h"
#include "sys/fs.h"

#include <string.h>
#include <unistd.h>

static void test_claim(void)
{
  g_autofree char *directory = g_dir_make_tmp("reeve-instance-XXXXXX", NULL);
  g_autoptr(GError) error = NULL;
  Instance *first = instance_claim(directory, &error);
  g_assert_no_error(error);
  g_autofree char *name = g_strdup(instance_name(first));
  g_assert_nonnull(strchr(name, '-'));

  /* A second one is refused, and is told who holds it. */
  g_assert_null(instance_claim(directory, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_CONFLICT);
  g_autofree char *pid = g_strdup_printf("process %d", (int)getpid());
  g_assert_nonnull(strstr(error->message, pid));

  /* The name stays the installation's. */
  instance_release(first);
  Instance *second = instance_claim(directory, NULL);
  g_assert_cmpstr(instance_name(second), ==, name);
  instance_release(second);
  g_assert_true(fs_remove_tree(directory, NULL));
}

static void test_missing(void)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(instance_claim("/nowhere/at/all", &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/instance/claim", test_claim);
  g_test_add_func("/cli/instance/missing", test_missing);
  return g_test_run();
}
