/* What the tests of this module share: temporary directories, and starting themselves again in another role. */
#pragma once

#include "base/error.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define assert_code(error, expected)                                                                                             \
  do {                                                                                                                           \
    g_assert_error((error), REEVE_ERROR, (int)(expected));                                                                       \
    g_clear_error(&(error));                                                                                                     \
  } while (0)

G_GNUC_UNUSED static char *make_dir(void)
{
  GError *error = NULL;
  char *path = g_dir_make_tmp("reeve-sys-XXXXXX", &error);
  g_assert_no_error(error);
  return path;
}

G_GNUC_UNUSED static void remove_dir(char *path)
{
  GError *error = NULL;
  g_assert_true(fs_remove_tree(path, &error));
  g_assert_no_error(error);
  g_free(path);
}

G_GNUC_UNUSED static char *path_in(const char *directory, const char *name)
{
  return g_build_filename(directory, name, NULL);
}

G_GNUC_UNUSED static void put(const char *path, const char *text)
{
  GError *error = NULL;
  g_file_set_contents(path, text, -1, &error);
  g_assert_no_error(error);
}

G_GNUC_UNUSED static void assert_content(const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  GError *error = NULL;
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(text, ==, expected);
}

/* The number of names in a directory. */
G_GNUC_UNUSED static guint count_names(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  guint count = 0;
  while (g_dir_read_name(dir))
    count++;
  return count;
}

/* Runs this program again with other arguments, and with `environment` if not NULL, and gives what it printed. */
G_GNUC_UNUSED static char *run_self(const char *const *arguments, const char *const *environment, const Sandbox *sandbox,
                                    ChildExit *ret_exit)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (char *)child_self_path());
  for (; *arguments; arguments++)
    g_ptr_array_add(argv, (char *)*arguments);
  g_ptr_array_add(argv, NULL);
  const ChildParams params = {
      .argv = (const char *const *)argv->pdata, .environment = environment, .errors = CHILD_INHERIT, .sandbox = sandbox};
  GError *error = NULL;
  char *output = NULL;
  child_run(&params, 30000, NULL, 65536, &output, NULL, ret_exit, &error);
  g_assert_no_error(error);
  return g_strchomp(output);
}
