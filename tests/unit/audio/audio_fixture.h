/* Tracks and policies for the tests of the choice, each from one line of text. */
#pragma once

#include "audio/choice.h"

#include <string.h>

enum { FIXTURE_TRACKS = 256, FIXTURE_WORDS = 12 };

/* A file's tracks. Texts live in `words`. */
typedef struct {
  AudioTrack tracks[FIXTURE_TRACKS];
  size_t n_tracks;
  GPtrArray *words; /* char ** */
} FixtureFile;

static inline FixtureFile *fixture_file_new(void)
{
  FixtureFile *file = g_new0(FixtureFile, 1);
  file->words = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  return file;
}

static inline void fixture_file_free(FixtureFile *file)
{
  g_ptr_array_unref(file->words);
  g_free(file);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FixtureFile, fixture_file_free)

/* "ger ac3 6 'Title of it' 448k default commentary", "s:eng forced 'Signs'": language ("-": none), and for audio codec and
 * channels; then in any order a quoted title, a bit rate in kbit/s, profile=…, and flags. */
static inline void fixture_track(FixtureFile *file, const char *line)
{
  static const struct {
    const char *name;
    AudioTrackFlag flag;
  } flags[] = {{"default", AUDIO_TRACK_DEFAULT},           {"forced", AUDIO_TRACK_FORCED},
               {"commentary", AUDIO_TRACK_COMMENTARY},     {"descriptive", AUDIO_TRACK_DESCRIPTIVE},
               {"impaired", AUDIO_TRACK_HEARING_IMPAIRED}, {"music", AUDIO_TRACK_NO_SPEECH}};
  bool is_subtitle = g_str_has_prefix(line, "s:");
  char **words = g_strsplit(line + (is_subtitle ? 2 : 0), "'", 3); /* before, title, behind */
  AudioTrack *track = &file->tracks[file->n_tracks];
  g_ptr_array_add(file->words, words);
  *track = (AudioTrack){.index = 10 + (int64_t)file->n_tracks++,
                        .type = is_subtitle ? STREAM_SUBTITLE : STREAM_AUDIO,
                        .channels = FIELD_NULL_INT,
                        .bit_rate_bps = FIELD_NULL_INT,
                        .title = words[1]};
  g_autofree char *rest = g_strconcat(words[0], " ", words[1] ? words[2] : "", NULL);
  char **parts = g_strsplit_set(rest, " ", -1);
  g_ptr_array_add(file->words, parts);
  int place = 0;
  for (char **part = parts; *part; part++) {
    bool known = **part == '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
      if (strcmp(*part, flags[i].name) == 0) {
        track->flags |= flags[i].flag;
        known = true;
      }
    if (known)
      continue;
    if (g_str_has_prefix(*part, "profile="))
      track->profile = *part + strlen("profile=");
    else if (place == 0 && ++place)
      track->language = strcmp(*part, "-") == 0 ? NULL : *part;
    else if (place == 1 && ++place)
      track->codec = *part;
    else if (place == 2 && ++place)
      track->channels = g_ascii_strtoll(*part, NULL, 10);
    else if (g_str_has_suffix(*part, "k"))
      track->bit_rate_bps = g_ascii_strtoll(*part, NULL, 10) * 1000;
    else
      g_error("What is \"%s\" in: %s", *part, line);
  }
}

/* Tracks separated by "|". */
static inline FixtureFile *fixture_file(const char *lines)
{
  FixtureFile *file = fixture_file_new();
  g_auto(GStrv) tracks = g_strsplit(lines, "|", -1);
  for (char **track = tracks; *track; track++) {
    g_strstrip(*track);
    if (**track)
      fixture_track(file, *track);
  }
  return file;
}

/* Settings separated by ";": fields of the policy ("languages=fra,eng"), and overrides as "override GLOB=languages" with "first"
 * or "ignored" among the languages. */
static inline AudioPolicy *fixture_policy(const char *settings)
{
  AudioPolicy *policy = record_new(&audio_policy_table);
  policy->overrides = records_new(&audio_override_table);
  g_auto(GStrv) parts = g_strsplit(settings ? settings : "", ";", -1);
  for (char **part = parts; *part; part++) {
    g_strstrip(*part);
    char *equals = strrchr(*part, '=');
    if (!**part)
      continue;
    g_assert_nonnull(equals);
    *equals = '\0';
    if (g_str_has_prefix(*part, "override ")) {
      AudioOverride *override = record_new(&audio_override_table);
      g_free(override->glob);
      override->glob = g_strdup(*part + strlen("override "));
      g_auto(GStrv) words = g_strsplit(equals + 1, ",", -1);
      GPtrArray *languages = g_ptr_array_new();
      for (char **word = words; *word; word++)
        if (**word && !enum_value(&override_original_table, *word, &override->original))
          g_ptr_array_add(languages, g_strdup(*word));
      g_ptr_array_add(languages, NULL);
      override->languages = (char **)g_ptr_array_free(languages, FALSE);
      g_ptr_array_add(policy->overrides, override);
    } else {
      g_autoptr(GError) error = NULL;
      const Field *field = field_find(&audio_policy_table, *part);
      g_assert_nonnull(field);
      field_set_text(field, policy, equals + 1, &error);
      g_assert_no_error(error);
    }
  }
  return policy;
}

static inline AudioChoice *fixture_choose(const FixtureFile *file, const char *original, const AudioPolicy *policy,
                                          const char *path)
{
  return audio_choose(&(AudioChoiceInput){.tracks = file->tracks,
                                          .n_tracks = file->n_tracks,
                                          .original_language = original,
                                          .original_source = ORIGINAL_FROM_TMDB_ID,
                                          .policy = policy,
                                          .path = path});
}

static inline const TrackFlags *fixture_flags(const AudioChoice *choice, size_t n)
{
  g_assert_cmpuint(n, <, choice->tracks->len);
  return g_ptr_array_index(choice->tracks, n);
}
