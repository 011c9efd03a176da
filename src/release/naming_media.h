/* What {MediaInfo …} says of a file, in the words that people use. Who has probed the file fills the struct.
 *
 * Thread-safety: pure. */
#pragma once

#include "base/enum_table.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
  NAMING_HDR_NONE,
  NAMING_HDR_PQ, /* the transfer alone, without metadata */
  NAMING_HDR_HDR10,
  NAMING_HDR_HDR10_PLUS,
  NAMING_HDR_HLG,
  NAMING_HDR_DV, /* Dolby Vision without a base layer that others can show */
  NAMING_HDR_DV_HDR10,
  NAMING_HDR_DV_HDR10_PLUS,
  NAMING_HDR_DV_HLG,
  NAMING_HDR_DV_SDR,
} NamingHdr;
extern const EnumTable naming_hdr_table; /* as names show it: "", "PQ", "HDR10", "HDR10Plus", "HLG", "DV", "DV HDR10", … */

/* Codecs, tags, profiles and layouts are ffprobe's. Everything is borrowed; NULL or 0: not known. */
typedef struct {
  const char *video_codec, *video_tag;
  int64_t bit_depth;
  int hdr; /* NamingHdr */
  bool three_d;
  const char *audio_codec, *audio_tag, *audio_profile; /* of the first audio track */
  int64_t channels;
  const char *channel_layout;
  char **audio_languages, **subtitle_languages; /* ISO 639-1 codes in any case, where a language has one; in the file's order */
} NamingMedia;

/* Each a new text, "" if it is not known. `release_name` (may be NULL) tells what the file does not: x264 from another H.264
 * encoder, Atmos. */
char *naming_video_codec(const NamingMedia *media, const char *release_name);
char *naming_audio_codec(const NamingMedia *media, const char *release_name);
char *naming_audio_channels(const NamingMedia *media); /* "5.1" */

/* "[EN+DE]" of these languages, each once, by the filter of a token (see naming.h; NULL: all). "" if none is left. */
typedef enum { NAMING_ALL_LANGUAGES, NAMING_NOT_ENGLISH_ALONE } NamingLanguageRule;
char *naming_languages(char *const *languages, const char *filter, NamingLanguageRule rule);
