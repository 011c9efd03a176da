/* Media, profiles and capabilities for the tests of plans and contracts, each from one line of text. */
#pragma once

#include "encode/plan.h"

#include <stdio.h>
#include <string.h>

/* One stream from words: "video h264 1920x1080 …", "audio aac 2 eng default", "subtitle subrip eng forced", "attachment ttf
 * font.ttf font/ttf", "data - tmcd". What has no place of its own is "name=value" and goes through the field table. */
static inline StreamInfo *fixture_stream(MediaInfo *media, const char *line)
{
  StreamInfo *stream = record_new(&stream_info_table);
  g_auto(GStrv) words = g_strsplit(line, " ", -1);
  GPtrArray *flags = g_ptr_array_new();
  stream->index = media->streams->len;
  stream->bit_rate_bps = stream->duration_ms = stream->start_ms = stream->frames = stream->level = FIELD_NULL_INT;
  stream->width = stream->height = stream->bit_depth = stream->channels = stream->sample_rate = stream->hidden_ms =
      FIELD_NULL_INT;
  stream->dolby_vision_profile = stream->dolby_vision_compatibility = FIELD_NULL_INT;
  g_assert_true(enum_value(&stream_type_table, words[0], &stream->type));
  for (int i = 1; words[i]; i++) {
    char *equals = strchr(words[i], '=');
    int64_t width = 0, height = 0;
    if (equals && strchr(words[i], '@') == words[i]) {
      Tag *tag = record_new(&tag_table);
      *equals = '\0';
      g_free(tag->name);
      g_free(tag->value);
      tag->name = g_strdup(words[i] + 1);
      tag->value = g_strdup(equals + 1);
      if (!stream->tags)
        stream->tags = records_new(&tag_table);
      g_ptr_array_add(stream->tags, tag);
    } else if (equals) {
      g_autoptr(GError) error = NULL;
      *equals = '\0';
      const Field *field = field_find(&stream_info_table, words[i]);
      g_assert_nonnull(field);
      g_assert_true(field_set_text(field, stream, equals + 1, &error));
    } else if (i == 1) {
      stream->codec = strcmp(words[i], "-") == 0 ? NULL : g_strdup(words[i]);
    } else if (stream->type == STREAM_VIDEO && sscanf(words[i], "%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT, &width, &height) == 2) {
      stream->width = width;
      stream->height = height;
      stream->bit_depth = 8;
      stream->pixel_format = g_strdup("yuv420p");
      stream->frame_rate = g_strdup("24/1");
      stream->base_frame_rate = g_strdup("24/1");
      stream->sample_aspect = g_strdup("1:1");
    } else if (stream->type == STREAM_AUDIO && i == 2) {
      stream->channels = g_ascii_strtoll(words[i], NULL, 10);
    } else if (stream->type == STREAM_ATTACHMENT) {
      g_free(i == 2 ? stream->file_name : stream->mime_type);
      *(i == 2 ? &stream->file_name : &stream->mime_type) = g_strdup(words[i]);
    } else if (stream->type == STREAM_DATA && i == 2) {
      stream->codec_tag = g_strdup(words[i]);
    } else if (strlen(words[i]) == 3)
      stream->language = g_strdup(words[i]);
    else
      g_ptr_array_add(flags, g_strdup(words[i]));
  }
  g_ptr_array_add(flags, NULL);
  g_strfreev(stream->dispositions);
  stream->dispositions = (char **)g_ptr_array_free(flags, FALSE);
  g_ptr_array_add(media->streams, stream);
  return stream;
}

static inline MediaInfo *fixture_media(const char *container, int64_t duration_ms, int64_t size_bytes, const char *const *lines)
{
  MediaInfo *media = record_new(&media_info_table);
  g_free(media->container);
  media->container = g_strdup(container);
  media->duration_ms = duration_ms;
  media->size_bytes = size_bytes;
  media->start_ms = 0;
  media->streams = records_new(&stream_info_table);
  media->chapters = records_new(&chapter_table);
  media->tags = records_new(&tag_table);
  for (; *lines; lines++)
    fixture_stream(media, *lines);
  return media;
}

/* An hour of about 10 Mbit/s in Matroska. */
#define FIXTURE_MKV(...) fixture_media("mkv", 3600000, 4500000000, (const char *const[]){__VA_ARGS__, NULL})

static inline void fixture_set(Profile *profile, const char *settings)
{
  g_auto(GStrv) pairs = g_strsplit(settings ? settings : "", ";", -1);
  for (char **pair = pairs; *pair; pair++) {
    g_autoptr(GError) error = NULL;
    char *equals = strchr(*pair, '=');
    if (!equals)
      continue;
    *equals = '\0';
    g_assert_nonnull(field_find(&profile_table, *pair));
    g_assert_true(field_set_text(field_find(&profile_table, *pair), profile, equals + 1, &error));
  }
}

/* A profile with defaults and "field=value;field=value". */
static inline Profile *fixture_profile(const char *settings)
{
  Profile *profile = record_new(&profile_table);
  fixture_set(profile, "name=test");
  fixture_set(profile, settings);
  return profile;
}

/* Encoders that work, separated by commas; "name:8" works in 8 bits only. */
static inline CapabilitySet *fixture_capabilities(const char *encoders)
{
  CapabilitySet *set = record_new(&capability_set_table);
  g_auto(GStrv) names = g_strsplit(encoders, ",", -1);
  set->ffmpeg_version = g_strdup("5.1");
  set->filters = g_strsplit("zscale,tonemap,bwdif,hqdn3d", ",", -1);
  if (!set->encoders)
    set->encoders = records_new(&capability_table);
  for (char **name = names; *name; name++) {
    Capability *capability = record_new(&capability_table);
    char *colon = strchr(*name, ':');
    if (colon)
      *colon = '\0';
    g_free(capability->encoder);
    capability->encoder = g_strdup(*name);
    capability->listed = capability->works_8bit = true;
    capability->works_10bit = !colon;
    if (strstr(*name, "vaapi") || strstr(*name, "qsv"))
      capability->device = g_strdup("/dev/dri/renderD128");
    g_ptr_array_add(set->encoders, capability);
  }
  return set;
}

#define FIXTURE_CPU "libx264,libx265,libsvtav1,libvpx-vp9,prores_ks"

/* The plan of a medium with a profile's settings on a machine with CPU encoders. */
static inline EncodePlan *fixture_plan(const MediaInfo *media, const char *settings, const char *encoders)
{
  Profile *profile = fixture_profile(settings);
  CapabilitySet *capabilities = fixture_capabilities(encoders ? encoders : FIXTURE_CPU);
  EncodePlan *plan = encode_plan(&(PlanInput){.media = media,
                                              .profile = profile,
                                              .capabilities = capabilities,
                                              .file_name = "film.mkv",
                                              .age_s = 1000000,
                                              .link_count = 1});
  profile_free(profile);
  capability_set_free(capabilities);
  return plan;
}

static inline const StreamAction *fixture_action(const EncodePlan *plan, guint n)
{
  g_assert_cmpuint(n, <, plan->actions->len);
  return g_ptr_array_index(plan->actions, n);
}

/* The arguments of the last command in one line. */
static inline char *fixture_command(const EncodePlan *plan)
{
  g_assert_cmpuint(plan->commands->len, >, 0);
  const PlanCommand *command = g_ptr_array_index(plan->commands, plan->commands->len - 1);
  return g_strjoinv(" ", command->arguments);
}

#define assert_contains(text, part)                                                                                              \
  do {                                                                                                                           \
    if (!strstr((text), (part)))                                                                                                 \
      g_error("\"%s\" is not in: %s", (part), (text));                                                                           \
  } while (0)
#define assert_lacks(text, part)                                                                                                 \
  do {                                                                                                                           \
    if (strstr((text), (part)))                                                                                                  \
      g_error("\"%s\" is in: %s", (part), (text));                                                                               \
  } while (0)
