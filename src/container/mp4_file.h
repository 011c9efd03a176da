/* Where the track headers are in an MP4 or QuickTime file. Only heads of boxes and small boxes are read, whatever the size of the
 * sample tables.
 *
 * Thread-safety: a plain value. */
#pragma once

#include "container/byte_source.h"
#include "container/track.h"

typedef struct {
  int64_t flags_offset; /* of the last byte of tkhd's flags, which holds bit 0, track_enabled */
  uint8_t flags;        /* that byte */
  int64_t group_offset; /* of tkhd's alternate_group, 2 bytes */
  uint16_t group;       /* 0: none */
} Mp4Header;

typedef struct {
  TrackList *list;
  GArray *headers;    /* Mp4Header, one for each track of the list */
  guint n_movies;     /* moov boxes at the top level; `list` is of the first */
  bool is_compressed; /* moov holds a cmov: there are no tracks to see */
} Mp4File;

/* Errors: as mp4_list, but a compressed header is no error. */
Mp4File *mp4_file_read(const ByteSource *source, GError **error);
void mp4_file_free(Mp4File *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mp4File, mp4_file_free)
