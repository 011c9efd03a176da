/* When a trial of the encoders is believed, and when it is tried again: src/worker/abilities.c. */
#include "worker/abilities.h"

#include "base/error.h"

static int trials; /* of the fakes below; read after abilities_wait, which orders it */

static CapabilitySet *set_with(const char *encoder, bool works)
{
  CapabilitySet *set = record_new(&capability_set_table);
  Capability *capability = record_new(&capability_table);
  g_free(capability->encoder);
  capability->encoder = g_strdup(encoder);
  capability->listed = true;
  capability->works_8bit = works;
  if (!set->encoders)
    set->encoders = records_new(&capability_table);
  g_ptr_array_add(set->encoders, capability);
  return set;
}

static CapabilitySet *works(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  trials++;
  return set_with("libx265", true);
}

static CapabilitySet *fails_once(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  if (trials++ > 0)
    return set_with("libx265", true);
  fail(error, REEVE_ERROR_LIMIT, "There is no memory left.");
  return NULL;
}

static CapabilitySet *lacks_once(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  return set_with("libx265", trials++ > 0);
}

static CapabilitySet *no_graphics_card(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  trials++;
  return set_with("hevc_nvenc", false);
}

static CapabilitySet *is_missing(const char *ffmpeg, const char *handbrake, Cancel *cancel, GError **error)
{
  trials++;
  fail(error, REEVE_ERROR_NOT_FOUND, "There is no ffmpeg.");
  return NULL;
}

static void test_rows(void)
{
  static const struct {
    AbilitiesDetect detect;
    int trials;
    bool ok;
  } rows[] = {
      {works, 1, true}, {fails_once, 2, true}, {lacks_once, 2, true}, {no_graphics_card, 1, true}, {is_missing, 1, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    trials = 0;
    if (!rows[i].ok)
      g_test_expect_message("worker", G_LOG_LEVEL_WARNING, "Nothing can be encoded on this machine: There is no ffmpeg.");
    g_autoptr(Abilities) abilities = abilities_start("ffmpeg", "HandBrakeCLI", rows[i].detect);
    g_autoptr(GError) error = NULL;
    const CapabilitySet *set = abilities_wait(abilities, NULL, &error);
    g_assert_cmpint(set != NULL, ==, rows[i].ok);
    g_assert_cmpint(error == NULL, ==, rows[i].ok);
    g_assert_cmpint(trials, ==, rows[i].trials);
    g_test_assert_expected_messages();
    if (set)
      g_assert_false(capability_set_doubtful(set));
  }
}

/* Whoever stops the server does not wait for another trial. */
static void test_stop_between_trials(void)
{
  trials = 0;
  Abilities *abilities = abilities_start("ffmpeg", "HandBrakeCLI", fails_once);
  gint64 before_us = g_get_monotonic_time();
  abilities_free(abilities);
  g_assert_cmpint(trials, <=, 2);
  g_assert_cmpint(g_get_monotonic_time() - before_us, <, 20 * G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/abilities/rows", test_rows);
  g_test_add_func("/abilities/stop", test_stop_between_trials);
  return g_test_run();
}
