#include "audio/track.h"

#include "audio/choice.h"

#include <string.h>

static StreamInfo *add_stream(MediaInfo *media, StreamType type, const char *language, const char *dispositions)
{
  StreamInfo *stream = record_new(&stream_info_table);
  stream->index = media->streams->len;
  stream->type = (int)type;
  stream->language = g_strdup(language);
  g_strfreev(stream->dispositions);
  stream->dispositions = g_strsplit(dispositions, ",", -1);
  g_ptr_array_add(media->streams, stream);
  return stream;
}

static void add_tag(StreamInfo *stream, const char *name, const char *value)
{
  Tag *tag = record_new(&tag_table);
  g_free(tag->name);
  g_free(tag->value);
  tag->name = g_strdup(name);
  tag->value = g_strdup(value);
  if (!stream->tags)
    stream->tags = records_new(&tag_table);
  g_ptr_array_add(stream->tags, tag);
}

static MediaInfo *media_new(void)
{
  MediaInfo *media = record_new(&media_info_table);
  if (!media->streams)
    media->streams = records_new(&stream_info_table);
  return media;
}

static void test_adapter(void)
{
  g_autoptr(MediaInfo) media = media_new();
  add_stream(media, STREAM_VIDEO, "eng", "default");
  StreamInfo *audio = add_stream(media, STREAM_AUDIO, "ger", "default,comment,visual_impaired");
  add_stream(media, STREAM_AUDIO, NULL, "hearing_impaired,karaoke");
  add_stream(media, STREAM_SUBTITLE, "fra", "forced");
  audio->codec = g_strdup("dts");
  audio->profile = g_strdup("DTS-HD MA");
  audio->title = g_strdup("Title");
  audio->channels = 6;
  audio->bit_rate_bps = 1509000;
  g_autoptr(GArray) tracks = audio_tracks_from_media(media);
  const AudioTrack *track = (AudioTrack *)tracks->data;
  g_assert_cmpuint(tracks->len, ==, 3);
  g_assert_cmpint(track[0].index, ==, 1);
  g_assert_cmpint(track[0].type, ==, STREAM_AUDIO);
  g_assert_cmpuint(track[0].flags, ==, AUDIO_TRACK_DEFAULT | AUDIO_TRACK_COMMENTARY | AUDIO_TRACK_DESCRIPTIVE);
  g_assert_cmpstr(track[0].language, ==, "ger");
  g_assert_cmpstr(track[0].title, ==, "Title");
  g_assert_cmpstr(track[0].codec, ==, "dts");
  g_assert_cmpstr(track[0].profile, ==, "DTS-HD MA");
  g_assert_cmpint(track[0].channels, ==, 6);
  g_assert_cmpint(track[0].bit_rate_bps, ==, 1509000);
  g_assert_cmpuint(track[1].flags, ==, AUDIO_TRACK_HEARING_IMPAIRED | AUDIO_TRACK_NO_SPEECH);
  g_assert_null(track[1].language);
  g_assert_cmpuint(track[2].flags, ==, AUDIO_TRACK_FORCED);
  g_assert_cmpint(track[2].type, ==, STREAM_SUBTITLE);
}

static void test_bit_rates(void)
{
  static const struct {
    int64_t stated;
    const char *name, *value;
    int64_t bps;
  } rows[] = {
      {640000, NULL, NULL, 640000},
      {640000, "BPS", "1", 640000},
      {FIELD_NULL_INT, "BPS", "768000", 768000},
      {FIELD_NULL_INT, "BPS-eng", "768000", 768000},
      {FIELD_NULL_INT, "BPSX", "1", FIELD_NULL_INT},
      {FIELD_NULL_INT, "BPS", "many", FIELD_NULL_INT},
      {FIELD_NULL_INT, "BPS", "-1", FIELD_NULL_INT},
      {FIELD_NULL_INT, NULL, NULL, FIELD_NULL_INT},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(MediaInfo) media = media_new();
    StreamInfo *stream = add_stream(media, STREAM_AUDIO, "eng", "");
    stream->bit_rate_bps = rows[i].stated;
    if (rows[i].name)
      add_tag(stream, rows[i].name, rows[i].value);
    g_autoptr(GArray) tracks = audio_tracks_from_media(media);
    g_assert_cmpint(((AudioTrack *)tracks->data)[0].bit_rate_bps, ==, rows[i].bps);
  }
}

static void test_empty(void)
{
  g_autoptr(MediaInfo) media = record_new(&media_info_table);
  g_autoptr(GArray) tracks = audio_tracks_from_media(media);
  g_assert_cmpuint(tracks->len, ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/track/adapter", test_adapter);
  g_test_add_func("/audio/track/bit-rates", test_bit_rates);
  g_test_add_func("/audio/track/empty", test_empty);
  return g_test_run();
}
