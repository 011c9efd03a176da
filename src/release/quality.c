/* The thirty qualities, their limits, and how what is known leads to one of them. Figures: Radarr's API version 3 (facts of its
 * reference). Test: tests/unit/release/test_quality.c */
#include "release/quality.h"

#include <math.h>

static const EnumRow quality_source_rows[] = {
    {QUALITY_SOURCE_UNKNOWN, "unknown", "The name does not say"},
    {QUALITY_SOURCE_CAM, "cam", "Filmed in a cinema"},
    {QUALITY_SOURCE_TELESYNC, "telesync", "Filmed in a cinema, with the sound taken from a line"},
    {QUALITY_SOURCE_TELECINE, "telecine", "Copied from a film reel"},
    {QUALITY_SOURCE_WORKPRINT, "workprint", "An unfinished cut"},
    {QUALITY_SOURCE_DVD, "dvd", NULL},
    {QUALITY_SOURCE_TV, "tv", "Broadcast"},
    {QUALITY_SOURCE_WEBDL, "webdl", "A streaming service's file as it was"},
    {QUALITY_SOURCE_WEBRIP, "webrip", "Recorded from a streaming service and encoded again"},
    {QUALITY_SOURCE_BLURAY, "bluray", NULL},
};
const EnumTable quality_source_table = ENUM_TABLE("QualitySource", quality_source_rows);

static const EnumRow quality_modifier_rows[] = {
    {QUALITY_MODIFIER_NONE, "none", NULL},
    {QUALITY_MODIFIER_REGIONAL, "regional", "A DVD for one region, ahead of the others"},
    {QUALITY_MODIFIER_SCREENER, "screener", "A copy for reviewers"},
    {QUALITY_MODIFIER_RAWHD, "rawhd", "A broadcast as it was sent"},
    {QUALITY_MODIFIER_BRDISK, "brdisk", "A whole disc"},
    {QUALITY_MODIFIER_REMUX, "remux", "The disc's streams, not encoded again"},
};
const EnumTable quality_modifier_table = ENUM_TABLE("QualityModifier", quality_modifier_rows);

#define SD_SIZES 0, 95, 100
#define HD_SIZES 0, INFINITY, INFINITY
#define ROW(id, name, group, source, lines, modifier, weight, ...)                                                               \
  {                                                                                                                              \
    QUALITY_##id, name, group, QUALITY_SOURCE_##source, lines, QUALITY_MODIFIER_##modifier, weight, __VA_ARGS__                  \
  }

const Quality quality_rows[] = {
    ROW(UNKNOWN, "Unknown", NULL, UNKNOWN, 0, NONE, 1, SD_SIZES),
    ROW(WORKPRINT, "WORKPRINT", NULL, WORKPRINT, 0, NONE, 2, SD_SIZES),
    ROW(CAM, "CAM", NULL, CAM, 0, NONE, 3, SD_SIZES),
    ROW(TELESYNC, "TELESYNC", NULL, TELESYNC, 0, NONE, 4, SD_SIZES),
    ROW(TELECINE, "TELECINE", NULL, TELECINE, 0, NONE, 5, SD_SIZES),
    ROW(REGIONAL, "REGIONAL", NULL, DVD, 480, REGIONAL, 6, SD_SIZES),
    ROW(DVDSCR, "DVDSCR", NULL, DVD, 480, SCREENER, 7, SD_SIZES),
    ROW(SDTV, "SDTV", NULL, TV, 480, NONE, 8, SD_SIZES),
    ROW(DVD, "DVD", NULL, DVD, 0, NONE, 9, SD_SIZES),
    ROW(DVD_R, "DVD-R", NULL, DVD, 480, REMUX, 10, SD_SIZES),
    ROW(WEBDL_480P, "WEBDL-480p", "WEB 480p", WEBDL, 480, NONE, 11, SD_SIZES),
    ROW(WEBRIP_480P, "WEBRip-480p", "WEB 480p", WEBRIP, 480, NONE, 11, SD_SIZES),
    ROW(BLURAY_480P, "Bluray-480p", NULL, BLURAY, 480, NONE, 12, SD_SIZES),
    ROW(BLURAY_576P, "Bluray-576p", NULL, BLURAY, 576, NONE, 13, SD_SIZES),
    ROW(HDTV_720P, "HDTV-720p", NULL, TV, 720, NONE, 14, SD_SIZES),
    ROW(WEBDL_720P, "WEBDL-720p", "WEB 720p", WEBDL, 720, NONE, 15, SD_SIZES),
    ROW(WEBRIP_720P, "WEBRip-720p", "WEB 720p", WEBRIP, 720, NONE, 15, SD_SIZES),
    ROW(BLURAY_720P, "Bluray-720p", NULL, BLURAY, 720, NONE, 16, SD_SIZES),
    ROW(HDTV_1080P, "HDTV-1080p", NULL, TV, 1080, NONE, 17, SD_SIZES),
    ROW(WEBDL_1080P, "WEBDL-1080p", "WEB 1080p", WEBDL, 1080, NONE, 18, SD_SIZES),
    ROW(WEBRIP_1080P, "WEBRip-1080p", "WEB 1080p", WEBRIP, 1080, NONE, 18, SD_SIZES),
    ROW(BLURAY_1080P, "Bluray-1080p", NULL, BLURAY, 1080, NONE, 19, HD_SIZES),
    ROW(REMUX_1080P, "Remux-1080p", NULL, BLURAY, 1080, REMUX, 20, HD_SIZES),
    ROW(HDTV_2160P, "HDTV-2160p", NULL, TV, 2160, NONE, 21, HD_SIZES),
    ROW(WEBDL_2160P, "WEBDL-2160p", "WEB 2160p", WEBDL, 2160, NONE, 22, HD_SIZES),
    ROW(WEBRIP_2160P, "WEBRip-2160p", "WEB 2160p", WEBRIP, 2160, NONE, 22, HD_SIZES),
    ROW(BLURAY_2160P, "Bluray-2160p", NULL, BLURAY, 2160, NONE, 23, HD_SIZES),
    ROW(REMUX_2160P, "Remux-2160p", NULL, BLURAY, 2160, REMUX, 24, HD_SIZES),
    ROW(BR_DISK, "BR-DISK", NULL, BLURAY, 1080, BRDISK, 25, HD_SIZES),
    ROW(RAW_HD, "Raw-HD", NULL, TV, 1080, RAWHD, 26, HD_SIZES),
};
const size_t n_quality_rows = G_N_ELEMENTS(quality_rows);

