#include "release/format_condition.h"

#include "base/error.h"

#include <string.h>

static FormatCondition *condition(const char *implementation, const char *fields, bool negate, GError **error)
{
  g_autofree char *text =
      g_strdup_printf("{\"name\": \"C\", \"implementation\": \"%s\", \"negate\": %s, \"required\": true, \"fields\": %s}",
                      implementation, negate ? "true" : "false", fields);
  g_autoptr(json_t) json = json_parse(text, strlen(text), error);
  return json ? format_condition_from_json(json, error) : NULL;
}

static void test_kinds(void)
{
  static const int64_t languages[] = {LANGUAGE_ENGLISH, LANGUAGE_FRENCH};
  g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(int64_t));
  g_array_append_vals(list, languages, G_N_ELEMENTS(languages));
  FormatFacts facts = {.title = "A.Movie.2010.Hybrid.1080p.BluRay.REMUX-GRP",
                       .file_name = "film.mkv",
                       .edition = "",
                       .group = "GRP",
                       .quality = QUALITY_REMUX_1080P,
                       .languages = list,
                       .original_language = LANGUAGE_ENGLISH,
                       .indexer_flags = INDEXER_FLAG_FREELEECH | INDEXER_FLAG_INTERNAL,
                       .size_bytes = 5LL << 30,
                       .year = 2010};
  static const struct {
    const char *implementation, *fields;
    bool negate, want;
  } rows[] = {
      {"SourceSpecification", "{\"value\": 9}", false, true},
      {"SourceSpecification", "{\"value\": 7}", false, false},
      {"SourceSpecification", "{\"value\": \"9\"}", false, true},
      {"ResolutionSpecification", "{\"value\": 1080}", false, true},
      {"ResolutionSpecification", "{\"value\": 2160}", true, true},
      {"QualityModifierSpecification", "[{\"name\": \"value\", \"value\": 5}]", false, true},
      {"QualityModifierSpecification", "[{\"order\": 0, \"name\": \"other\", \"value\": 1}, {\"name\": \"value\", \"value\": 0}]",
       false, false},
      {"IndexerFlagSpecification", "{\"value\": 1}", false, true},
      {"IndexerFlagSpecification", "{\"value\": 33}", false, true},
      {"IndexerFlagSpecification", "{\"value\": 3}", false, false},
      {"LanguageSpecification", "{\"value\": 2}", false, true},
      {"LanguageSpecification", "{\"value\": 2, \"exceptLanguage\": false}", true, false},
      {"LanguageSpecification", "{\"value\": 3}", true, true},
      {"LanguageSpecification", "{\"value\": -2}", false, true},
      {"LanguageSpecification", "{\"value\": -2, \"exceptLanguage\": true}", false, true},
      {"LanguageSpecification", "{\"value\": 3, \"exceptLanguage\": true}", true, false},
      {"SizeSpecification", "{\"min\": 5, \"max\": 6}", false, false}, /* the least is not within */
      {"SizeSpecification", "{\"min\": 4.5, \"max\": 5}", false, true},
      {"YearSpecification", "{\"min\": 2010, \"max\": 2010}", false, true},
      {"YearSpecification", "{\"min\": 2011, \"max\": 2020}", false, false},
      {"ReleaseGroupSpecification", "{\"value\": \"^(grp|other)$\"}", false, true},
      {"EditionSpecification", "{\"value\": \"^$\"}", false, true}, /* known to have none */
      {"EditionSpecification", "{\"value\": \"imax\"}", true, true},
      {"ReleaseTitleSpecification", "{\"value\": \"\\\\bhybrid\\\\b\"}", false, true},
      {"ReleaseTitleSpecification", "{\"value\": \"[.]mkv$\"}", false, true},
      {"ReleaseTitleSpecification", "{\"value\": \"web\"}", false, false},
  };
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(FormatCondition) c = condition(rows[i].implementation, rows[i].fields, rows[i].negate, &error);
    g_assert_no_error(error);
    g_assert_true(c->required);
    if ((format_condition_test(c, &facts, scratch) == PATTERN_MATCHES) != rows[i].want)
      g_error("%s %s%s", rows[i].implementation, rows[i].fields, rows[i].negate ? " negated" : "");
  }
  facts = (FormatFacts){.quality = QUALITY_UNKNOWN}; /* nothing known */
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(FormatCondition) c = condition(rows[i].implementation, rows[i].fields, false, NULL);
    if (c->kind >= CONDITION_GROUP || c->kind == CONDITION_LANGUAGE)
      g_assert_cmpint(format_condition_test(c, &facts, scratch), ==, PATTERN_MISSES);
  }
}

static void test_stopped(void)
{
  g_autofree char *as = g_strnfill(3000, 'a');
  FormatFacts facts = {.title = as};
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (int negate = 0; negate < 2; negate++) {
    g_autoptr(FormatCondition) c = condition("ReleaseTitleSpecification", "{\"value\": \"(a+)+[bc]\"}", negate, NULL);
    g_assert_cmpint(format_condition_test(c, &facts, scratch), ==, PATTERN_STOPPED);
  }
}

static void test_refused(void)
{
  static const struct {
    const char *implementation, *fields, *message;
  } rows[] = {
      {"FooSpecification", "{\"value\": 1}", "The condition \"C\" has the implementation \"FooSpecification\"; it must be "},
      {"SourceSpecification", "{}", "The condition \"C\" cannot be used: its field \"value\" must be a number."},
      {"SourceSpecification", "{\"value\": 1.5}",
       "The condition \"C\" cannot be used: its field \"value\" must be a whole number."},
      {"SourceSpecification", "{\"value\": 1e300}", "The condition \"C\" cannot be used: its field \"value\" is out of range."},
      {"SourceSpecification", "7", "The condition \"C\" cannot be used: its \"fields\" must be an object or a list."},
      {"LanguageSpecification", "{\"value\": 4711}", "The condition \"C\" cannot be used: there is no language number 4711."},
      {"SizeSpecification", "{\"min\": 1}", "The condition \"C\" cannot be used: its field \"max\" must be a number."},
      {"ReleaseTitleSpecification", "{\"value\": 5}",
       "The condition \"C\" cannot be used: its field \"value\" must be an expression."},
      {"ReleaseTitleSpecification", "{\"value\": \"(a\"}",
       "The condition \"C\" cannot be used: The expression cannot be read at character 3: "},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(FormatCondition) c = condition(rows[i].implementation, rows[i].fields, false, &error);
    g_assert_null(c);
    g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
    if (!g_str_has_prefix(error->message, rows[i].message) || !g_str_has_suffix(error->message, "."))
      g_error("%s", error->message);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/format-condition/kinds", test_kinds);
  g_test_add_func("/format-condition/stopped", test_stopped);
  g_test_add_func("/format-condition/refused", test_refused);
  return g_test_run();
}
