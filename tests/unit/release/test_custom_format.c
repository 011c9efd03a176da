#include "release/custom_format.h"

#include "base/error.h"
#include "release/quality_profile.h"

#include <string.h>

/* As guides publish it: members that nobody here knows, fields as an object. */
static const char community[] =
    "{\"trash_id\":\"1f733af03141f068a540eec352589a89\",\"trash_scores\":{\"default\":80,\"sqp\":-1.5},\"trash_regex\":null,"
    "\"name\":\"Hybrid é\",\"includeCustomFormatWhenRenaming\":true,\"specifications\":[{\"name\":\"H\",\"implementation\":"
    "\"ReleaseTitleSpecification\",\"negate\":false,\"required\":true,\"fields\":{\"value\":\"\\\\bhybrid\\\\b\",\"extra\":[1,2]}"
    "},"
    "{\"name\":\"Not "
    "SD\",\"implementation\":\"ResolutionSpecification\",\"negate\":true,\"required\":true,\"fields\":[{\"order\":0,"
    "\"name\":\"value\",\"value\":480}],\"infoLink\":\"x\"}]}";

static void test_round_trip(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) formats = custom_formats_parse(community, strlen(community), 7, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(formats->len, ==, 1);
  const CustomFormat *format = custom_format_find(formats, 7);
  g_assert_cmpstr(format->name, ==, "Hybrid é");
  g_assert_true(format->include_when_renaming);
  g_autoptr(json_t) json = custom_format_json(format);
  g_autofree char *text = json_text(json);
  g_assert_cmpstr(text, ==, community);
  g_assert_null(custom_format_find(formats, 8));
}

/* How conditions make a format: c of a condition is its kind (t title, s source, g group), R required, ! negated; then its value.
 */
static CustomFormat *format_of(const char *conditions)
{
  g_autoptr(GString) text = g_string_new("{\"name\": \"F\", \"specifications\": [");
  g_auto(GStrv) parts = g_strsplit(conditions, " ", -1);
  for (char **part = parts; *part; part++) {
    const char *at = *part, *implementation = *at == 't'   ? "ReleaseTitleSpecification"
                                              : *at == 's' ? "SourceSpecification"
                                                           : "ReleaseGroupSpecification";
    bool number = *at++ == 's', required = *at == 'R' && at++, negate = *at == '!' && at++;
    g_string_append_printf(text,
                           "%s{\"name\": \"%s\", \"implementation\": \"%s\", \"required\": %s, \"negate\": %s, "
                           "\"fields\": {\"value\": %s%s%s}}",
                           part == parts ? "" : ", ", *part, implementation, required ? "true" : "false",
                           negate ? "true" : "false", number ? "" : "\"", at, number ? "" : "\"");
  }
  g_string_append(text, "]}");
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) json = json_parse(text->str, text->len, &error);
  CustomFormat *format = custom_format_from_json(json, 1, &error);
  g_assert_no_error(error);
  return format;
}

static void test_match(void)
{
  static const struct {
    const char *conditions;
    bool want;
  } rows[] = {
      {"tone", true},
      {"tnone", false},
      {"tnone tone", true},   /* one kind: any */
      {"tone tRnone", false}, /* unless required */
      {"tRone tnone", true},
      {"tRone tRtwo", true},
      {"tRone tRtwo tRnone", false},
      {"tone s9", true}, /* kinds: all */
      {"tone s7", false},
      {"tnone s9", false},
      {"tone s7 s9", true},
      {"tone gGRP", true},
      {"tone gother", false},
      {"t!none", true},
      {"t!one", false},
      {"t!one t!none", true},
      {"tR!one t!none", false},
      {"tR!none tRone s9", true},
      {"s!9 s7 tone", false},
      {"s!9 s9 tone", true},
  };
  FormatFacts facts = {.title = "one two", .group = "GRP", .quality = QUALITY_BLURAY_1080P};
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CustomFormat) format = format_of(rows[i].conditions);
    if (custom_format_matches(format, &facts, scratch, NULL) != rows[i].want)
      g_error("%s", rows[i].conditions);
  }
}

