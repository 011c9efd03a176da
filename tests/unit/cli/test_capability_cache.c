#include "cli/capability_cache.h"

#include "base/error.h"
#include "sys/child.h"
#include "sys/fs.h"

#include <string.h>

static int trials;

static void count_trial(void *user_data)
{
  trials++;
}

/* A program that counts as ffmpeg as far as the cache can tell: it lists nothing, so that no encoder is tried. */
static void write_program(const char *path, const char *version)
{
  g_autofree char *text = g_strdup_printf("#!/bin/sh\necho 'ffmpeg version %s Copyright'\n", version);
  g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
}

static void test_recall(void)
{
  g_autofree char *directory = g_dir_make_tmp("reeve-cache-XXXXXX", NULL);
  g_autofree char *program = g_build_filename(directory, "ffmpeg", NULL);
  g_setenv("XDG_CACHE_HOME", directory, TRUE);
  write_program(program, "1.0");
  for (int round = 0; round < 2; round++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CapabilitySet) set = capability_recall(program, "/nowhere/HandBrakeCLI", NULL, count_trial, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(set->ffmpeg_version, ==, "1.0");
    g_assert_cmpint(trials, ==, 1);
  }
  /* Another program is tried anew, and so is one after a cache that cannot be read. */
  write_program(program, "2.0.1");
  g_autoptr(CapabilitySet) newer = capability_recall(program, "/nowhere/HandBrakeCLI", NULL, count_trial, NULL, NULL);
  g_assert_cmpstr(newer->ffmpeg_version, ==, "2.0.1");
  g_assert_cmpint(trials, ==, 2);
  g_autofree char *cache = g_build_filename(directory, "reeve", "encoders.json", NULL);
  g_assert_true(g_file_set_contents(cache, "{", -1, NULL));
  g_autoptr(CapabilitySet) again = capability_recall(program, "/nowhere/HandBrakeCLI", NULL, count_trial, NULL, NULL);
  g_assert_nonnull(again);
  g_assert_cmpint(trials, ==, 3);
  /* What failed is not remembered. */
  for (int round = 0; round < 2; round++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(capability_recall("/nowhere/ffmpeg", "/nowhere/HandBrakeCLI", NULL, count_trial, NULL, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
    g_assert_cmpint(trials, ==, 4 + round);
  }
  g_assert_true(fs_remove_tree(directory, NULL));
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "__exec") == 0)
    return child_exec_main(argc, argv);
  g_setenv("REEVE_BINARY", "/proc/self/exe", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli/capability-cache/recall", test_recall);
  return g_test_run();
}
