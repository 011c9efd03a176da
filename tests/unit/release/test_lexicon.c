#include "read.h"
#include "release/lexicon.h"

static const WordTable *const tables[] = {
    &lexicon_source_words,  &lexicon_picture_words, &lexicon_codec_words,   &lexicon_audio_words, &lexicon_language_words,
    &lexicon_edition_words, &lexicon_trade_words,   &lexicon_service_words, &lexicon_group_words,
};

static char *without_breaks(const char *word)
{
  char *plain = g_strdup(word), *to = plain;
  for (const char *c = word; *c; c++)
    if (*c != '-')
      *to++ = *c;
  *to = '\0';
  return plain;
}

/* Every row is found, grown together and parted, and is of its own table unless an earlier table has the same word. */
static void test_every_row(void)
{
  for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
    for (size_t w = 0; w < tables[t]->n_words; w++) {
      const Word *word = &tables[t]->words[w];
      g_autofree char *plain = without_breaks(word->word);
      const Word *found = lexicon_word(plain, strlen(plain));
      g_assert_nonnull(found);
      int n = 0;
      g_autofree Scan *scan = scan_new(word->word);
      const Word *parted = lexicon_longest(scan, 0, &n);
      g_assert_true(parted == found);
      g_assert_cmpint(n, ==, scan->n_tokens);
    }
}

/* No table says the same word twice: of two rows one would be dead. */
static void test_no_dead_row(void)
{
  for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t w = 0; w < tables[t]->n_words; w++) {
      char *plain = without_breaks(tables[t]->words[w].word);
      if (g_hash_table_contains(seen, plain)) {
        g_test_message("twice in one table: %s", plain);
        g_test_fail();
      }
      g_hash_table_add(seen, plain);
    }
  }
}

static void test_longest(void)
{
  static const struct {
    const char *text;
    int n, kind;
  } rows[] = {
      {"DTS-HD.MA.5.1", 3, TAG_AUDIO},   {"Blu ray", 2, TAG_SOURCE}, {"WEB.Movie", 1, TAG_SOURCE},
      {"Directors.Cut", 2, TAG_EDITION}, {"WEB, DL", 1, TAG_SOURCE}, {"blu [ray]", 0, TAG_NONE},
      {"we bdl", 0, TAG_NONE},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree Scan *scan = scan_new(rows[i].text);
    int n = 0;
    const Word *word = lexicon_longest(scan, 0, &n);
    g_assert_cmpint(n, ==, rows[i].n);
    g_assert_cmpint(word ? word->kind : TAG_NONE, ==, rows[i].kind);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lexicon/every-row", test_every_row);
  g_test_add_func("/lexicon/no-dead-row", test_no_dead_row);
  g_test_add_func("/lexicon/longest", test_longest);
  return g_test_run();
}
