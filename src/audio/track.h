/* What the choice needs to know of a track, whoever read it: the probe or a container parser. */
#pragma once

#include "media/media_info.h"

typedef enum {
  AUDIO_TRACK_DEFAULT = 1 << 0,
  AUDIO_TRACK_FORCED = 1 << 1,
  AUDIO_TRACK_COMMENTARY = 1 << 2,
  AUDIO_TRACK_DESCRIPTIVE = 1 << 3,      /* for the visually impaired */
  AUDIO_TRACK_HEARING_IMPAIRED = 1 << 4, /* for those who hear badly */
  AUDIO_TRACK_NO_SPEECH = 1 << 5,        /* music or effects alone, karaoke */
} AudioTrackFlag;

/* Texts are borrowed from whoever made it and may be NULL, as they stand in the file. */
typedef struct {
  int64_t index;        /* the maker's own number for it; comes back in the choice */
  StreamType type;      /* only audio and subtitles are looked at */
  unsigned flags;       /* AudioTrackFlag, as the container says; an MP4 track that is enabled is a default */
  const char *language; /* NULL or "und": not said */
  const char *title;
  const char *codec;    /* as FFmpeg, Matroska or MP4 names it (media/audio_grade.h) */
  const char *profile;  /* FFmpeg's */
  int64_t channels;     /* FIELD_NULL_INT: unknown */
  int64_t bit_rate_bps; /* FIELD_NULL_INT: unknown */
} AudioTrack;

/* The audio and subtitle tracks of a probed file in its order, an array of AudioTrack that borrows from `media`; the caller
 * unrefs it. The index is the stream's. */
GArray *audio_tracks_from_media(const MediaInfo *media);
