/* Literal inputs with what Radarr's own tests expect of them, where a copy of them lies beside the source tree (or at
 * REEVE_VECTORS); without one the tests are skipped. */
#include "release/decision.h"
#include "release/naming.h"

#include "base/error.h"

#include <string.h>

static json_t *vectors(const char *name)
{
  const char *given = g_getenv("REEVE_VECTORS");
  g_autofree char *file = g_strconcat(name, ".json", NULL);
  g_autofree char *path =
      given ? g_build_filename(given, file, NULL) : g_build_filename(SOURCE_ROOT, "../shared/vectors", file, NULL);
  g_autofree char *text = NULL;
  gsize length;
  if (!g_file_get_contents(path, &text, &length, NULL)) {
    g_test_skip("The vectors are not here.");
    return NULL;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) json = json_parse(text, length, &error);
  g_assert_no_error(error);
  return json_incref(json_object_get(json, "vectors"));
}

static const char *text_of(const json_t *object, const char *key)
{
  return json_string_value(json_object_get(object, key));
}

static int64_t number_of(const json_t *object, const char *key)
{
  return json_integer_value(json_object_get(object, key));
}

static char **strings_of(const json_t *list)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  size_t i;
  const json_t *item;
  json_array_foreach(list, i, item) g_strv_builder_add(builder, json_string_value(item));
  return g_strv_builder_end(builder);
}

static int named(const EnumTable *table, const char *name)
{
  for (size_t i = 0; name && i < table->n_rows; i++)
    if (g_ascii_strcasecmp(table->rows[i].name, name) == 0)
      return table->rows[i].value;
  return 0;
}

static int hdr_of(const char *name)
{
  static const EnumRow rows[] = {{NAMING_HDR_NONE, "None", NULL},
                                 {NAMING_HDR_PQ, "Pq10", NULL},
                                 {NAMING_HDR_HDR10, "Hdr10", NULL},
                                 {NAMING_HDR_HDR10_PLUS, "Hdr10Plus", NULL},
                                 {NAMING_HDR_HLG, "Hlg10", NULL},
                                 {NAMING_HDR_DV, "DolbyVision", NULL},
                                 {NAMING_HDR_DV_HDR10, "DolbyVisionHdr10", NULL},
                                 {NAMING_HDR_DV_HDR10_PLUS, "DolbyVisionHdr10Plus", NULL},
                                 {NAMING_HDR_DV_HLG, "DolbyVisionHlg", NULL},
                                 {NAMING_HDR_DV_SDR, "DolbyVisionSdr", NULL}};
  static const EnumTable table = ENUM_TABLE("HdrFormat", rows);
  return named(&table, name);
}

/* The codes that whoever probes would have given: the vectors hold three-letter ones. */
static char **codes_of(const json_t *list)
{
  static const char *const pairs[][2] = {{"eng", "en"}, {"deu", "de"}, {"gsw", "de"}, {"spa", "es"}, {"ita", "it"},
                                         {"nld", "nl"}, {"nob", "nb"}, {"nor", "no"}, {"swe", "sv"}, {"chi", "zh"},
                                         {"ice", "is"}, {"khk", "mn"}, {"mvf", "mn"}, {"geo", "ka"}};
  char **codes = strings_of(list);
  for (char **code = codes; *code; code++)
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
      if (strcmp(*code, pairs[i][0]) == 0) {
        g_free(*code);
        *code = g_strdup(pairs[i][1]);
        break;
      }
  return codes;
}

static GPtrArray *formats_of(const json_t *list)
{
  GPtrArray *formats = g_ptr_array_new_with_free_func((GDestroyNotify)custom_format_free);
  size_t i;
  const json_t *item;
  json_array_foreach(list, i, item)
  {
    CustomFormat *format = g_new0(CustomFormat, 1);
    format->name = g_strdup(text_of(item, "name"));
    format->include_when_renaming = json_is_true(json_object_get(item, "include_when_renaming"));
    g_ptr_array_add(formats, format);
  }
  return formats;
}

