/* Whom to believe, where nobody on the net is asked; with a stand-in for TMDB in tests/system/audio_service.test.ts. */
#include "tune/original.h"

#include "base/clock.h"

#include <string.h>

static void test_matters(void)
{
  static const struct {
    bool prefers;
    int override; /* -1: none */
    bool wanted;
  } rows[] = {{true, -1, true},
              {false, -1, false},
              {false, OVERRIDE_ORIGINAL_FIRST, true},
              {false, OVERRIDE_ORIGINAL_IGNORED, false},
              {true, OVERRIDE_ORIGINAL_IGNORED, true}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
    policy->prefer_original = rows[i].prefers;
    if (rows[i].override >= 0) {
      if (!policy->overrides)
        policy->overrides = records_new(&audio_override_table);
      AudioOverride *override = record_new(&audio_override_table);
      override->original = rows[i].override;
      g_ptr_array_add(policy->overrides, override);
    }
    g_assert_true(original_matters(policy) == rows[i].wanted);
  }
}

static void test_known(void)
{
  TuneContext context = {0};
  g_auto(Original) nobody = {0};
  original_find(&context, NULL, "/films/Film (2001).mkv", false, NULL, &nobody);
  g_assert_null(nobody.language);
  g_assert_null(nobody.notice);
  TunePayload *known = record_new(&tune_payload_table);
  known->original_language = g_strdup("Japanese");
  known->original_source = ORIGINAL_FROM_WEBHOOK;
  g_auto(Original) told = {0};
  original_find(&context, known, "/films/Film (2001).mkv", false, NULL, &told);
  g_assert_cmpstr(told.language, ==, "Japanese");
  g_assert_cmpint(told.source, ==, ORIGINAL_FROM_WEBHOOK);
  record_free(&tune_payload_table, known);
}

/* Without a key TMDB is passed over, with a word about it. */
static void test_no_key(void)
{
  g_autoptr(HttpClient) client = http_client_new(&(HttpClientParams){0}, NULL);
  TmdbShared *films = tmdb_shared_new(client, NULL, clock_system());
  TuneContext context = {.films = films};
  static const char *const paths[] = {"/films/Film (2001)/Film (2001).mkv",
                                      "/tv/Dark (2017) {tvdb-290434}/Season 1/Dark - S01E01.mkv", "/x/abc.mkv", "/"};
  for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_auto(Original) original = {0};
    original_find(&context, NULL, paths[i], i == 1, NULL, &original);
    g_assert_null(original.language);
    g_assert_true(i > 1 || (original.notice && strstr(original.notice, "key")));
  }
  tmdb_shared_free(films);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/original/matters", test_matters);
  g_test_add_func("/original/known", test_known);
  g_test_add_func("/original/no-key", test_no_key);
  return g_test_run();
}