static void test_hostile(void)
{
  g_autofree char *as = g_strnfill(2000, 'a');
  FormatFacts facts = {.title = as};
  g_autoptr(CustomFormat) format = format_of("t(a+)+[bc]");
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_assert_false(custom_format_matches(format, &facts, scratch, problems));
  g_assert_cmpuint(problems->len, ==, 1);
  g_assert_true(g_str_has_prefix(problems->pdata[0], "The condition \"t(a+)+[bc]\" of the custom format \"F\" was stopped"));
  g_autoptr(CustomFormat) negated = format_of("t!(a+)+[bc]"); /* what is not known is not turned into a match */
  g_assert_false(custom_format_matches(negated, &facts, scratch, NULL));
}

static void test_score(void)
{
  static const char text[] = "[{\"name\": \"A\", \"specifications\": [{\"implementation\": \"ReleaseTitleSpecification\", "
                             "\"fields\": {\"value\": \"one\"}}]},"
                             "{\"name\": \"B\", \"specifications\": [{\"implementation\": \"ReleaseTitleSpecification\", "
                             "\"fields\": {\"value\": \"two\"}}]},"
                             "{\"name\": \"C\", \"specifications\": [{\"implementation\": \"ReleaseTitleSpecification\", "
                             "\"fields\": {\"value\": \"six\"}}]}]";
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) formats = custom_formats_parse(text, strlen(text), 10, &error);
  g_assert_no_error(error);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  g_autoptr(GArray) ids = custom_formats_match(formats, &(FormatFacts){.title = "one two"}, scratch, NULL);
  g_assert_cmpuint(ids->len, ==, 2);
  QualityProfile profile = {.scores = records_new(&quality_profile_score_table)};
  static const int64_t scores[][2] = {{10, 100}, {11, -30}, {12, 1000}};
  for (size_t i = 0; i < G_N_ELEMENTS(scores); i++) {
    QualityProfileScore *row = record_new(&quality_profile_score_table);
    *row = (QualityProfileScore){scores[i][0], scores[i][1]};
    g_ptr_array_add(profile.scores, row);
  }
  g_assert_cmpint(quality_profile_score(&profile, ids), ==, 70);
  g_ptr_array_unref(profile.scores);
}

static void test_refused(void)
{
  static const struct {
    const char *text, *message;
  } rows[] = {
      {"", NULL},
      {"7", "A custom format must be an object with a \"name\" of 1 to 256 bytes."},
      {"{\"name\": \"\"}", "A custom format must be an object with a \"name\" of 1 to 256 bytes."},
      {"{\"name\": \"X\"}",
       "The custom format \"X\" cannot be used. \"specifications\" must be a list of at least one condition."},
      {"{\"name\": \"X\", \"specifications\": [3]}",
       "The custom format \"X\" cannot be used. Each of \"specifications\" must be an object."},
      {"[{\"name\": \"X\", \"specifications\": [{\"name\": \"Y\", \"implementation\": \"EditionSpecification\", \"fields\": "
       "{\"value\": \"a(\"}}]}]",
       "The custom format \"X\" cannot be used. The condition \"Y\" cannot be used: The expression cannot be read at character "
       "3: "
       "missing closing parenthesis."},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(custom_formats_parse(rows[i].text, strlen(rows[i].text), 1, &error));
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    if (rows[i].message)
      g_assert_cmpstr(error->message, ==, rows[i].message);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/custom-format/round-trip", test_round_trip);
  g_test_add_func("/custom-format/match", test_match);
  g_test_add_func("/custom-format/hostile", test_hostile);
  g_test_add_func("/custom-format/score", test_score);
  g_test_add_func("/custom-format/refused", test_refused);
  return g_test_run();
}
