/* How what the probe found reads for the choice. Test: tests/unit/audio/test_track.c */
#include "audio/track.h"

#include "base/number.h"

#include <string.h>

static const struct {
  const char *disposition; /* ffprobe's name */
  AudioTrackFlag flag;
} flag_rows[] = {
    {"default", AUDIO_TRACK_DEFAULT},          {"forced", AUDIO_TRACK_FORCED},
    {"comment", AUDIO_TRACK_COMMENTARY},       {"visual_impaired", AUDIO_TRACK_DESCRIPTIVE},
    {"descriptions", AUDIO_TRACK_DESCRIPTIVE}, {"hearing_impaired", AUDIO_TRACK_HEARING_IMPAIRED},
    {"karaoke", AUDIO_TRACK_NO_SPEECH},        {"clean_effects", AUDIO_TRACK_NO_SPEECH},
};

/* Matroska's tracks have no bit rate; mkvmerge notes it in a tag, older versions with a language behind its name. */
static int64_t bit_rate_bps(const StreamInfo *stream)
{
  int64_t noted = 0;
  if (stream->bit_rate_bps != FIELD_NULL_INT)
    return stream->bit_rate_bps;
  for (guint i = 0; stream->tags && i < stream->tags->len; i++) {
    const Tag *tag = g_ptr_array_index(stream->tags, i);
    bool is_rate = tag->name && (strcmp(tag->name, "BPS") == 0 || g_str_has_prefix(tag->name, "BPS-"));
    if (is_rate && tag->value && parse_int(tag->value, 0, INT64_MAX, &noted))
      return noted;
  }
  return FIELD_NULL_INT;
}

GArray *audio_tracks_from_media(const MediaInfo *media)
{
  GArray *tracks = g_array_new(FALSE, FALSE, sizeof(AudioTrack));
  for (guint i = 0; media->streams && i < media->streams->len; i++) {
    const StreamInfo *stream = g_ptr_array_index(media->streams, i);
    if (stream->type != STREAM_AUDIO && stream->type != STREAM_SUBTITLE)
      continue;
    AudioTrack track = {.index = stream->index,
                        .type = (StreamType)stream->type,
                        .language = stream->language,
                        .title = stream->title,
                        .codec = stream->codec,
                        .profile = stream->profile,
                        .channels = stream->channels,
                        .bit_rate_bps = bit_rate_bps(stream)};
    for (size_t k = 0; k < G_N_ELEMENTS(flag_rows); k++)
      if (stream_has_disposition(stream, flag_rows[k].disposition))
        track.flags |= flag_rows[k].flag;
    g_array_append_val(tracks, track);
  }
  return tracks;
}
