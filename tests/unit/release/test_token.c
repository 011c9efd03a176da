#include "read.h"

/* Words joined by "|", so that a row shows what was cut where. */
static char *words_of(const Scan *scan)
{
  GString *text = g_string_new(NULL);
  for (int i = 0; i < scan->n_tokens; i++) {
    size_t length;
    const char *fold = token_fold(scan, i, &length);
    g_string_append_printf(text, "%s%.*s", i ? "|" : "", (int)length, fold);
  }
  return g_string_free(text, FALSE);
}

static void test_words(void)
{
  static const struct {
    const char *text, *words;
  } rows[] = {
      {"", ""},
      {"...---...", ""},
      {"Movie.Name", "movie|name"},
      {"WEB-DL DTS-HD.MA_5.1", "web|dl|dts|hd|ma|5|1"},
      {"Director's Cut", "directors|cut"},
      {"DD+5.1 HDR10+ EN+ES 2.0+5.1", "dd+5|1|hdr10+|en|es|2|0|5|1"},
      {"Amélie Ça", "amelie|ca"},
      {"１０８０ｐ　Ｗｅｂ", "1080p|web"},
      {"[a(b)c]", "a|b|c"},
      {"東京物語.1953", "東京物語|1953"},
      {"e\xCC\x81t\xC3\xA9", "ete"},
      {"a\xE2\x80\x8F"
       "b\x01"
       "c",
       "ab|c"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree Scan *scan = scan_new(rows[i].text);
    g_autofree char *words = words_of(scan);
    g_assert_cmpstr(words, ==, rows[i].words);
  }
}

static void test_brackets(void)
{
  g_autofree Scan *scan = scan_new("[Group] A (b [c] d) e");
  g_assert_cmpint(scan->n_brackets, ==, 3);
  g_assert_cmpint(scan->brackets[1].first, ==, 0);
  g_assert_cmpint(scan->brackets[1].end, ==, 7);
  g_assert_cmpint(scan->brackets[2].first, ==, 2);
  g_assert_cmpint(scan->brackets[2].last, ==, 4);
  g_assert_cmpint(scan->brackets[3].parent, ==, 2);
  g_assert_cmpint(scan->tokens[5].bracket, ==, 0);
  g_autofree Scan *open = scan_new("A) b (c"); /* neither closes the other */
  g_assert_cmpint(open->n_brackets, ==, 1);
  g_assert_cmpint(open->brackets[1].end, ==, 7);
}

static void test_case(void)
{
  static const struct {
    const char *word;
    WordCase want;
  } rows[] = {{"french", CASE_LOWER}, {"French", CASE_TITLE}, {"FRENCH", CASE_SHOUT}, {"LiMiTED", CASE_SHOUT},
              {"A", CASE_TITLE},      {"1080", CASE_NONE},    {"東京", CASE_NONE}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree Scan *scan = scan_new(rows[i].word);
    g_assert_cmpint(scan->tokens[0].letter_case, ==, rows[i].want);
  }
}

static void test_limits(void)
{
  g_autofree char *words = g_strnfill(SCAN_MAX_BYTES, 'a');
  for (size_t i = 1; i < SCAN_MAX_BYTES; i += 2)
    words[i] = '.';
  g_autofree Scan *scan = scan_new(words);
  g_assert_cmpint(scan->n_tokens, ==, SCAN_MAX_TOKENS);
  g_autofree char *brackets = g_strnfill(SCAN_MAX_BYTES, '[');
  g_autofree Scan *deep = scan_new(brackets);
  g_assert_cmpint(deep->n_brackets, ==, 16);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/token/words", test_words);
  g_test_add_func("/token/brackets", test_brackets);
  g_test_add_func("/token/case", test_case);
  g_test_add_func("/token/limits", test_limits);
  return g_test_run();
}
