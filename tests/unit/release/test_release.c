#include "read.h"

static void test_json(void)
{
  g_autoptr(Release) release = read_name("Movie.Name.2010.German.DL.1080p.BluRay.x264-GRP");
  g_autoptr(json_t) json = release_json(release);
  g_assert_true(json_is_true(json_object_get(json, "accepted")));
  g_assert_null(json_object_get(json, "reason"));
  g_assert_cmpstr(json_string_value(json_object_get(json, "quality")), ==, "Bluray-1080p");
  g_autofree char *languages = json_text(json_object_get(json, "languages"));
  g_assert_cmpstr(languages, ==, "[\"German\",\"Original\"]");
  g_autofree char *part = json_text(json_object_get(json_object_get(json, "parts"), "title"));
  g_assert_cmpstr(part, ==, "[0,10]");
}

static void test_json_refused(void)
{
  g_autoptr(Release) release = read_name("Movie.S01E02.1080p.WEB.h264-GRP");
  g_autoptr(json_t) json = release_json(release);
  g_assert_true(json_is_false(json_object_get(json, "accepted")));
  g_assert_cmpstr(json_string_value(json_object_get(json, "reason")), ==,
                  "The name is that of an episode or a season of a series.");
  g_assert_cmpstr(json_string_value(json_object_get(json, "quality")), ==, "WEBDL-1080p");
  g_assert_cmpstr(json_string_value(json_object_get(json, "group")), ==, "GRP");
}

/* Every name's part says the words that its field was made of. */
static void test_parts(void)
{
  static const char name[] = "/x/Movie.Name.Extended.2010.PROPER.FRENCH.KORSUB.1080p.BluRay.REMUX.[tt1234567].{tmdb-99}-GRP.mkv";
  static const struct {
    ReleasePart part;
    const char *text;
  } rows[] = {
      {RELEASE_PART_TITLE, "Movie.Name"},  {RELEASE_PART_YEAR, "2010"},        {RELEASE_PART_EDITION, "Extended"},
      {RELEASE_PART_SOURCE, "BluRay"},     {RELEASE_PART_RESOLUTION, "1080p"}, {RELEASE_PART_MODIFIER, "REMUX"},
      {RELEASE_PART_REVISION, "PROPER"},   {RELEASE_PART_GROUP, "GRP"},        {RELEASE_PART_LANGUAGES, "FRENCH"},
      {RELEASE_PART_IMDB_ID, "tt1234567"}, {RELEASE_PART_TMDB_ID, "99"},       {RELEASE_PART_HARDCODED_SUBS, "KORSUB"},
  };
  g_autoptr(Release) release = read_name(name);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ReleaseSpan span = release->parts[rows[i].part];
    g_autofree char *text = g_strndup(name + span.offset, span.length);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
  g_assert_cmpstr(release->imdb_id, ==, "tt1234567");
  g_assert_cmpint(release->tmdb_id, ==, 99);
}

/* The record obeys its own table, whatever was read. */
static void test_fields(void)
{
  static const char *const names[] = {"", "Movie.2010.1080p.WEB-DL-GRP", "x", "S01E01", "Movie\xFFName.2010"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(Release) release = read_name(names[i]);
    for (size_t f = 0; f < release_table.n_fields; f++) {
      g_autoptr(GError) error = NULL;
      g_assert_true(field_check(&release_table.fields[f], release, &error));
      g_assert_no_error(error);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/release/json", test_json);
  g_test_add_func("/release/json-refused", test_json_refused);
  g_test_add_func("/release/parts", test_parts);
  g_test_add_func("/release/fields", test_fields);
  return g_test_run();
}
