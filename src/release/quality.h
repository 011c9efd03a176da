/* Qualities: where a release's picture comes from, how large it is and what was done to it, as one of thirty numbered kinds.
 * The numbers, names and sizes are those of Radarr's API version 3, which profiles and guides of the community refer to.
 *
 * Thread-safety: constants and pure functions only. */
#pragma once

#include "base/field.h"

/* Numbers as in custom formats' conditions. A later source is a better one. */
typedef enum {
  QUALITY_SOURCE_UNKNOWN,
  QUALITY_SOURCE_CAM,
  QUALITY_SOURCE_TELESYNC,
  QUALITY_SOURCE_TELECINE,
  QUALITY_SOURCE_WORKPRINT,
  QUALITY_SOURCE_DVD,
  QUALITY_SOURCE_TV,
  QUALITY_SOURCE_WEBDL,
  QUALITY_SOURCE_WEBRIP,
  QUALITY_SOURCE_BLURAY,
} QualitySource;
extern const EnumTable quality_source_table; /* "unknown", "cam", "telesync", … */

/* Numbers as in custom formats' conditions. */
typedef enum {
  QUALITY_MODIFIER_NONE,
  QUALITY_MODIFIER_REGIONAL, /* a DVD for one region, ahead of the others (R5) */
  QUALITY_MODIFIER_SCREENER,
  QUALITY_MODIFIER_RAWHD,  /* a broadcast as it was sent */
  QUALITY_MODIFIER_BRDISK, /* a whole disc: folders or an image */
  QUALITY_MODIFIER_REMUX,  /* the disc's streams, not encoded again */
} QualityModifier;
extern const EnumTable quality_modifier_table; /* "none", "regional", "screener", … */

typedef enum {
  QUALITY_UNKNOWN = 0,
  QUALITY_SDTV = 1,
  QUALITY_DVD = 2,
  QUALITY_WEBDL_1080P = 3,
  QUALITY_HDTV_720P = 4,
  QUALITY_WEBDL_720P = 5,
  QUALITY_BLURAY_720P = 6,
  QUALITY_BLURAY_1080P = 7,
  QUALITY_WEBDL_480P = 8,
  QUALITY_HDTV_1080P = 9,
  QUALITY_RAW_HD = 10,
  QUALITY_WEBRIP_480P = 12,
  QUALITY_WEBRIP_720P = 14,
  QUALITY_WEBRIP_1080P = 15,
  QUALITY_HDTV_2160P = 16,
  QUALITY_WEBRIP_2160P = 17,
  QUALITY_WEBDL_2160P = 18,
  QUALITY_BLURAY_2160P = 19,
  QUALITY_BLURAY_480P = 20,
  QUALITY_BLURAY_576P = 21,
  QUALITY_BR_DISK = 22,
  QUALITY_DVD_R = 23,
  QUALITY_WORKPRINT = 24,
  QUALITY_CAM = 25,
  QUALITY_TELESYNC = 26,
  QUALITY_TELECINE = 27,
  QUALITY_DVDSCR = 28,
  QUALITY_REGIONAL = 29,
  QUALITY_REMUX_1080P = 30,
  QUALITY_REMUX_2160P = 31,
} QualityId;
extern const EnumTable quality_table; /* ids and names ("WEBDL-1080p"), from worst to best */

/* What every quality is. Sizes are MB (1 MB = 1,048,576 bytes) for each minute of running time. */
typedef struct {
  int id;                              /* QualityId */
  const char *name;                    /* "WEBDL-1080p" */
  const char *group;                   /* the group it belongs to in a new profile: "WEB 1080p"; NULL: none */
  int source;                          /* QualitySource */
  int resolution;                      /* lines: 480, 576, 720, 1080, 2160; 0: the quality does not say */
  int modifier;                        /* QualityModifier */
  int weight;                          /* from worst (1) to best; members of a group share it */
  double min_mb, preferred_mb, max_mb; /* defaults; INFINITY: unlimited */
} Quality;

/* Every row, from worst to best. */
extern const Quality quality_rows[];
extern const size_t n_quality_rows;

/* The row of an id. Cannot fail: an unknown id gives that of QUALITY_UNKNOWN. */
const Quality *quality_find(int id);

/* The row that has this name, in any case; NULL if there is none. */
const Quality *quality_named(const char *name);

/* The quality nearest to what is known: the one with exactly this source, resolution and modifier; else the one with this source
 * and modifier for which resolution does not matter; else, with this modifier and resolution, the first of at least this source;
 * else QUALITY_UNKNOWN. `resolution` in lines, 0 if not known. */
QualityId quality_nearest(QualitySource source, int resolution, QualityModifier modifier);

/* The class, in lines, of a picture of this size: 480, 576, 720, 1080 or 2160, by width or height, as films are cut at top and
 * bottom; 0 if the size is not known. */
int quality_picture_lines(int64_t width, int64_t height);

/* Which issue of the same thing it is. */
typedef struct {
  int64_t version; /* 1; 2 after a proper or repack or v2, and so on */
  int64_t real;    /* how often it claims to be the real one */
  bool repack;     /* its own group mended it */
} QualityRevision;
extern const FieldTable quality_revision_table;

/* Less than 0, 0 or more than 0 as `a` is an older, the same or a newer issue than `b`: `real` decides, then `version`. */
int quality_revision_compare(const QualityRevision *a, const QualityRevision *b);

enum { QUALITY_SIZE_MAX_MB = 2000 };         /* the largest limit that a definition may set, in MB a minute */
enum { QUALITY_RUNNING_TIME_DEFAULT = 110 }; /* minutes, assumed for a film of which no running time is known */

/* A user's limits for one quality. */
typedef struct {
  int64_t id;          /* of the record */
  int quality;         /* QualityId */
  char *title;         /* shown instead of the quality's name */
  double min_mb;       /* MB a minute */
  double preferred_mb; /* MB a minute; NAN: the larger the better */
  double max_mb;       /* MB a minute; NAN: unlimited */
} QualityDefinition;
extern const FieldTable quality_definition_table;

/* The definitions of a new installation, one for each row of quality_rows: an array of QualityDefinition for the caller to free.
 */
GPtrArray *quality_definition_seeds(void);

typedef enum {
  QUALITY_SIZE_FITS,
  QUALITY_SIZE_TOO_SMALL,
  QUALITY_SIZE_TOO_LARGE,
} QualitySizeVerdict;

/* Whether `size_bytes` lies within the definition's limits for a film of `minutes` (0: QUALITY_RUNNING_TIME_DEFAULT). A size of 0
 * is not known and fits. Writes the limits in bytes to *ret_min and *ret_max (INT64_MAX: unlimited) if they are not NULL. */
QualitySizeVerdict quality_size_check(const QualityDefinition *definition, int64_t size_bytes, int64_t minutes,
                                      int64_t *ret_min_bytes, int64_t *ret_max_bytes);