/* EnumTable wants rows of its own; the test proves that they are those above. */
static const EnumRow quality_enum_rows[] = {
    {QUALITY_UNKNOWN, "Unknown", NULL},
    {QUALITY_WORKPRINT, "WORKPRINT", NULL},
    {QUALITY_CAM, "CAM", NULL},
    {QUALITY_TELESYNC, "TELESYNC", NULL},
    {QUALITY_TELECINE, "TELECINE", NULL},
    {QUALITY_REGIONAL, "REGIONAL", NULL},
    {QUALITY_DVDSCR, "DVDSCR", NULL},
    {QUALITY_SDTV, "SDTV", NULL},
    {QUALITY_DVD, "DVD", NULL},
    {QUALITY_DVD_R, "DVD-R", NULL},
    {QUALITY_WEBDL_480P, "WEBDL-480p", NULL},
    {QUALITY_WEBRIP_480P, "WEBRip-480p", NULL},
    {QUALITY_BLURAY_480P, "Bluray-480p", NULL},
    {QUALITY_BLURAY_576P, "Bluray-576p", NULL},
    {QUALITY_HDTV_720P, "HDTV-720p", NULL},
    {QUALITY_WEBDL_720P, "WEBDL-720p", NULL},
    {QUALITY_WEBRIP_720P, "WEBRip-720p", NULL},
    {QUALITY_BLURAY_720P, "Bluray-720p", NULL},
    {QUALITY_HDTV_1080P, "HDTV-1080p", NULL},
    {QUALITY_WEBDL_1080P, "WEBDL-1080p", NULL},
    {QUALITY_WEBRIP_1080P, "WEBRip-1080p", NULL},
    {QUALITY_BLURAY_1080P, "Bluray-1080p", NULL},
    {QUALITY_REMUX_1080P, "Remux-1080p", NULL},
    {QUALITY_HDTV_2160P, "HDTV-2160p", NULL},
    {QUALITY_WEBDL_2160P, "WEBDL-2160p", NULL},
    {QUALITY_WEBRIP_2160P, "WEBRip-2160p", NULL},
    {QUALITY_BLURAY_2160P, "Bluray-2160p", NULL},
    {QUALITY_REMUX_2160P, "Remux-2160p", NULL},
    {QUALITY_BR_DISK, "BR-DISK", NULL},
    {QUALITY_RAW_HD, "Raw-HD", NULL},
};
const EnumTable quality_table = ENUM_TABLE("Quality", quality_enum_rows);

const Quality *quality_find(int id)
{
  for (size_t i = 0; i < n_quality_rows; i++)
    if (quality_rows[i].id == id)
      return &quality_rows[i];
  return &quality_rows[0];
}

const Quality *quality_named(const char *name)
{
  for (size_t i = 0; i < n_quality_rows; i++)
    if (g_ascii_strcasecmp(quality_rows[i].name, name) == 0)
      return &quality_rows[i];
  return NULL;
}

