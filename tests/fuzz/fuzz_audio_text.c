/* Texts from files as language, title and glob, and a whole choice made of them: lines of the input, one after another. */
#include "audio/choice.h"
#include "audio/title.h"
#include "base/fold.h"
#include "base/glob.h"
#include "media/language.h"

#include <stdint.h>
#include <string.h>

enum { MAX_TRACKS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
  LanguageTag tag, again;
  char folded[64], twice[64];
  if (language_parse(text, &tag)) {
    g_assert_true(language_parse(language_code(tag.language), &again));
    g_assert_true(again.language == tag.language);
    g_assert_cmpint(language_match(tag, tag), ==, LANGUAGE_EQUAL);
    g_assert_cmpuint(strlen(tag.region), <=, 3);
  }
  g_assert_true(language_same(text, text));
  g_autofree char *terminology = language_terminology(text);
  g_assert_nonnull(terminology);
  fold_words(text, strlen(text), folded, sizeof folded);
  g_assert_true(g_utf8_validate(folded, -1, NULL));
  fold_words(folded, strlen(folded), twice, sizeof twice);
  g_assert_cmpstr(twice, ==, folded);
  g_assert_cmpuint(title_meaning(text) >> 6, ==, 0);
  g_assert_cmpuint(glob_shape(text).literal_prefix, <=, strlen(text));
  glob_complaint(text);
}

/* Lines in turn are languages and titles; the first is a glob and a wanted language as well. */
static void check_choice(char **lines, size_t n)
{
  AudioTrack tracks[MAX_TRACKS];
  size_t n_tracks = MIN(n / 2, MAX_TRACKS);
  g_autoptr(AudioPolicy) policy = record_new(&audio_policy_table);
  AudioOverride *override = record_new(&audio_override_table);
  if (!policy->overrides)
    policy->overrides = records_new(&audio_override_table);
  g_free(override->glob);
  override->glob = g_strndup(lines[0], 64); /* the effort of a glob is the product of both lengths */
  override->languages = g_strdupv(lines);
  g_ptr_array_add(policy->overrides, override);
  policy->subtitles = SUBTITLE_FLAGS_FORCED;
  for (size_t i = 0; i < n_tracks; i++)
    tracks[i] = (AudioTrack){.index = (int64_t)i,
                             .type = i % 3 == 2 ? STREAM_SUBTITLE : STREAM_AUDIO,
                             .language = lines[2 * i],
                             .title = lines[2 * i + 1],
                             .codec = lines[2 * i + 1],
                             .channels = (int64_t)(i % 3),
                             .bit_rate_bps = FIELD_NULL_INT};
  g_autoptr(AudioChoice) choice = audio_choose(&(AudioChoiceInput){
      .tracks = tracks, .n_tracks = n_tracks, .original_language = lines[n - 1], .policy = policy, .path = "/a/b/c.mkv"});
  g_assert_true(g_utf8_validate(choice->reason, -1, NULL));
  guint defaults = 0;
  for (guint i = 0; i < choice->tracks->len; i++) {
    const TrackFlags *flags = g_ptr_array_index(choice->tracks, i);
    defaults += flags->type == STREAM_AUDIO && flags->is_default;
  }
  g_assert_cmpuint(defaults, ==, choice->decision == AUDIO_SELECT ? 1 : 0);
  audio_policy_check(policy, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", 64);
  size_t n = g_strv_length(lines);
  for (size_t i = 0; i < n; i++)
    check_text(lines[i]);
  if (n > 0) {
    language_suggest(lines[0]); /* looks through all names, so once is enough */
    check_choice(lines, n);
  }
  return 0;
}
