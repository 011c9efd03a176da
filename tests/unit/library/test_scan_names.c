#include "library/scan.h"
#include "library/scan_names.h"

static void test_is_video(void)
{
  char *extra[] = {"rmvb", "DIVX", NULL};
  static const struct {
    const char *name;
    bool is_video, with_extra;
  } cases[] = {
      {"a.mkv", true, true},        {"a.MKV", true, true},
      {"a.b.mp4", true, true},      {"a.m2ts", true, true},
      {"a.3gp", true, true},        {"a.ts", true, true},
      {"a.srt", false, false},      {"mkv", false, false},
      {".mkv", false, false},       {"a.", false, false},
      {"a.mkv.part", false, false}, {"a.mkvv", false, false},
      {"", false, false},           {"a.rmvb", false, true},
      {"a.divx", false, true},      {"a.averyveryverylongextension", false, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(scan_is_video(cases[i].name, NULL), ==, cases[i].is_video);
    g_assert_cmpint(scan_is_video(cases[i].name, extra), ==, cases[i].with_extra);
  }
}

static void test_ignored(void)
{
  static const struct {
    const char *path;
    bool is_visible;
  } cases[] = {
      {"a.mkv", true},
      {"Film (2001)/a.mkv", true},
      {".hidden.mkv", false},
      {"._a.mkv", false},
      {"Film/.reeve-tmp-7/a.mkv", false},
      {".reeve-trash/1/a.mkv", false},
      {".Trash-1000/files/a.mkv", false},
      {"@eaDir/a.mkv", false},
      {"x/@eaDir/a.mkv", false},
      {"#recycle/a.mkv", false},
      {"lost+found/a.mkv", false},
      {"$RECYCLE.BIN/a.mkv", false},
      {"System Volume Information/a.mkv", false},
      {"@eaDirectory/a.mkv", true},
      {"#1 Film.mkv", true},
      {"-dash.mkv", true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    if (scan_is_visible(cases[i].path) != cases[i].is_visible)
      g_error("%s should%s be visible", cases[i].path, cases[i].is_visible ? "" : " not");
}

/* Each row: the videos and the files beside them, and what each video gets, separated by commas and bars. */
static void test_sidecars(void)
{
  static const struct {
    const char *videos, *others, *owned;
  } cases[] = {
      {"Film.mkv", "Film.srt", "Film.srt"},
      {"Film.mkv", "Film.nfo,Film.en.srt,Film.de.forced.srt", "Film.de.forced.srt,Film.en.srt,Film.nfo"},
      {"Film.mkv", "Film-poster.jpg,poster.jpg,Filmx.srt", "Film-poster.jpg"},
      {"Film.mkv,Film.Extended.mkv", "Film.srt,Film.Extended.srt,Film.Extended.en.srt",
       "Film.srt|Film.Extended.en.srt,Film.Extended.srt"},
      {"Film.mkv,Film.mp4", "Film.srt", "Film.srt|Film.srt"},
      {"Show - S01E01 - One-Two.mkv,Show - S01E02.mkv", "Show - S01E01 - One-Two.en.srt,Show - S01E02-thumb.jpg,Show - S01.nfo",
       "Show - S01E01 - One-Two.en.srt|Show - S01E02-thumb.jpg"},
      {"Film.mkv", "", ""},
      {"Film.mkv", "film.srt", ""}, /* another name, where case counts */
      {"a.b.mkv", "a.b.srt,a.srt", "a.b.srt"},
      {".mkv", ".srt", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(GStrv) videos = g_strsplit(cases[i].videos, ",", -1);
    g_auto(GStrv) others = g_strsplit(cases[i].others, ",", -1);
    g_autoptr(GPtrArray) sidecars = g_ptr_array_new();
    for (char **other = others; *other; other++)
      g_ptr_array_add(sidecars, *other);
    g_autoptr(GPtrArray) lists = sidecars_assign((const char *const *)videos, g_strv_length(videos), sidecars);
    g_autoptr(GString) owned = g_string_new(NULL);
    for (guint v = 0; v < lists->len; v++) {
      const GPtrArray *list = lists->pdata[v];
      g_autofree char *names = list ? g_strjoinv(",", (char **)list->pdata) : g_strdup("");
      g_string_append_printf(owned, "%s%s", v ? "|" : "", names);
    }
    g_assert_cmpstr(owned->str, ==, cases[i].owned);
  }
}

static void test_sidecar_kinds(void)
{
  for (const char *const *name = (const char *const[]){"a.srt", "a.ass", "a.idx", "a.SUB", "a.nfo", "a.jpg", "a.mka", NULL};
       *name; name++)
    g_assert_true(sidecar_is_kind(*name));
  for (const char *const *name = (const char *const[]){"a.mkv", "a.exe", "srt", ".srt", "a.part", NULL}; *name; name++)
    g_assert_false(sidecar_is_kind(*name));
}

/* What is over the limit is left out, and always the same. */
static void test_many_sidecars(void)
{
  const char *video = "Film.mkv";
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (int i = 300; i-- > 0;)
    g_ptr_array_add(names, g_strdup_printf("Film-%03d.jpg", i));
  g_autoptr(GPtrArray) lists = sidecars_assign(&video, 1, names);
  const GPtrArray *list = lists->pdata[0];
  g_assert_cmpint(list->len, ==, SIDECARS_MAX + 1);
  g_assert_cmpstr(list->pdata[0], ==, "Film-000.jpg");
  g_assert_null(list->pdata[SIDECARS_MAX]);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scan_names/video", test_is_video);
  g_test_add_func("/scan_names/ignored", test_ignored);
  g_test_add_func("/scan_names/sidecars", test_sidecars);
  g_test_add_func("/scan_names/sidecar_kinds", test_sidecar_kinds);
  g_test_add_func("/scan_names/many_sidecars", test_many_sidecars);
  return g_test_run();
}
