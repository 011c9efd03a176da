#include "release/release.h"

static void test_clean(void)
{
  static const struct {
    const char *title, *want;
  } rows[] = {
      {"", ""},
      {"Conan", "conan"},
      {"Carnivàle", "carnivale"},
      {"Der Fänger", "derfaenger"},
      {"Straße", "strasse"},
      {"24", "24"},
      {"9-1-1", "9-1-1"},
      {"Parenthood.2010", "parenthood2010"},
      {"this.^&%^**$%@#$!That", "thisthat"},
      {"I'm a cyborg, but that's OK", "imcyborgbutthatsok"},
      {"word.the.word", "wordword"},
      {"The.Word", "theword"},
      {"word-word-and", "wordwordand"},
      {"of word word", "ofwordword"},
      {"word.N.K.L.E.a.word", "wordnkleaword"},
      {"word.a.N.K.L.E.word", "wordankleword"},
      {"東京物語", "東京物語"},
      {"Брат 2", "брат2"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *clean = release_clean_title(rows[i].title);
    if (g_strcmp0(clean, rows[i].want) != 0) {
      g_test_message("%s: %s", rows[i].title, clean);
      g_test_fail();
    }
  }
}

static void test_imdb_id(void)
{
  static const struct {
    const char *text, *want;
  } rows[] = {
      {"tt1234567", "tt1234567"},
      {"tt12345678", "tt12345678"},
      {"123", "tt0000123"},
      {"12345678", "tt12345678"},
      {"tt42", "tt0000042"},
      {"https://www.imdb.com/title/tt0133093/", "tt0133093"},
      {"asfd", NULL},
      {"", NULL},
      {"tt", NULL},
      {"12a", NULL},
      {"tt1234567890", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *id = release_imdb_id(rows[i].text);
    if (g_strcmp0(id, rows[i].want) != 0) {
      g_test_message("%s: %s", rows[i].text, id);
      g_test_fail();
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/clean-title/clean", test_clean);
  g_test_add_func("/clean-title/imdb-id", test_imdb_id);
  return g_test_run();
}
