#include "base/fold.h"

#include <glib.h>
#include <string.h>

static void test_rows(void)
{
  static const struct {
    const char *text, *folded;
  } rows[] = {
      {"", ""},
      {"German", "german"},
      {"  Director’s   Cut ", "directors cut"},
      {"Director's-Cut!", "directors cut"},
      {"Hörfilm", "horfilm"},
      {"H\xc3\xb6rfilm", "horfilm"},
      {"Ho\xcc\x88rfilm", "horfilm"}, /* decomposed in the text already */
      {"STRASSE Straße", "strasse strasse"},
      {"Œuvre Æther Łódź Đorđe Ørsted Ðþ", "oeuvre aether lodz dorde orsted dth"},
      {"İstanbul ILIK ılık", "istanbul ilik ilik"},
      {"ＡＤ　５．１", "ad 5 1"},
      {"½", "1 2"},
      {"ﬁlm", "film"},
      {"ΣΧΌΛΙΑ", "σχολια"},
      {"Ёлка", "елка"},
      {"日本語", "日本語"},
      {"ガ", "\xe3\x82\xab\xe3\x82\x99"}, /* a voiced kana is two characters */
      {"a\xff"
       "b",
       "a b"},
      {"\xe2\x82", ""},
      {"--", ""},
      {"a - b", "a b"},
      {"हिन्दी", "हिन्दी"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    char folded[128], again[128];
    g_test_message("row %zu: %s", i, rows[i].folded);
    size_t length = fold_words(rows[i].text, strlen(rows[i].text), folded, sizeof folded);
    g_assert_cmpstr(folded, ==, rows[i].folded);
    g_assert_cmpuint(length, ==, strlen(folded));
    fold_words(folded, length, again, sizeof again);
    g_assert_cmpstr(again, ==, folded);
  }
}

/* Whatever the room, the text ends at a whole character and within the buffer. */
static void test_short_buffers(void)
{
  const char *text = "Éa ßé 日本 ガx";
  char whole[64];
  fold_words(text, strlen(text), whole, sizeof whole);
  for (size_t size = 1; size < sizeof whole; size++) {
    g_autofree char *buffer = g_malloc(size); /* the address sanitizer watches its end */
    size_t length = fold_words(text, strlen(text), buffer, size);
    g_assert_cmpuint(length, <, size);
    g_assert_true(g_str_has_prefix(whole, buffer));
    g_assert_true(g_utf8_validate(buffer, -1, NULL));
  }
}

static void test_length_counts(void)
{
  char folded[16];
  fold_words("Portuguese (Brazil)", 10, folded, sizeof folded);
  g_assert_cmpstr(folded, ==, "portuguese");
  fold_words("é", 1, folded, sizeof folded); /* half a character */
  g_assert_cmpstr(folded, ==, "");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/fold/rows", test_rows);
  g_test_add_func("/base/fold/short-buffers", test_short_buffers);
  g_test_add_func("/base/fold/length", test_length_counts);
  return g_test_run();
}
