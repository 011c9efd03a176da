/* A record with a field of every kind and rule, for the tests of base and wire and for the fuzzers. */
#pragma once

#include "base/field.h"

typedef struct {
  int64_t id;
  char *label;
  int64_t level;
  char *password;
} SampleInner;

typedef struct {
  int64_t id;
  char *name;
  bool enabled;
  int64_t count;
  int64_t big;
  int64_t limit;
  double ratio;
  double quality;
  int codec;
  int tune;
  char *note;
  char *token;
  char *hash;
  char *extra;
  char **tags;
  char **only;
  GArray *sizes;
  SampleInner inner;
  GPtrArray *parts;
  int64_t computed;
} Sample;

typedef enum { CODEC_H264 = 3, CODEC_HEVC = 5, CODEC_AV1 = 8 } SampleCodec;

static const EnumRow sample_codec_rows[] = {
    {CODEC_H264, "h264", "plays everywhere"},
    {CODEC_HEVC, "hevc", NULL},
    {CODEC_AV1, "av1", NULL},
};
static const EnumTable sample_codecs = ENUM_TABLE("SampleCodec", sample_codec_rows);

static const Field sample_inner_fields[] = {
    FIELD_INT(SampleInner, id, .flags = FIELD_KEY),
    FIELD_TEXT(SampleInner, label, .flags = FIELD_REQUIRED, .min = 1),
    FIELD_INT(SampleInner, level, .min = 1, .max = 9, .preset = "5"),
    FIELD_TEXT(SampleInner, password, .flags = FIELD_SECRET),
};
static const FieldTable sample_inner_table = FIELD_TABLE(SampleInner, "SampleInner", NULL, sample_inner_fields);

static const Field sample_fields[] = {
    FIELD_INT(Sample, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "The number it is known by."),
    FIELD_TEXT(Sample, name, .flags = FIELD_REQUIRED, .min = 1, .max = 32, .format = "path", .help = "A name."),
    FIELD_BOOL(Sample, enabled, .preset = "true"),
    FIELD_INT(Sample, count, .min = 0, .max = 100, .preset = "7"),
    FIELD_INT(Sample, big),
    FIELD_INT(Sample, limit, .flags = FIELD_NULLABLE, .min = 1),
    FIELD_REAL(Sample, ratio, .min = -1, .max = 1, .preset = "0.5"),
    FIELD_REAL(Sample, quality, .flags = FIELD_NULLABLE | FIELD_ADVANCED),
    FIELD_ENUM(Sample, codec, sample_codecs, .preset = "hevc"),
    FIELD_ENUM(Sample, tune, sample_codecs, .flags = FIELD_NULLABLE),
    FIELD_TEXT(Sample, note, .flags = FIELD_NULLABLE),
    FIELD_TEXT(Sample, token, .flags = FIELD_SECRET, .max = 64),
    FIELD_TEXT(Sample, hash, .flags = FIELD_NO_JSON),
    FIELD_JSON(Sample, extra),
    FIELD_STRINGS(Sample, tags, .max = 3, .preset = "one, two"),
    FIELD_STRINGS(Sample, only, .flags = FIELD_NULLABLE, .min = 1),
    FIELD_INTS(Sample, sizes, .preset = "1,-2"),
    FIELD_RECORD(Sample, inner, sample_inner_table),
    FIELD_RECORDS(Sample, parts, sample_inner_table, .max = 2),
    FIELD_INT(Sample, computed, .flags = FIELD_READ_ONLY),
};
static const FieldTable sample_table = FIELD_TABLE(Sample, "Sample", "samples", sample_fields);

/* Puts a value other than the default into every field. The caller clears the record. */
static inline void sample_fill(Sample *sample)
{
  static const struct {
    const char *name, *text;
  } values[] = {
      {"id", "41"},
      {"name", "Tränen"},
      {"enabled", "false"},
      {"count", "100"},
      {"limit", "1"},
      {"ratio", "-0.125"},
      {"big", "9223372036854775807"},
      {"quality", "23.976"},
      {"codec", "av1"},
      {"tune", "h264"},
      {"note", "a \"b\"\n\\ \x01 c"},
      {"token", "s3cret"},
      {"hash", "feed"},
      {"tags", "x,,y"},
      {"only", "just this"},
      {"sizes", "-9223372036854775808,0,5"},
      {"computed", "-3"},
      {"extra", "{\"a\":[1,2.5,null,\"x\"],\"b\":{}}"},
  };
  record_init(&sample_table, sample);
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
    g_assert_true(field_set_text(field_find(&sample_table, values[i].name), sample, values[i].text, NULL));
  g_assert_true(field_set_text(field_find(&sample_inner_table, "label"), &sample->inner, "inside", NULL));
  sample->parts = records_new(&sample_inner_table);
  for (int i = 0; i < 2; i++) {
    SampleInner *part = record_new(&sample_inner_table);
    part->id = i;
    g_free(part->label);
    part->label = g_strdup_printf("part %d", i);
    part->level = 1 + i;
    g_free(part->password);
    part->password = g_strdup("pw");
    g_ptr_array_add(sample->parts, part);
  }
}
