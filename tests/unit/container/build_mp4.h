/* Makes small MP4 and QuickTime files of many shapes: one video, up to three audio, a subtitle and a chapter track. For tests. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  bool no_ftyp, quicktime;
  bool moov_first;
  bool version_1;    /* of tkhd and mdhd: 64-bit times */
  bool wide_boxes;   /* 64-bit sizes wherever there can be */
  bool open_mdat;    /* size 0, to the end of the file; moov comes first */
  bool traps;        /* moov inside free, mdat and uuid, with tracks that are none */
  bool fragmented;   /* mvex, moof, sidx */
  bool two_movies;   /* another moov behind */
  bool compressed;   /* cmov in place of the tracks */
  bool terminators;  /* QuickTime's 32-bit zeros at the end of udta and of the file */
  bool with_kind;    /* the last audio track is a commentary; its language is in elng too */
  int n_audio;       /* 0 to 3; 0: none */
  int flags[3];      /* of tkhd of each audio track; 7 is usual */
  int groups[3];     /* alternate_group */
  int language_code; /* of the first audio track; 0 is Macintosh English */
} Mp4Recipe;

GByteArray *build_mp4(const Mp4Recipe *recipe);
