#include "base/error.h"
#include "connect/path_map.h"

#include <string.h>

static GPtrArray *mappings_of(const char *const (*pairs)[2])
{
  GPtrArray *mappings = records_new(&path_mapping_table);
  for (; (*pairs)[0]; pairs++) {
    PathMapping *mapping = record_new(&path_mapping_table);
    mapping->from = (g_free(mapping->from), g_strdup((*pairs)[0]));
    mapping->to = (g_free(mapping->to), g_strdup((*pairs)[1]));
    g_ptr_array_add(mappings, mapping);
  }
  return mappings;
}

static void test_map(void)
{
  static const char *const pairs[][2] = {{"/tv", "/mnt/media/series"},
                                         {"/tv/anime/", "/mnt/anime"},
                                         {"/tv/anime", "/not/this"}, /* the first of two alike */
                                         {"relative", "/not/this"},
                                         {"/films", "also/relative"},
                                         {"/climb/../x", "/not/this"},
                                         {"D:\\Series", "/mnt/d/"},
                                         {"\\\\nas\\films", "/mnt/films"},
                                         {"E:/", "/mnt/e"},
                                         {"/top", "/"},
                                         {NULL, NULL}};
  static const struct {
    const char *theirs, *ours; /* ours NULL: the reason has these words */
    const char *words;
  } rows[] = {
      {"/tv/Show/a.mkv", "/mnt/media/series/Show/a.mkv"},
      {"/tv//Show/./a.mkv", "/mnt/media/series/Show/a.mkv"},
      {"/tv", "/mnt/media/series"},
      {"/tvs/Show/a.mkv", "/tvs/Show/a.mkv"}, /* whole names, not letters */
      {"/TV/Show/a.mkv", "/TV/Show/a.mkv"},   /* case counts here */
      {"/tv/anime/Show/a.mkv", "/mnt/anime/Show/a.mkv"},
      {"/tv/anime2/a.mkv", "/mnt/media/series/anime2/a.mkv"},
      {"/elsewhere/a b\n.mkv", "/elsewhere/a b\n.mkv"}, /* as it stands */
      {"/films/a.mkv", "/films/a.mkv"},                 /* by a broken mapping, so by none */
      {"/back\\slash.mkv", "/back\\slash.mkv"},
      {"/top/a.mkv", "/a.mkv"},
      {"D:\\Series\\Show\\a.mkv", "/mnt/d/Show/a.mkv"},
      {"d:\\SERIES\\Show\\a.mkv", "/mnt/d/Show/a.mkv"},
      {"D:/Series/Show/a.mkv", "/mnt/d/Show/a.mkv"},
      {"e:\\a.mkv", "/mnt/e/a.mkv"},
      {"\\\\NAS\\films\\a.mkv", "/mnt/films/a.mkv"},
      {"\\\\nas\\other\\a.mkv", NULL, "no path mapping holds it"},
      {"C:\\testpath", NULL, "no path mapping holds it"},
      {"D:\\Serie", NULL, "no path mapping holds it"},
      {"/tv/../etc/passwd", NULL, "contains \"..\""},
      {"D:\\Series\\..\\x", NULL, "contains \"..\""},
      {"/tv/..", NULL, "contains \"..\""},
      {"/tv/...", "/mnt/media/series/..."},
      {"Show/a.mkv", NULL, "not absolute"},
      {"D:a.mkv", NULL, "not absolute"},
      {"\\a.mkv", NULL, "not absolute"},
      {"", NULL, "names no path"},
      {NULL, NULL, "names no path"},
  };
  g_autoptr(GPtrArray) mappings = mappings_of(pairs);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *reason = NULL, *ours = path_map(mappings, rows[i].theirs, &reason);
    if (g_strcmp0(ours, rows[i].ours) != 0 || (ours == NULL) != (reason != NULL) || (reason && !strstr(reason, rows[i].words)))
      g_error("row %zu (%s): %s, %s", i, rows[i].theirs, ours, reason);
    g_assert_true(!reason || g_str_has_suffix(reason, "."));
  }
}

static void test_no_mappings(void)
{
  char *reason = NULL;
  g_autofree char *ours = path_map(NULL, "/a/b.mkv", &reason);
  g_assert_cmpstr(ours, ==, "/a/b.mkv");
  g_assert_null(reason);
}

static void test_long(void)
{
  static const char *const pairs[][2] = {{"/a", "/a/much/longer/directory"}, {NULL, NULL}};
  g_autoptr(GPtrArray) mappings = mappings_of(pairs);
  g_autofree char *name = g_strnfill(4090, 'x'), *fits = g_strconcat("/a/", name, NULL),
                  *longer = g_strconcat("/a/xxxx", name, NULL);
  for (int i = 0; i < 2; i++) { /* too long as it is here; too long already */
    g_autofree char *reason = NULL;
    g_assert_null(path_map(mappings, i ? longer : fits, &reason));
    g_assert_nonnull(strstr(reason, "longer than 4095 bytes"));
  }
  char *reason = NULL;
  g_autofree char *same = path_map(NULL, fits, &reason);
  g_assert_cmpstr(same, ==, fits);
}

static void test_check(void)
{
  static const struct {
    const char *from, *to, *words; /* words NULL: it is fine */
  } rows[] = {
      {"/tv", "/mnt/tv", NULL},       {"C:\\", "/mnt/c", NULL},
      {"\\\\nas\\x", "/mnt/x", NULL}, {"/", "/", NULL},
      {"tv", "/mnt/tv", "from "},     {"", "/mnt/tv", "from "},
      {"/tv", "tv", "to "},           {"/tv", "C:\\tv", "of this machine"},
      {"/tv/..", "/x", "\"..\""},     {"/tv", "/mnt/../etc", "\"..\""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    PathMapping mapping = {.from = (char *)rows[i].from, .to = (char *)rows[i].to};
    g_autoptr(GError) error = NULL;
    bool ok = path_mapping_check(&mapping, &error);
    if (ok != (rows[i].words == NULL) || (error && !strstr(error->message, rows[i].words)))
      g_error("row %zu: %s", i, error ? error->message : "taken");
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/path-map/map", test_map);
  g_test_add_func("/path-map/no-mappings", test_no_mappings);
  g_test_add_func("/path-map/long", test_long);
  g_test_add_func("/path-map/check", test_check);
  return g_test_run();
}
