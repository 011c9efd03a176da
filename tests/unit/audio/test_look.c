#include "audio/look.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Reasons are joined by a blank, and an outcome without a further word keeps the reason. */
static void test_set(void)
{
  AudioResult result;
  record_init(&audio_result_table, &result);
  audio_result_set(&result, AUDIO_EDIT, "One.");
  g_assert_cmpstr(result.reason, ==, "One.");
  audio_result_set(&result, AUDIO_EDITED, NULL);
  g_assert_cmpstr(result.reason, ==, "One.");
  audio_result_set(&result, AUDIO_FAILED, "Two.");
  g_assert_cmpstr(result.reason, ==, "One. Two.");
  g_assert_cmpint(result.outcome, ==, AUDIO_FAILED);
  record_clear(&audio_result_table, &result);
}

/* Each outcome has a word and a sentence: people filter by the one and read the other. */
static void test_words(void)
{
  g_assert_cmpuint(audio_outcome_table.n_rows, ==, AUDIO_FAILED + 1);
  for (int i = 0; i <= AUDIO_FAILED; i++)
    g_assert_nonnull(enum_name(&audio_outcome_table, i));
}

static void test_not_a_film(void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("reeve-look-XXXXXX", &path, NULL);
  g_assert_cmpint(write(fd, "text", 4), ==, 4);
  close(fd);
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
  g_autoptr(GError) error = NULL;
  g_auto(AudioLook) look = {0};
  g_assert_false(audio_look(path, &(AudioWish){.policy = policy}, &look, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_unlink(path);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/look/set", test_set);
  g_test_add_func("/look/words", test_words);
  g_test_add_func("/look/not-a-film", test_not_a_film);
  return g_test_run();
}
