#include "release/naming_text.h"

#include <string.h>

typedef struct {
  const char *in, *want;
} Row;

static void expect(const char *in, char *take_got, const char *want)
{
  g_autofree char *got = take_got;
  if (strcmp(got, want) != 0)
    g_error("\"%s\" became \"%s\", not \"%s\"", in, got, want);
}

static void test_clean_title(void)
{
  static const Row rows[] = {
      {"Tom & Jerry's Day (Out)", "Tom and Jerrys Day Out"},
      {"Face/Off", "Face Off"},
      {"Why? Not: Now", "Why Not Now"},
      {"A - B", "A  B"},
      {"Amélie", "Amelie"},
      {"Ocean’s Eleven", "Oceans Eleven"},
      {"हिन्दी", "हिन्दी"},
      {"좀비", "좀비"},
      {"", ""},
      {"'", ""},
      {"?", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].in, naming_clean_title(rows[i].in), rows[i].want);
}

static void test_title_the(void)
{
  static const struct {
    const char *in, *want, *clean;
  } rows[] = {
      {"The Matrix", "Matrix, The", "Matrix, The"},
      {"the Matrix", "Matrix, the", "Matrix, the"},
      {"The Thing (1982) (Cut)", "Thing, The (1982) (Cut)", "Thing, The 1982 Cut"},
      {"Theatre", "Theatre", "Theatre"},
      {"The", "The", "The"},
      {"The (1999)", "The (1999)", "The 1999"},
      {"A", "A", "A"},
      {"An ()", "(), An", ", An"},
      {"A B)", "B), A", "B, A"},
      {"", "", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    expect(rows[i].in, naming_title_the(rows[i].in, NAMING_AS_IS), rows[i].want);
    expect(rows[i].in, naming_title_the(rows[i].in, NAMING_CLEAN), rows[i].clean);
  }
}

static void test_first_character(void)
{
  static const Row rows[] = {{"The Matrix", "M"}, {"élan", "E"}, {"'71", "7"}, {"...", "_"}, {"", "_"}, {"Ω", "Ω"}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].in, naming_first_character(rows[i].in), rows[i].want);
}

static void test_edition(void)
{
  static const Row rows[] = {
      {"EXTENDED director's cut", "Extended Director's Cut"},
      {"imax enhanced", "IMAX Enhanced"},
      {"climax", "Climax"},
      {"25TH anniversary", "25th Anniversary"},
      {"édition SPÉCIALE", "Édition Spéciale"},
      {"3D.hdr_dv", "3D.HDR_DV"},
      {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].in, naming_edition(rows[i].in), rows[i].want);
}

static void test_truncate(void)
{
  static const struct {
    const char *in;
    int64_t max;
    const char *want;
  } rows[] = {
      {"A Long Title", 0, "A Long Title"},
      {"A Long Title", 12, "A Long Title"},
      {"A Long Title", 11, "A Long T" NAMING_ELLIPSIS},
      {"A Long Title", 10, "A Long" NAMING_ELLIPSIS}, /* no blank before the dots */
      {"A Long Title", -8, NAMING_ELLIPSIS "Title"},
      {"ééééé", 8, "éé" NAMING_ELLIPSIS},
      {"ééééé", -8, NAMING_ELLIPSIS "éé"},
      {"e\u0301e\u0301e\u0301", 7, "e\u0301" NAMING_ELLIPSIS}, /* three bytes and an accent that would be left alone */
      {"abcdef", 2, NAMING_ELLIPSIS},
      {"abcdef", INT64_MIN, "abcdef"},
      {"", 5, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].in, naming_truncate(rows[i].in, rows[i].max), rows[i].want);
  expect("", naming_cut("ab\u20ac", 4), "ab");
  expect("", naming_cut("ab\u20ac", 5), "ab\u20ac");
}

static void test_clean_value(void)
{
  static const struct {
    const char *in, *portable, *posix, *dropped;
  } rows[] = {
      {"A/B\\C", "A+B+C", "A+B\\C", "ABC"},
      {"What? *Who* <x|y> \"z\"", "What! -Who- xy z", "What? *Who* <x|y> \"z\"", "What Who xy z"},
      {"A: B:C", "A - B-C", "A: B:C", "A BC"},
      {" ..Hidden ", "Hidden", "Hidden", "Hidden"},
      {"a\tb\ac\u202Ed\u200Fe", "abcde", "abcde", "abcde"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    expect(rows[i].in, naming_clean_value(rows[i].in, &(NamingOptions){0}), rows[i].portable);
    expect(rows[i].in, naming_clean_value(rows[i].in, &(NamingOptions){.target = NAMING_POSIX}), rows[i].posix);
    expect(rows[i].in, naming_clean_value(rows[i].in, &(NamingOptions){.drop_illegal = true}), rows[i].dropped);
  }
}

static void test_finish(void)
{
  static const struct {
    const char *in, *portable, *windows, *posix;
  } rows[] = {
      {"  A  B--C..D - ", "A B-C.D", "A B-C.D", "A B-C.D"},
      {"con.name", "con_name", "con_name", "con.name"},
      {"CON", "CON", "CON_", "CON"},
      {"Com1.Sat", "Com1_Sat", "Com1_Sat", "Com1.Sat"},
      {"Com0.Sat", "Com0.Sat", "Com0.Sat", "Com0.Sat"},
      {"Control.x", "Control.x", "Control.x", "Control.x"},
      {"Long" NAMING_ELLIPSIS, "Long...", "Long", "Long..."},
      {" - . ", "", "", ""},
      {"..", "", "", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    expect(rows[i].in, naming_finish(rows[i].in, &(NamingOptions){0}), rows[i].portable);
    expect(rows[i].in, naming_finish(rows[i].in, &(NamingOptions){.target = NAMING_WINDOWS}), rows[i].windows);
    expect(rows[i].in, naming_finish(rows[i].in, &(NamingOptions){.target = NAMING_POSIX}), rows[i].posix);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/naming-text/clean-title", test_clean_title);
  g_test_add_func("/naming-text/title-the", test_title_the);
  g_test_add_func("/naming-text/first-character", test_first_character);
  g_test_add_func("/naming-text/edition", test_edition);
  g_test_add_func("/naming-text/truncate", test_truncate);
  g_test_add_func("/naming-text/clean-value", test_clean_value);
  g_test_add_func("/naming-text/finish", test_finish);
  return g_test_run();
}
