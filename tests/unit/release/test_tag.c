#include "read.h"
#include "release/lexicon.h"

static void test_shapes(void)
{
  static const struct {
    const char *text;
    int kind, value;
  } rows[] = {
      {"1080p", TAG_RESOLUTION, 1080},
      {"2160P", TAG_RESOLUTION, 2160},
      {"540p", TAG_RESOLUTION, 480},
      {"1080p60", TAG_RESOLUTION, 1080},
      {"1920x804", TAG_RESOLUTION, 1080},
      {"848x480", TAG_RESOLUTION, 480},
      {"3840x1632", TAG_RESOLUTION, 2160},
      {"720x576", TAG_RESOLUTION, 576},
      {"777p", TAG_NONE, 0},
      {"720", TAG_NONE, 0},
      {"1999", TAG_YEAR, 1999},
      {"2018v2", TAG_YEAR, 2018},
      {"2006г", TAG_YEAR, 2006},
      {"2049", TAG_NONE, 0},
      {"1850", TAG_NONE, 0},
      {"S01E02", TAG_EPISODE, 0},
      {"S03", TAG_EPISODE, 0},
      {"1x13", TAG_EPISODE, 0},
      {"S1", TAG_NONE, 0},
      {"4x4", TAG_NONE, 0},
      {"tt1234567", TAG_ID, ID_TAG_IMDB},
      {"DDP5.1", TAG_AUDIO, 0},
      {"FLACx2", TAG_AUDIO, 0},
      {"5.1", TAG_CHANNELS, 0},
      {"1.4GB", TAG_SIZE, 0},
      {"700 MB", TAG_SIZE, 0},
      {"640kbps", TAG_SIZE, 0},
      {"[1A2B3C4D]", TAG_CHECKSUM, 0},
      {"1A2B3C4D", TAG_NONE, 0},
      {"3xDVD9", TAG_SOURCE, SOURCE_TAG_DVD_R},
      {"KORSUB", TAG_SUBS, SUBS_TAG_LANGUAGE},
      {"01v2", TAG_REVISION, REVISION_TAG_VERSION},
      {"REPACK2", TAG_REVISION, REVISION_TAG_REPACK},
      {"www.host.com", TAG_SITE, 0},
      {"[host.org]", TAG_SITE, 0},
      {"tmdb-603", TAG_ID, ID_TAG_TMDB},
      {"tmdb 603", TAG_NONE, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree Scan *scan = tagged_new(rows[i].text);
    if (scan->tokens[0].kind != rows[i].kind || (rows[i].value && scan->tokens[0].value != rows[i].value)) {
      g_test_message("%s: kind %d value %d", rows[i].text, scan->tokens[0].kind, scan->tokens[0].value);
      g_test_fail();
    }
  }
}

static void test_glued(void)
{
  g_autofree Scan *scan = tagged_new("[BD1080p] TC720p 1080pWEB");
  static const TagKind kinds[] = {TAG_SOURCE, TAG_RESOLUTION, TAG_SOURCE, TAG_RESOLUTION, TAG_RESOLUTION, TAG_SOURCE};
  g_assert_cmpint(scan->n_tokens, ==, G_N_ELEMENTS(kinds));
  for (int i = 0; i < scan->n_tokens; i++)
    g_assert_cmpint(scan->tokens[i].kind, ==, kinds[i]);
  g_assert_cmpint(scan->brackets[1].last, ==, 1);
}

/* A weak word counts beside a strong one, in a bracket of its own, or after the year; not alone. */
static void test_settle(void)
{
  static const struct {
    const char *text;
    int year, word;
    bool counts;
  } rows[] = {
      {"x The Web of y", -1, 2, false},  {"x WEB 1080p y", -1, 1, true},   {"x [Web] y", -1, 1, true},
      {"x 2010 y French z", 1, 3, true}, {"x S01E01 Web y", -1, 2, false}, {"x EN 1080p", -1, 1, true},
      {"x En 1080p", -1, 1, false},      {"x En.Fr 1080p", -1, 1, true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree Scan *scan = tagged_new(rows[i].text);
    tag_settle(scan, 0, 1, rows[i].year);
    if (tag_counts(&scan->tokens[rows[i].word]) != rows[i].counts) {
      g_test_message("%s", rows[i].text);
      g_test_fail();
    }
  }
}

/* A tag that takes words from another leaves none of them behind without a head: going from tag to tag comes to the end. */
static void test_overlap(void)
{
  static const char *const texts[] = {"www.host.DTS.HD.MA", "www.a.Dual.Audio.com", "www.x.10.bit 1.4GB", "1 1.4GB",
                                      "a.5.1GB.com"};
  for (size_t t = 0; t < G_N_ELEMENTS(texts); t++) {
    g_autofree Scan *scan = tagged_new(texts[t]);
    for (int i = 0; i < scan->n_tokens; i++) {
      int head = tag_head(scan, i);
      g_assert_cmpint(tag_after(scan, i), >, i);
      g_assert_false(scan->tokens[head].flags & TAG_IS_CONTINUED);
      g_assert_cmpint(head + MAX(1, scan->tokens[head].length), >, i);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tag/shapes", test_shapes);
  g_test_add_func("/tag/glued", test_glued);
  g_test_add_func("/tag/settle", test_settle);
  g_test_add_func("/tag/overlap", test_overlap);
  return g_test_run();
}