static Movie *movie_of(const json_t *json)
{
  Movie *movie = record_new(&movie_table);
  const struct {
    char **to;
    const char *key;
  } texts[] = {{&movie->title, "title"},
               {&movie->original_title, "original_title"},
               {&movie->imdb_id, "imdb_id"},
               {&movie->certification, "certification"},
               {&movie->collection, "collection_title"}};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
    if (text_of(json, texts[i].key)) {
      g_free(*texts[i].to);
      *texts[i].to = g_strdup(text_of(json, texts[i].key));
    }
  movie->year = number_of(json, "year");
  movie->tmdb_id = number_of(json, "tmdb_id");
  movie->translations = movie->translations ? movie->translations : records_new(&movie_translation_table);
  size_t i;
  const json_t *item;
  json_array_foreach(json_object_get(json, "translations"), i, item)
  {
    MovieTranslation *translation = record_new(&movie_translation_table);
    translation->language = release_language_named(text_of(item, "language"))->id;
    g_free(translation->title);
    translation->title = g_strdup(text_of(item, "title"));
    g_ptr_array_add(movie->translations, translation);
  }
  return movie;
}

static bool name_one(const json_t *vector)
{
  const json_t *context = json_object_get(vector, "context"), *file = json_object_get(context, "file"),
               *naming = json_object_get(context, "naming"), *expect = json_object_get(vector, "expect"),
               *media_json = json_object_get(file, "media_info");
  g_autoptr(Movie) movie = movie_of(json_object_get(context, "movie"));
  g_autoptr(GPtrArray) formats = formats_of(json_object_get(vector, "custom_formats"));
  g_auto(GStrv) audio = codes_of(json_object_get(media_json, "audio_languages")),
                subtitles = codes_of(json_object_get(media_json, "subtitles"));
  NamingMedia media = {.video_codec = text_of(media_json, "video_format"),
                       .audio_codec = text_of(media_json, "audio_format"),
                       .channels = number_of(media_json, "audio_channels"),
                       .bit_depth = number_of(media_json, "video_bit_depth"),
                       .hdr = hdr_of(text_of(media_json, "video_hdr_format")),
                       .audio_languages = audio,
                       .subtitle_languages = subtitles};
  const char *path = text_of(file, "path");
  const Quality *quality = text_of(file, "quality") ? quality_named(text_of(file, "quality")) : NULL;
  NamingFacts facts = {.movie = movie,
                       .scene_name = text_of(file, "scene_name"),
                       .file_name = text_of(file, "relative_path"),
                       .edition = text_of(file, "edition"),
                       .group = text_of(file, "release_group"),
                       .quality = {quality ? quality->id : 0, {.version = MAX(1, number_of(file, "revision_version"))}},
                       .formats = formats,
                       .media = media_json ? &media : NULL};
  if (!facts.file_name && path)
    facts.file_name = strrchr(path, '/') + 1;
  NamingOptions options = {.colon = named(&naming_colon_table, text_of(naming, "colon_replacement_format")),
                           .drop_illegal = json_is_false(json_object_get(naming, "replace_illegal_characters"))};
  bool is_folder = text_of(expect, "movie_folder") != NULL, renames = json_is_true(json_object_get(naming, "rename_movies"));
  const char *template = is_folder ? text_of(naming, "movie_folder_format") : text_of(naming, "standard_movie_format");
  g_autofree char *name = naming_render(is_folder || renames ? template : "{Original Title}", &facts, NULL, &options);
  const char *want = is_folder ? text_of(expect, "movie_folder") : text_of(expect, "file_name");
  if (strcmp(name, want) == 0)
    return true;
  g_test_message("%s: %s: got \"%s\", want \"%s\"", text_of(vector, "id"), template, name, want);
  return false;
}

static void run(const char *name, bool (*one)(const json_t *vector))
{
  g_autoptr(json_t) list = vectors(name);
  size_t i, n_wrong = 0;
  const json_t *vector;
  g_assert_true(!list || json_array_size(list) > 0);
  json_array_foreach(list, i, vector) n_wrong += !one(vector);
  g_assert_cmpuint(n_wrong, ==, 0);
}

static void test_naming(void)
{
  run("radarr_naming", name_one);
}