QualityId quality_nearest(QualitySource source, int resolution, QualityModifier modifier)
{
  const Quality *same_kind = NULL, *at_least = NULL;
  for (size_t i = 0; i < n_quality_rows; i++) {
    const Quality *row = &quality_rows[i];
    if (row->modifier != (int)modifier)
      continue;
    if (row->source == (int)source && row->resolution == resolution)
      return (QualityId)row->id;
    if (row->source == (int)source && row->resolution == 0)
      same_kind = row;
    if (row->resolution == resolution && row->source >= (int)source && (!at_least || row->source < at_least->source))
      at_least = row;
  }
  const Quality *found = same_kind ? same_kind : at_least;
  return found ? (QualityId)found->id : QUALITY_UNKNOWN;
}

static const Field quality_revision_fields[] = {
    FIELD_INT(QualityRevision, version, .preset = "1", .min = 1, .max = 99,
              .help = "1; a proper, repack or second version is 2, and so on."),
    FIELD_INT(QualityRevision, real, .max = 99, .help = "How often the name says REAL."),
    FIELD_BOOL(QualityRevision, repack, .help = "The group mended its own release."),
};
const FieldTable quality_revision_table = FIELD_TABLE(QualityRevision, "QualityRevision", NULL, quality_revision_fields);

int quality_picture_lines(int64_t width, int64_t height)
{
  static const struct {
    int64_t least_width, least_height;
    int lines;
  } classes[] = {{3200, 2100, 2160}, {1800, 1000, 1080}, {1200, 700, 720}, {1000, 560, 576}, {1, 1, 480}};
  for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
    if (width >= classes[i].least_width || height >= classes[i].least_height)
      return classes[i].lines;
  return 0;
}

int quality_revision_compare(const QualityRevision *a, const QualityRevision *b)
{
  if (a->real != b->real)
    return a->real < b->real ? -1 : 1;
  return a->version < b->version ? -1 : a->version > b->version;
}

static const Field quality_definition_fields[] = {
    FIELD_INT(QualityDefinition, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the definition."),
    FIELD_ENUM(QualityDefinition, quality, quality_table, .flags = FIELD_READ_ONLY, .help = "The quality that it is for."),
    FIELD_TEXT(QualityDefinition, title, .min = 1, .max = 64, .help = "Shown instead of the quality's name."),
    FIELD_REAL(QualityDefinition, min_mb, .max = QUALITY_SIZE_MAX_MB, .help = "Smallest size, in MiB for each minute."),
    FIELD_REAL(QualityDefinition, preferred_mb, .flags = FIELD_NULLABLE, .max = QUALITY_SIZE_MAX_MB,
               .help = "Size to prefer, in MiB for each minute; null: the larger the better."),
    FIELD_REAL(QualityDefinition, max_mb, .flags = FIELD_NULLABLE, .max = QUALITY_SIZE_MAX_MB,
               .help = "Largest size, in MiB for each minute; null: no limit."),
};
const FieldTable quality_definition_table =
    FIELD_TABLE(QualityDefinition, "QualityDefinition", "quality_definitions", quality_definition_fields);

GPtrArray *quality_definition_seeds(void)
{
  GPtrArray *seeds = records_new(&quality_definition_table);
  for (size_t i = 0; i < n_quality_rows; i++) {
    const Quality *row = &quality_rows[i];
    QualityDefinition *definition = record_new(&quality_definition_table);
    g_free(definition->title);
    definition->title = g_strdup(row->name);
    definition->quality = row->id;
    definition->min_mb = row->min_mb;
    definition->preferred_mb = isinf(row->preferred_mb) ? NAN : row->preferred_mb;
    definition->max_mb = isinf(row->max_mb) ? NAN : row->max_mb;
    g_ptr_array_add(seeds, definition);
  }
  return seeds;
}

QualitySizeVerdict quality_size_check(const QualityDefinition *definition, int64_t size_bytes, int64_t minutes,
                                      int64_t *ret_min_bytes, int64_t *ret_max_bytes)
{
  const double mib = 1048576.0;
  double running = (double)(minutes > 0 ? minutes : QUALITY_RUNNING_TIME_DEFAULT);
  double smallest = definition->min_mb * mib * running;
  double largest = isnan(definition->max_mb) ? INFINITY : definition->max_mb * mib * running;
  if (ret_min_bytes)
    *ret_min_bytes = (int64_t)smallest;
  if (ret_max_bytes)
    *ret_max_bytes = largest >= 9.0e18 ? INT64_MAX : (int64_t)largest;
  if (size_bytes == 0)
    return QUALITY_SIZE_FITS;
  return (double)size_bytes < smallest  ? QUALITY_SIZE_TOO_SMALL
         : (double)size_bytes > largest ? QUALITY_SIZE_TOO_LARGE
                                        : QUALITY_SIZE_FITS;
}
