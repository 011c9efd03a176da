/* The record of a read name: its fields, its reasons and its JSON. Test: tests/unit/release/test_release.c */
#include "release/release.h"

static const EnumRow release_refusal_rows[] = {
    {RELEASE_REFUSED_NOT, "not", NULL},
    {RELEASE_REFUSED_EMPTY, "empty", "The name holds no letter and no digit."},
    {RELEASE_REFUSED_TOO_LONG, "too-long", "The name is longer than a path can be."},
    {RELEASE_REFUSED_OBFUSCATED, "obfuscated", "The name is a hash or random letters, which say nothing about a film."},
    {RELEASE_REFUSED_ENCRYPTED, "encrypted", "The name is that of a post with a password."},
    {RELEASE_REFUSED_EPISODE, "episode", "The name is that of an episode or a season of a series."},
    {RELEASE_REFUSED_NO_TITLE, "no-title", "The name holds tags, but no title."},
    {RELEASE_REFUSED_NO_SIGN, "no-sign", "The name holds no year and nothing else by which it could be told for a film's."},
};
const EnumTable release_refusal_table = ENUM_TABLE("ReleaseRefusal", release_refusal_rows);

static const EnumRow release_origin_rows[] = {
    {RELEASE_FROM_NOTHING, "unknown", "The name does not say"},
    {RELEASE_FROM_NAME, "name", "A word of the name"},
    {RELEASE_FROM_EXTENSION, "extension", "Guessed by the file's extension"},
};
const EnumTable release_origin_table = ENUM_TABLE("ReleaseOrigin", release_origin_rows);

static const EnumRow release_part_rows[] = {
    {RELEASE_PART_TITLE, "title", NULL},           {RELEASE_PART_YEAR, "year", NULL},
    {RELEASE_PART_EDITION, "edition", NULL},       {RELEASE_PART_SOURCE, "source", NULL},
    {RELEASE_PART_RESOLUTION, "resolution", NULL}, {RELEASE_PART_MODIFIER, "modifier", NULL},
    {RELEASE_PART_REVISION, "revision", NULL},     {RELEASE_PART_GROUP, "group", NULL},
    {RELEASE_PART_LANGUAGES, "languages", NULL},   {RELEASE_PART_IMDB_ID, "imdb_id", NULL},
    {RELEASE_PART_TMDB_ID, "tmdb_id", NULL},       {RELEASE_PART_HARDCODED_SUBS, "hardcoded_subs", NULL},
};
const EnumTable release_part_table = ENUM_TABLE("ReleasePart", release_part_rows);

static const Field release_fields[] = {
    FIELD_BOOL(Release, accepted, .help = "The name is that of a film."),
    FIELD_ENUM(Release, refusal, release_refusal_table, .help = "Why the name is not that of a film."),
    FIELD_TEXT(Release, title, .max = RELEASE_NAME_MAX_BYTES, .help = "Title, as one would write it."),
    FIELD_STRINGS(Release, titles, .max = 1024, .help = "Every title: the whole, then the parts of a double one."),
    FIELD_INT(Release, year, .max = 9999, .help = "Year of the film; 0: none given."),
    FIELD_TEXT(Release, edition, .max = RELEASE_NAME_MAX_BYTES, .help = "Edition, as written."),
    FIELD_ENUM(Release, source, quality_source_table, .help = "Where the picture comes from."),
    FIELD_INT(Release, resolution, .max = 8640, .help = "Lines of the picture; 0: unknown."),
    FIELD_ENUM(Release, modifier, quality_modifier_table, .help = "What was done to the picture."),
    FIELD_ENUM(Release, quality, quality_table, .help = "The quality that these make."),
    FIELD_ENUM(Release, source_from, release_origin_table, .help = "Where the source was read."),
    FIELD_ENUM(Release, resolution_from, release_origin_table, .help = "Where the resolution was read."),
    FIELD_RECORD(Release, revision, quality_revision_table, .help = "Which issue of the same release it is."),
    FIELD_TEXT(Release, group, .flags = FIELD_NULLABLE, .max = RELEASE_NAME_MAX_BYTES, .help = "Who made it."),
    FIELD_INTS(Release, languages, .max = 64, .help = "Numbers of the languages that the name gives."),
    FIELD_BOOL(Release, multi, .help = "The name gives more than one language, or says that there is."),
    FIELD_TEXT(Release, imdb_id, .flags = FIELD_NULLABLE, .max = 16, .help = "IMDb's number of the film, with tt."),
    FIELD_INT(Release, tmdb_id, .max = 1e9, .help = "TMDB's number of the film; 0: none given."),
    FIELD_TEXT(Release, hardcoded_subs, .flags = FIELD_NULLABLE, .max = RELEASE_NAME_MAX_BYTES,
               .help = "Subtitles that are burnt into the picture."),
    FIELD_BOOL(Release, scene, .help = "Written by the rules of the scene."),
    FIELD_BOOL(Release, disc, .help = "A disc as it is."),
    FIELD_BOOL(Release, episode, .help = "Has a season or an episode number."),
    FIELD_TEXT(Release, simple_name, .max = 2 * RELEASE_NAME_MAX_BYTES,
               .help = "The name with the film's title replaced, for expressions to be matched against."),
};
const FieldTable release_table = FIELD_TABLE(Release, "Release", NULL, release_fields);

void release_free(Release *release)
{
  if (release)
    record_free(&release_table, release);
}

const char *release_reason(const Release *release)
{
  for (size_t i = 0; i < release_refusal_table.n_rows; i++)
    if (release_refusal_table.rows[i].value == release->refusal)
      return release_refusal_table.rows[i].help;
  return NULL;
}

static json_t *release_language_keys(const GArray *languages)
{
  json_t *keys = json_array();
  for (guint i = 0; languages && i < languages->len; i++) {
    const LanguageRow *row = release_language_find((int)g_array_index(languages, int64_t, i));
    if (row)
      json_array_append_new(keys, json_string(row->key));
  }
  return keys;
}

json_t *release_json(const Release *release)
{
  json_t *json = json_from_record(&release_table, release, JSON_PUBLIC);
  json_object_set_new(json, "languages", release_language_keys(release->languages));
  if (release->accepted)
    json_object_del(json, "refusal");
  else
    json_object_set_new(json, "reason", json_string(release_reason(release)));
  json_t *parts = json_object();
  for (int part = 0; part < RELEASE_N_PARTS; part++)
    if (release->parts[part].length)
      json_object_set_new(parts, enum_name(&release_part_table, part),
                          json_pack("[II]", (json_int_t)release->parts[part].offset, (json_int_t)release->parts[part].length));
  json_object_set_new(json, "parts", parts);
  return json;
}
