/* The words of the trade: what a folded word, or a run of words, means in a release's name. Within the module only.
 *
 * The rows are constant tables, one a noun, in lexicon_*.c. They are looked up through an index that is built from them at the
 * first use and is constant from then on (docs/decisions/0015).
 *
 * Thread-safety: any thread. */
#pragma once

#include "release/token.h"

typedef enum {
  SOURCE_TAG_CAM,
  SOURCE_TAG_TELESYNC,
  SOURCE_TAG_TELECINE,
  SOURCE_TAG_WORKPRINT,
  SOURCE_TAG_SCREENER,
  SOURCE_TAG_REGIONAL,
  SOURCE_TAG_DVD,   /* an encode of a DVD, or nothing said */
  SOURCE_TAG_DVD_R, /* a DVD as it is */
  SOURCE_TAG_SDTV,  /* a broadcast without high definition by its name */
  SOURCE_TAG_HDTV,
  SOURCE_TAG_WEBDL,
  SOURCE_TAG_WEBRIP,
  SOURCE_TAG_BLURAY,  /* "Blu-ray": an encode or the disc */
  SOURCE_TAG_BD,      /* "BD", "HDDVD", "BDMux": never the disc by itself */
  SOURCE_TAG_BDRIP,   /* without a resolution: standard definition */
  SOURCE_TAG_UHD_BD,  /* "UHDBD": without a resolution: 2160 lines */
  SOURCE_TAG_CAPTURE, /* "HDRip": says nothing about where from */
  SOURCE_TAG_TAPE,    /* VHS, LaserDisc: no quality of ours */
} SourceTag;

typedef enum {
  REMUX_TAG_PLAIN,
  REMUX_TAG_BD,  /* names its source too */
  REMUX_TAG_UHD, /* likewise, and 2160 lines */
  REMUX_TAG_DVD,
} RemuxTag;

typedef enum {
  DISC_TAG_IMAGE, /* ISO, BDMV, BD50: is a disc by itself */
  DISC_TAG_WHOLE, /* COMPLETE, FULL, UNTOUCHED: is one beside a Blu-ray's name */
} DiscTag;

typedef enum {
  CODEC_TAG_ENCODE, /* names an encoder, so somebody encoded it: x264, XviD */
  CODEC_TAG_AVC,    /* names a format that discs have too */
  CODEC_TAG_HEVC,
  CODEC_TAG_VC1,
  CODEC_TAG_MPEG2,
  CODEC_TAG_DIVX,  /* XviD and DivX: standard definition unless told otherwise */
  CODEC_TAG_OTHER, /* AV1, VP9 */
} CodecTag;

typedef enum {
  PICTURE_TAG_OTHER,
  PICTURE_TAG_UHD, /* 2160 lines unless told otherwise */
  PICTURE_TAG_4K,  /* likewise, but no name of a disc */
  PICTURE_TAG_HR,  /* "high resolution" of television: 720 lines */
  PICTURE_TAG_3D,
  PICTURE_TAG_TEN_BIT,
  PICTURE_TAG_HD,
} PictureTag;

typedef enum {
  MULTI_TAG_AUDIO,  /* "MULTi", "Dual Audio" */
  MULTI_TAG_DUAL,   /* "DL": beside German, the original too */
  MULTI_TAG_ML,     /* "ML": beside German, the original and English too */
  MULTI_TAG_DUBBED, /* beside a language, says that it is the sound's */
} MultiTag;

typedef enum {
  SUBS_TAG_SOFT,     /* "Subs": what stands before it is the subtitles' language */
  SUBS_TAG_HARD,     /* "HC", "SUBBED", "HARDSUB" */
  SUBS_TAG_MULTI,    /* "MultiSubs", "ESub": no language of the sound, and not burnt in */
  SUBS_TAG_LANGUAGE, /* "KORSUB", "NLSubs": burnt in, by custom */
} SubsTag;

typedef enum {
  REVISION_TAG_PROPER,
  REVISION_TAG_REPACK,
  REVISION_TAG_REAL,
  REVISION_TAG_VERSION, /* v2: the number is in the word */
} RevisionTag;

typedef enum {
  EDITION_TAG_ALONE,
  EDITION_TAG_ADJECTIVE, /* before a noun only: "Special" Edition */
  EDITION_TAG_SHORT,     /* in capitals only: "DC" */
} EditionTag;

typedef enum { ID_TAG_TMDB, ID_TAG_IMDB } IdTag;

typedef struct {
  const char *word; /* folded; "-" where it may be parted by a space, a dot, an underscore or a hyphen, or by nothing */
  uint8_t kind;     /* TagKind */
  uint8_t flags;    /* TagFlags */
  int16_t value;
} Word;

typedef struct {
  const Word *words;
  size_t n_words;
} WordTable;

#define WORD_TABLE(rows)                                                                                                         \
  {                                                                                                                              \
    .words = (rows), .n_words = G_N_ELEMENTS(rows)                                                                               \
  }

/* The tables of the nouns, for the index and for the tests. */
extern const WordTable lexicon_source_words, lexicon_picture_words, lexicon_codec_words, lexicon_audio_words,
    lexicon_language_words, lexicon_edition_words, lexicon_trade_words, lexicon_service_words, lexicon_group_words;

/* The longest run of words from token `first` on that means something; NULL if none does. Writes how many words it takes. */
const Word *lexicon_longest(const Scan *scan, int first, int *ret_n_tokens);

/* A folded word without breaks; NULL if it means nothing. */
const Word *lexicon_word(const char *word, size_t length);
