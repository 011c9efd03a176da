/* Makes small Matroska files of any layout: one video, two audio and one subtitle track, two Clusters, Cues. For tests. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* How a flag of the audio tracks is written. */
typedef enum {
  ABSENT,
  OFF,
  ON,
  EMPTY /* an element of no bytes */,
  WIDE_OFF /* 8 bytes */,
  TWICE /* off, then on */
} WrittenFlag;

typedef struct {
  bool webm;
  bool segment_unknown, clusters_unknown; /* sizes */
  bool header_crc, segment_crc, seek_crc, tracks_crc, entry_crc;
  int n_seek_heads;              /* 0 to 2; the second is the last element, and the first points to it */
  int position_bytes;            /* of SeekPosition; 0: 4 */
  gsize void_before;             /* total bytes of the Void between SeekHead and Info; 0: none */
  gsize void_behind;             /* behind Tracks, or behind the Tags that follow it */
  guint n_voids_behind;          /* of void_behind bytes each; 0: one */
  gsize inner_void;              /* in each TrackEntry */
  gsize attachment;              /* bytes of data between Info and Tracks; 0: none */
  bool tags_between;             /* between Tracks and void_behind */
  bool unknown_between;          /* an element that nobody knows, there too */
  int entry_width, tracks_width; /* of size fields; 0: as few bytes as they need */
  bool explicit_defaults;
  bool tracks_at_end, tracks_twice;
  int version;               /* DocTypeVersion; 0: 4; -1: not said */
  int max_size_bytes;        /* EBMLMaxSizeLength; 0: not said */
  WrittenFlag first, second; /* FlagDefault of the audio tracks */
  gsize name_bytes;          /* of the subtitle track's Name; 0: none */
} MkvRecipe;

GByteArray *build_mkv(const MkvRecipe *recipe);