/* "codec, tag, profile | release" for audio, "codec, tag | release" for video, "video_dynamic_range(_type):X", "WxH". */
static bool media_one(const json_t *vector)
{
  const json_t *expect = json_object_get(vector, "expect");
  const char *input = text_of(vector, "input");
  g_auto(GStrv) halves = g_strsplit(input, "|", 2);
  g_auto(GStrv) parts = g_strsplit(halves[0], ",", 3);
  for (char **part = parts; *part; part++)
    g_strstrip(*part);
  size_t n = g_strv_length(parts);
  const char *release = n > 1 ? halves[1] : NULL;
  g_autofree char *got = NULL;
  const char *want = NULL;
  if ((want = text_of(expect, "audio_codec")))
    got = naming_audio_codec(
        &(NamingMedia){.audio_codec = parts[0], .audio_tag = n > 1 ? parts[1] : NULL, .audio_profile = n > 2 ? parts[2] : NULL},
        release);
  else if ((want = text_of(expect, "video_codec")))
    got = naming_video_codec(&(NamingMedia){.video_codec = parts[0], .video_tag = n > 1 ? parts[1] : NULL}, release);
  else if ((want = text_of(expect, "video_dynamic_range_type")))
    got = g_strdup(enum_name(&naming_hdr_table, hdr_of(strchr(input, ':') + 1)));
  else if ((want = text_of(expect, "video_dynamic_range")))
    got = g_strdup(hdr_of(strchr(input, ':') + 1) == NAMING_HDR_NONE ? "" : "HDR");
  int64_t width, height, lines = number_of(expect, "resolution");
  if (lines && sscanf(input, "%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT, &width, &height) == 2)
    return quality_picture_lines(width, height) == lines;
  if (want && strcmp(got, want) == 0)
    return true;
  g_test_message("%s: got \"%s\", want \"%s\"", input, got, want);
  return false;
}

static void test_media(void)
{
  run("radarr_mediainfo_format", media_one);
}

static bool language_one(const json_t *vector)
{
  const json_t *args = json_object_get(vector, "args"), *spec = json_object_get(args, "spec");
  g_autoptr(json_t) json = json_pack("{s:s, s:s, s:O, s:b, s:{s:I, s:O}}", "name", "L", "implementation", "LanguageSpecification",
                                     "negate", json_object_get(spec, "negate"), "required", 0, "fields", "value",
                                     (json_int_t)release_language_named(text_of(spec, "value"))->id, "exceptLanguage",
                                     json_object_get(spec, "except_language"));
  g_autoptr(GError) error = NULL;
  g_autoptr(FormatCondition) condition = format_condition_from_json(json, &error);
  g_assert_no_error(error);
  g_autoptr(GArray) languages = g_array_new(FALSE, FALSE, sizeof(int64_t));
  size_t i;
  const json_t *item;
  json_array_foreach(json_object_get(args, "release_languages"), i, item)
  {
    int64_t id = release_language_named(json_string_value(item))->id;
    g_array_append_val(languages, id);
  }
  FormatFacts facts = {.languages = languages,
                       .original_language = release_language_named(text_of(args, "movie_original_language"))->id};
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  bool holds = format_condition_test(condition, &facts, scratch) == PATTERN_MATCHES;
  return holds == json_is_true(json_object_get(json_object_get(vector, "expect"), "satisfied"));
}

static void test_language(void)
{
  run("radarr_cf_language", language_one);
}

static int64_t time_of(const json_t *args, const char *key)
{
  int y, m, d, h, min, s;
  const char *text = text_of(args, key);
  if (!text)
    return FIELD_NULL_INT;
  g_assert_cmpint(sscanf(text, "%d/%d/%d %d:%d:%d", &y, &m, &d, &h, &min, &s), ==, 6);
  g_autoptr(GDateTime) time = g_date_time_new_utc(y, m, d, h, min, s);
  return g_date_time_to_unix(time) * 1000;
}

static bool availability_one(const json_t *vector)
{
  const json_t *args = json_object_get(vector, "args");
  Movie movie = {.minimum_availability = named(&minimum_availability_table, text_of(args, "minimum_availability")),
                 .in_cinemas_ms = time_of(args, "in_cinemas"),
                 .physical_ms = time_of(args, "physical_release"),
                 .digital_ms = time_of(args, "digital_release")};
  const int64_t now_ms = 1735689600000; /* 2025-01-01 */
  bool available = movie_available_from_ms(&movie, 0) <= now_ms;
  return available == json_is_true(json_object_get(json_object_get(vector, "expect"), "available"));
}

static void test_availability(void)
{
  run("radarr_availability", availability_one);
}

/* The vectors' names of verdicts are those of Radarr's reasons. */
static const char *reason_of(UpgradeVerdict verdict)
{
  static const char *const names[] = {[UPGRADE_YES] = "None",
                                      [UPGRADE_BETTER_QUALITY] = "BetterQuality",
                                      [UPGRADE_NOT_ALLOWED] = "UpgradesNotAllowed",
                                      [UPGRADE_BETTER_REVISION] = "BetterRevision",
                                      [UPGRADE_QUALITY_CUTOFF] = "QualityCutoff",
                                      [UPGRADE_FORMAT_SCORE] = "CustomFormatScore",
                                      [UPGRADE_FORMAT_CUTOFF] = "CustomFormatCutoff",
                                      [UPGRADE_FORMAT_MIN_GAIN] = "MinCustomFormatScore"};
  return names[verdict];
}

static int64_t score_of(const json_t *side, const json_t *scores)
{
  int64_t score = 0;
  size_t i;
  const json_t *name;
  json_array_foreach(json_object_get(side, "custom_formats"), i, name) score += number_of(scores, json_string_value(name));
  return score;
}

static bool upgrade_one(const json_t *vector)
{
  const json_t *args = json_object_get(vector, "args"), *settings = json_object_get(args, "profile"),
               *scores = json_object_get(settings, "format_scores"), *have = json_object_get(args, "current"),
               *offered = json_object_get(args, "new");
  QualityProfile profile = {.items = records_new(&quality_profile_item_table),
                            .cutoff = quality_named(text_of(settings, "cutoff"))->id,
                            .upgrade_allowed = json_is_true(json_object_get(settings, "upgrade_allowed")),
                            .cutoff_format_score = number_of(settings, "cutoff_format_score"),
                            .min_upgrade_format_score = number_of(settings, "min_upgrade_format_score")};
  size_t i;
  const json_t *name;
  json_array_foreach(json_object_get(settings, "items_all_allowed_in_this_order"), i, name)
  {
    QualityProfileItem *item = record_new(&quality_profile_item_table);
    item->id = quality_named(json_string_value(name))->id;
    item->allowed = true;
    item->qualities = item->qualities ? item->qualities : g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val(item->qualities, item->id);
    g_ptr_array_add(profile.items, item);
  }
  QualityModel current = {quality_named(text_of(have, "quality"))->id, {.version = number_of(have, "version")}};
  QualityModel candidate = {quality_named(text_of(offered, "quality"))->id, {.version = number_of(offered, "version")}};
  int propers = named(&proper_preference_table, text_of(args, "propers"));
  UpgradeVerdict verdict = quality_profile_upgrade(&profile, &current, score_of(have, scores), &candidate,
                                                   score_of(offered, scores), (ProperPreference)propers);
  g_ptr_array_unref(profile.items);
  return strcmp(reason_of(verdict), text_of(json_object_get(vector, "expect"), "reject_reason")) == 0;
}

static void test_upgrade(void)
{
  run("radarr_upgrade", upgrade_one);
}

static bool size_one(const json_t *vector)
{
  const json_t *args = json_object_get(vector, "args");
  QualityDefinition definition = {.min_mb = json_number_value(json_object_get(args, "min_mib_per_min")),
                                  .max_mb = json_number_value(json_object_get(args, "max_mib_per_min"))};
  int64_t size_bytes = number_of(args, "size_mib") << 20;
  bool fits = quality_size_check(&definition, size_bytes, number_of(args, "runtime_min"), NULL, NULL) == QUALITY_SIZE_FITS;
  return fits == json_is_true(json_object_get(json_object_get(vector, "expect"), "accepted"));
}

static void test_size(void)
{
  run("radarr_acceptable_size", size_one);
}

static bool terms_one(const json_t *vector)
{
  const json_t *args = json_object_get(vector, "args");
  g_auto(GStrv) required = strings_of(json_object_get(args, "required")), ignored = strings_of(json_object_get(args, "ignored"));
  ReleaseRestriction restriction = {.enabled = true, .required = required, .ignored = ignored};
  g_autoptr(GError) error = NULL;
  g_autoptr(RestrictionTerms) terms = restriction_terms_new(&restriction, &error);
  g_assert_no_error(error);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  g_autofree char *refusal = restriction_refusal(terms, text_of(args, "title"), 0, NULL, scratch);
  return !refusal == json_is_true(json_object_get(json_object_get(vector, "expect"), "accepted"));
}

static void test_terms(void)
{
  run("radarr_release_terms", terms_one);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vectors/naming", test_naming);
  g_test_add_func("/vectors/media", test_media);
  g_test_add_func("/vectors/language", test_language);
  g_test_add_func("/vectors/availability", test_availability);
  g_test_add_func("/vectors/upgrade", test_upgrade);
  g_test_add_func("/vectors/size", test_size);
  g_test_add_func("/vectors/terms", test_terms);
  return g_test_run();
}
