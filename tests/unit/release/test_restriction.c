#include "release/restriction.h"

#include "base/error.h"
#include "profile.h"

#include <string.h>

static void test_terms(void)
{
  static const struct {
    char *required[3], *ignored[3];
    const char *want; /* how the refusal begins; NULL: none */
  } rows[] = {
      {{NULL}, {NULL}, NULL},
      {{"webRIP"}, {NULL}, NULL},
      {{"x265", "webrip"}, {NULL}, NULL},
      {{"x265", "AVC"}, {NULL}, "The name holds none of \"x265\", \"AVC\", one of which the restriction \"R\" demands."},
      {{NULL}, {"X264"}, "The name holds \"X264\", which the restriction \"R\" refuses."},
      {{"webrip"}, {"x264"}, "The name holds \"x264\""},
      {{"/\\.WEB/"}, {NULL}, NULL},
      {{"/\\.web/"}, {NULL}, "The name holds none"}, /* case counts */
      {{"/\\.web/i"}, {NULL}, NULL},
      {{"/ \\. WEB /xi"}, {NULL}, NULL},
      {{"/bin/sh"}, {NULL}, "The name holds none"}, /* no expression: a text */
      {{NULL}, {"", "/(?<=s\\d+e.*)EDITED/i"}, "The name holds"},
      {{"ÉDITÉ"}, {NULL}, "The name holds none"},
  };
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ReleaseRestriction restriction = {
        .name = "R", .enabled = true, .required = (char **)rows[i].required, .ignored = (char **)rows[i].ignored};
    g_autoptr(GError) error = NULL;
    g_autoptr(RestrictionTerms) terms = restriction_terms_new(&restriction, &error);
    g_assert_no_error(error);
    g_autofree char *refusal = restriction_refusal(terms, "Series.S08E01.EDITED.WEBRip.x264-G", 1, NULL, scratch);
    if ((refusal == NULL) != (rows[i].want == NULL) || (refusal && !g_str_has_prefix(refusal, rows[i].want)))
      g_error("row %zu: %s", i, refusal ? refusal : "accepted");
  }
}

static void test_scope(void)
{
  char *ignored[] = {"x264", NULL};
  g_autoptr(GArray) seven = ids_of(7), eight = ids_of(8);
  g_autoptr(PatternScratch) scratch = pattern_scratch_new();
  const struct {
    bool enabled;
    int64_t indexer;
    GArray *tags, *movie_tags;
    bool refused;
  } rows[] = {{true, 0, NULL, NULL, true},  {false, 0, NULL, NULL, false}, {true, 3, NULL, NULL, true},
              {true, 4, NULL, NULL, false}, {true, 0, seven, seven, true}, {true, 0, seven, eight, false},
              {true, 0, seven, NULL, false}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    ReleaseRestriction restriction = {
        .enabled = rows[i].enabled, .ignored = ignored, .indexer = rows[i].indexer, .tags = rows[i].tags};
    g_autoptr(RestrictionTerms) terms = restriction_terms_new(&restriction, NULL);
    g_autofree char *refusal = restriction_refusal(terms, "A.x264-G", 3, rows[i].movie_tags, scratch);
    g_assert_true((refusal != NULL) == rows[i].refused);
  }
}

static void test_broken(void)
{
  char *required[] = {"fine", "/a(/", NULL};
  ReleaseRestriction restriction = {.name = "R", .required = required};
  g_autoptr(GError) error = NULL;
  g_assert_null(restriction_terms_new(&restriction, &error));
  g_assert_error(error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_true(
      g_str_has_prefix(error->message, "The term \"/a(/\" of the restriction \"R\" cannot be used. The expression cannot be"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/restriction/terms", test_terms);
  g_test_add_func("/restriction/scope", test_scope);
  g_test_add_func("/restriction/broken", test_broken);
  return g_test_run();
}
