#include "audio/override.h"

#include "audio_fixture.h"

static void test_rows(void)
{
  static const struct {
    const char *globs, *path; /* globs separated by spaces */
    const char *found;
  } rows[] = {
      {"", "/a/b.mkv", NULL},
      {"/a", NULL, NULL},
      {"/a", "/b/c.mkv", NULL},
      {"/a", "/a/b.mkv", "/a"},
      {"/a", "/x/a/b.mkv", NULL}, /* anchored */
      {"/a/", "/a/b.mkv", "/a/"},
      {"/a/**", "/a/b/c.mkv", "/a/**"},
      {"/a/*.mkv", "/a/b/c.mkv", NULL},
      {"Anime", "/tv/Anime/Show/1.mkv", "Anime"},
      {"anime", "/tv/Anime/Show/1.mkv", NULL},
      {"Anime/Movies", "/tv/Anime/Movies/1.mkv", "Anime/Movies"},
      {"Anime/*.mkv", "/tv/Anime/1.mkv", "Anime/*.mkv"},
      {"*.remux.mkv", "/films/a.remux.mkv", "*.remux.mkv"},
      {"**", "/films/a.mkv", "**"},
      /* the longest literal text first */
      {"/tv /tv/kids", "/tv/kids/a.mkv", "/tv/kids"},
      {"/tv/kids /tv", "/tv/kids/a.mkv", "/tv/kids"},
      {"/tv/** /tv/k*/**", "/tv/kids/a.mkv", "/tv/k*/**"},
      {"Kids /tv/**", "/tv/Kids/a.mkv", "/tv/**"},
      {"/tv/[k]ids/a.mkv /tv/k*", "/tv/kids/a.mkv", "/tv/k*"},
      /* then fewer wildcards */
      {"/tv/*/*/*.mkv /tv/**", "/tv/a/b/c.mkv", "/tv/**"},
      {"**/a.mkv Kids/*/a.mkv", "/Kids/x/a.mkv", "**/a.mkv"},
      /* then longer */
      {"Kids Kids/Movies", "/Kids/Movies/a.mkv", "Kids/Movies"},
      {"/tv/* /tv/**", "/tv/a.mkv", "/tv/**"},
      /* then the first */
      {"Kids Tiny", "/Kids/Tiny/a.mkv", "Kids"},
      {"Tiny Kids", "/Kids/Tiny/a.mkv", "Tiny"},
      /* escapes */
      {"/films/\\[4K\\]", "/films/[4K]/a.mkv", "/films/\\[4K\\]"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) globs = g_strsplit(rows[i].globs, " ", -1);
    g_autoptr(AudioPolicy) policy = fixture_policy("");
    for (char **glob = globs; *glob; glob++) {
      AudioOverride *override = record_new(&audio_override_table);
      g_free(override->glob);
      override->glob = g_strdup(*glob);
      g_ptr_array_add(policy->overrides, override);
    }
    const AudioOverride *found = audio_override_for(policy, rows[i].path);
    g_test_message("row %zu: %s", i, rows[i].globs);
    g_assert_cmpstr(found ? found->glob : NULL, ==, rows[i].found);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/override/rows", test_rows);
  return g_test_run();
}
